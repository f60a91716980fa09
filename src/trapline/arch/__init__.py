"""The processor: registers, instructions, calling conventions.  Bytes to facts; no process."""
