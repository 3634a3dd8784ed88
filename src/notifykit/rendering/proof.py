"""Reads templates before there is a mail, and finds what no mail could be made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from jinja2 import Environment, TemplateNotFound, TemplateSyntaxError, nodes

from notifykit.notifications import ManagerCall, Order
from notifykit.rendering.doubts import named

ROUND = "this comes back to itself; the stock templates are named notifykit/order.html and so on"

_SUBJECT, _TEXT, _PAGE = ".subject.txt", ".txt", ".html"


def mails(environment: Environment, folder: Path) -> list[str]:
    """Name the templates of every kind: of the stock ones, and of each that has a subject here."""
    own = sorted(file.name.removesuffix(_SUBJECT) for file in folder.glob(f"*{_SUBJECT}"))
    kinds = dict.fromkeys([Order.kind, ManagerCall.kind, *own])
    names = [f"{kind}{ending}" for kind in kinds for ending in (_SUBJECT, _TEXT, _PAGE)]
    # A page may be left out.
    return [name for name in names if not name.endswith(_PAGE) or _is_there(environment, name)]


def gaps(environment: Environment, name: str) -> Iterator[str]:
    """
    Read a template and whatever it names, and say what is named and not there.

    Texts are compiled by that; pages are more than their templates.

    Raises:
        TemplateNotFound: It is this one.
        TemplateSyntaxError: This one or another cannot be read.
    """
    seen, left = {name}, [name]
    parents: dict[str, str] = {}
    while left:
        name = left.pop(0)
        if not name.endswith(_PAGE):
            environment.get_template(name)
        for node, wanted in named(_parsed(environment, name)):
            there = next((one for one in wanted or () if _is_there(environment, one)), None)
            if there is None and wanted and not getattr(node, "ignore_missing", False):
                yield (
                    f"{name}, line {node.lineno}: {' or '.join(wanted)} is missing: "
                    "put it into the folder of NOTIFYKIT_TEMPLATES"
                )
            elif there is not None and isinstance(node, nodes.Extends):
                parents[name] = there
                if name in _ancestors(there, parents):
                    yield f"{name}, line {node.lineno}: {ROUND}"
            if there is not None and there not in seen:
                seen.add(there)
                left.append(there)


def _ancestors(name: str | None, parents: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    while name is not None and name not in found:
        found.append(name)
        name = parents.get(name)
    return found


def _parsed(environment: Environment, name: str) -> nodes.Template:
    assert environment.loader is not None  # noqa: S101 - ours has one
    text, file, _ = environment.loader.get_source(environment, name)
    return environment.parse(text, name, file)


def _is_there(environment: Environment, name: str) -> bool:
    assert environment.loader is not None  # noqa: S101 - ours has one
    try:
        environment.loader.get_source(environment, name)
    except TemplateNotFound:
        return False
    except (TemplateSyntaxError, OSError):
        return True  # what is wrong with it is told where it is read
    return True
