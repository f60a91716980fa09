"""What is listed of many: `-q -n -t TYPE REGEXP`, as gdb's commands take it."""

from __future__ import annotations

from trapline.base.fact import NamedTuple
from trapline.cli.registry import CommandError


class Selection(NamedTuple):
    """What is listed, by name and type; `is_quiet`: of none nothing; `only_debug`: no ELF symbols."""

    pattern: str
    type: str = ""
    is_quiet: bool = False
    only_debug: bool = False

    @classmethod
    def parse(cls, text: str, name: str, options: tuple[str, ...]) -> Selection:
        """Return what the arguments of a command ask for, which takes some of `-n`, `-q` and `-t`.

        Raises:
            CommandError: an option is none of these, or has no argument.
        """
        found = cls("")
        while text.startswith("-"):
            option, _, text = text.partition(" ")
            text = text.strip()
            if option == "--":
                break
            if option not in options:
                known = ", ".join("-t TYPE" if one == "-t" else one for one in options)
                raise CommandError(f"{name} has no {option}; it has {known}")
            if option == "-q":
                found = found._replace(is_quiet=True)
            elif option == "-n":
                found = found._replace(only_debug=True)
            else:
                quote = text[:1] if text[:1] in ("'", '"') else ""
                wanted, _, text = text.removeprefix(quote).partition(quote or " ")
                if not wanted:
                    raise CommandError("-t needs a regular expression for types")
                found = found._replace(type=wanted)
            text = text.strip()
        return found._replace(pattern=text)
