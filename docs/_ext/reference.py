"""Makes the reference read as the code is meant: a pydantic class is shown with its fields."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin, is_typeddict

from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.util.typing import stringify_annotation

_SEVERAL = re.compile(r"^(?P<indent>\s+)(?P<names>[a-z_0-9]+(?:, [a-z_0-9]+)+): ")


def _signature(app: Sphinx, what: str, name: str, found: Any, *rest: Any) -> tuple[str, str] | None:
    if not isinstance(found, type):
        return None
    if issubclass(found, BaseModel):
        # In place of the types that autodoc has written down, with all that pydantic hangs on them.
        app.env.current_document.autodoc_annotations[name] = _types(found)
        return f"({', '.join(_fields(found))})", ""
    if issubclass(found, Enum) or is_typeddict(found):
        return "", ""
    return None


def _fields(model: type[BaseModel]) -> Iterator[str]:
    from_env = "from_env" in vars(model)
    for name, field in {} if from_env else model.model_fields.items():
        yield name if field.is_required() else f"{name}={_shown(field.default)}"


def _shown(default: Any) -> str:
    if isinstance(default, Enum):
        return f"{type(default).__name__}.{default.name}"
    return repr(default)


def _types(model: type[BaseModel]) -> dict[str, str]:
    return {
        name: stringify_annotation(_plain(field.annotation), "smart")
        for name, field in model.model_fields.items()
    }


def _plain(found: Any) -> Any:
    """Take the rules off a type, and leave what a reader wants to know."""
    if get_origin(found) is Annotated:
        return _plain(found.__origin__)
    parts = tuple(_plain(part) for part in get_args(found))
    if get_origin(found) in (Union, UnionType):
        return Union[parts]  # noqa: UP007 - made from values
    return found.__origin__[parts] if parts and get_origin(found) is tuple else found


def _docstring(app: Sphinx, what: str, name: str, found: Any, *rest: Any) -> None:
    lines: list[str] = rest[1]
    lines[:] = [_SEVERAL.sub(_joined, line) for line in lines]
    # Napoleon takes the words before these colons for a type.
    said = [place + 1 for place, line in enumerate(lines[:-1]) if line.strip() == "Returns:"]
    for place in [0, *said] if what in ("attribute", "property") else said:
        lines[place] = lines[place].replace(": ", " -- ", 1)


def _joined(several: re.Match[str]) -> str:
    # Of several names before one colon Sphinx takes all but the last for a type.
    return f"{several['indent']}{several['names'].replace(', ', '/')}: "


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-signature", _signature)
    # Before napoleon, which comes at the usual priority, 500.
    app.connect("autodoc-process-docstring", _docstring, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
