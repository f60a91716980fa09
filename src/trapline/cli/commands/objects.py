"""What is behind an object of C++: info vtbl."""

from __future__ import annotations

from trapline.base.typing import TYPE_CHECKING
from trapline.cli.registry import command

if TYPE_CHECKING:
    from trapline.cli.session import Session


@command("info vtbl EXPRESSION...", topic="Data")
def info_vtbl(session: Session, expression: str) -> None:
    """Print the virtual functions of a C++ object, of all its parts that have a table."""
    from trapline.inspection.vtables import virtual_tables

    line = session.render.line
    for number, table in enumerate(virtual_tables(session.evaluate(expression))):
        if number:
            line("")
        line(f"vtable for '{table.type}' @ {table.address:#x} (subobject @ {table.place:#x}):")
        for index, function in enumerate(table.functions):
            what = f"<error: {function}>" if isinstance(function, str) else session.process.describe(function)
            line(f"[{index}]: {what}")
