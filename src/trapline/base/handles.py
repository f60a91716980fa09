"""Objects that belong to a process under debug, and mean nothing outside of the Python that debugs it."""

from __future__ import annotations

from trapline.base.typing import NoReturn


class Handle:
    """A base of what cannot be pickled, nor copied by `copy`, and says so."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse: both `pickle` and `copy` ask here.

        Raises:
            TypeError: always.
        """
        name = type(self).__name__
        article = "an" if name[0] in "AEIOU" else "a"
        raise TypeError(
            f"{article} {name} cannot be pickled: it belongs to a process; pickle what it says, "
            "as str(), its fields or Value.to_python() give it"
        )
