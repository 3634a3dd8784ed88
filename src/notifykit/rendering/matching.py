"""Tells whether a selector of CSS applies to a tag: in every mail, in none, or who knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from cssselect import parser as css

from notifykit.rendering.tags import Tag


class Applies(IntEnum):
    """The answer; of several that must all hold, the least one counts."""

    NO = 0
    PERHAPS = 1
    YES = 2


@dataclass(frozen=True, slots=True)
class Ancestor:
    """
    A tag around another.

    Attributes:
        tag: The outer one.
        certain: Whether it is there whenever the inner one is.
    """

    tag: Tag
    certain: bool


Ancestors = Sequence[Ancestor]

# What stands around a macro: it may be called from anywhere.
ANYWHERE: Ancestors = (Ancestor(Tag(name=""), certain=False),)

# Selectors, 4 level, 6.1 and 6.2: how an attribute is compared.
_COMPARE: Mapping[str, Callable[[str, str], bool]] = {
    "=": lambda found, wanted: found == wanted,
    "~=": lambda found, wanted: wanted in found.split(),
    "|=": lambda found, wanted: found == wanted or found.startswith(f"{wanted}-"),
    "^=": lambda found, wanted: bool(wanted) and found.startswith(wanted),
    "$=": lambda found, wanted: bool(wanted) and found.endswith(wanted),
    "*=": lambda found, wanted: bool(wanted) and wanted in found,
}


def applies(selector: Any, tag: Tag, around: Ancestors) -> Applies:
    """
    Match a selector.

    Args:
        selector: A tree of cssselect.
        tag: What may be selected.
        around: What it stands in, the nearest first.
    """
    if not isinstance(selector, css.CombinedSelector):
        return _alone(selector, tag)
    own = _alone(selector.subselector, tag)
    if own is Applies.NO or selector.combinator not in {" ", ">"}:
        return min(own, Applies.PERHAPS)
    reach = around[:1] if selector.combinator == ">" else around
    found = (_outer(selector.selector, around, depth) for depth in range(len(reach)))
    return min(own, max(found, default=Applies.NO))


def _outer(selector: Any, around: Ancestors, depth: int) -> Applies:
    outer = around[depth]
    found = applies(selector, outer.tag, around[depth + 1 :])
    return found if outer.certain else min(found, Applies.PERHAPS)


def _alone(selector: Any, tag: Tag) -> Applies:
    """Match what a selector says about one tag."""
    if not tag.name:
        return Applies.PERHAPS
    if isinstance(selector, css.Element):
        return Applies.YES if selector.element in {None, tag.name} else Applies.NO
    inner = getattr(selector, "selector", None)
    if inner is None or (rest := _alone(inner, tag)) is Applies.NO:
        return Applies.PERHAPS if inner is None else Applies.NO
    return min(rest, _condition(selector, tag))


def _condition(selector: Any, tag: Tag) -> Applies:
    if isinstance(selector, css.Class):
        return _class(selector.class_name, tag)
    if isinstance(selector, css.Hash):
        return _attribute("id", "=", selector.id, tag)
    if isinstance(selector, css.Attrib):
        wanted = "" if selector.value is None else selector.value.value
        return _attribute(selector.attrib, selector.operator, wanted or "", tag)
    # Which child it is depends on what else the mail shows.
    return Applies.PERHAPS


def _class(name: str, tag: Tag) -> Applies:
    if name in tag.classes:
        return Applies.YES
    return Applies.PERHAPS if tag.perhaps is None or name in tag.perhaps else Applies.NO


def _attribute(name: str, operator: str, wanted: str, tag: Tag) -> Applies:
    if name in tag.unsure or (tag.anything and name not in tag.attributes):
        return Applies.PERHAPS
    if name not in tag.attributes:
        return Applies.NO
    if operator == "exists":
        return Applies.YES
    return Applies.YES if _COMPARE[operator](tag.attributes[name], wanted) else Applies.NO
