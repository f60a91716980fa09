"""Where the command line keeps what outlives a session; readable by their owner only.

Source: XDG Base Directory Specification.
"""

from __future__ import annotations

import os


def configuration_file() -> str:
    """Return the path of the commands that every session begins with, there or not."""
    return os.path.join(_directory("XDG_CONFIG_HOME", "~/.config"), "commands")


def state_directory() -> str:
    """Return the directory of the history."""
    return _directory("XDG_STATE_HOME", "~/.local/state")


def _directory(variable: str, default: str) -> str:
    # The specification wants a relative path to be ignored.
    home = os.environ.get(variable, "")
    return os.path.join(home if os.path.isabs(home) else os.path.expanduser(default), "trapline")


def private_file(directory: str, name: str) -> str | None:
    """Return the path of a file that is ours alone (0600), made when it was not there.

    None where the directory cannot be written, or where somebody else owns what is there.
    """
    path = os.path.join(directory, name)
    try:
        os.makedirs(directory, mode=0o700, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:
        return None
    try:
        if os.fstat(descriptor).st_uid != os.geteuid():
            return None
        os.fchmod(descriptor, 0o600)
    finally:
        os.close(descriptor)
    return path
