"""What runs in the editor's terminal before the program: waits to be traced, and becomes the program.

A script of its own (`python -I -S terminal.py SOCKET`), which imports nothing of ours: it has to be there in
some milliseconds, and whoever reads the editor's terminal sees its command line.
"""

import ctypes
import os
import socket
import struct
import sys

_PR_SET_PTRACER = 0x59616D61  # Source: prctl(2); only Yama knows it


def main(path: str) -> int:
    """Do what the adapter at a socket says; returns only where the program cannot be run."""
    adapter = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    adapter.connect(path)
    pid, _, _ = struct.unpack("3i", adapter.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    ctypes.CDLL(None).prctl(_PR_SET_PTRACER, pid, 0, 0, 0)
    # A line of NUL-separated words: three files or nothing, then the program's words.
    with adapter.makefile("rb") as stream:
        adapter.sendall(b"ready\n")
        size = struct.unpack("<I", stream.read(4))[0]
        words = stream.read(size).split(b"\0")
    try:
        for number, file in enumerate(words[:3]):
            if file:
                flags = os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                os.dup2(os.open(file, flags, 0o666), number)
        os.execvp(words[3], words[4:])
    except OSError as error:
        adapter.sendall(str(error.strerror).encode())
    return 127


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
