"""Runs the program: breakpoints, stops, plans and the loop."""
