"""Reads the stopped program."""
