"""DWARF: what one file's debug information says, at file addresses; no process."""
