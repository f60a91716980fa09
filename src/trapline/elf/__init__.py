"""ELF files: bytes to facts, without a process."""
