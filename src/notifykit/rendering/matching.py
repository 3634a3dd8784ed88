"""Tells whether a selector of CSS applies to a tag: in every mail, in none, or who knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import IntEnum
from typing import Any

from cssselect import parser as css

from notifykit.rendering.tags import Tag


class Applies(IntEnum):
    """The answer; of several that must all hold, the least one counts."""

    NO = 0
    PERHAPS = 1
    YES = 2


# Selectors, 4 level, 6.1 and 6.2: how an attribute is compared.
_COMPARE: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda found, wanted: found == wanted,
    "~=": lambda found, wanted: wanted in found.split(),
    "|=": lambda found, wanted: found == wanted or found.startswith(f"{wanted}-"),
    "^=": lambda found, wanted: bool(wanted) and found.startswith(wanted),
    "$=": lambda found, wanted: bool(wanted) and found.endswith(wanted),
    "*=": lambda found, wanted: bool(wanted) and wanted in found,
}


def applies(selector: Any, tag: Tag) -> Applies:
    """
    Match a selector with a tag of which nothing is known but the tag itself.

    Args:
        selector: A tree of cssselect.
        tag: What may be selected.
    """
    if isinstance(selector, css.CombinedSelector):
        return min(applies(selector.subselector, tag), Applies.PERHAPS)
    if isinstance(selector, css.Element):
        return Applies.YES if selector.element in {None, tag.name} else Applies.NO
    inner = getattr(selector, "selector", None)
    if inner is None or (rest := applies(inner, tag)) is Applies.NO:
        return Applies.PERHAPS if inner is None else Applies.NO
    return min(rest, _condition(selector, tag))


def classes(selector: Any) -> frozenset[str]:
    """Give the classes that a tag must have."""
    if isinstance(selector, css.CombinedSelector):
        return classes(selector.subselector)
    own = {selector.class_name} if isinstance(selector, css.Class) else set()
    inner = getattr(selector, "selector", None)
    return frozenset(own) if inner is None else classes(inner) | own


def _condition(selector: Any, tag: Tag) -> Applies:
    if isinstance(selector, css.Class):
        return Applies.YES if selector.class_name in tag.classes else Applies.NO
    if isinstance(selector, css.Hash):
        return _attribute("id", "=", selector.id, tag)
    if isinstance(selector, css.Attrib):
        wanted = "" if selector.value is None else selector.value.value
        return _attribute(selector.attrib, selector.operator, wanted or "", tag)
    # Which child it is depends on what else the mail shows.
    return Applies.PERHAPS


def _attribute(name: str, operator: str, wanted: str, tag: Tag) -> Applies:
    if name in tag.unsure:
        return Applies.PERHAPS
    if name not in tag.attributes:
        return Applies.NO
    if operator == "exists":
        return Applies.YES
    return Applies.YES if _COMPARE[operator](tag.attributes[name], wanted) else Applies.NO
