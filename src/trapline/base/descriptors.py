"""Descriptors 0, 1 and 2, which cron and daemons start programs without."""

from __future__ import annotations

import os


def occupy_standard() -> None:
    """Open what is closed of descriptors 0, 1 and 2 on `/dev/null`.

    A pipe or a memory file of ours would get the number else, and be some program's standard input.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
