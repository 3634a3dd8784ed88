"""Reads start tags, and keeps apart what is certain about them and what comes with the mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

from notifykit.rendering.flat import ENTER, LEAVE, OTHER, SIGNS, VALUE

# What premailer writes into a tag: Outlook and Lotus Notes read the others in place of style.
WRITTEN = ("style", "align", "valign", "bgcolor", "width", "height")
_DECIDING = frozenset({*WRITTEN, "class", "id"})
_INLINED = frozenset({"", "all", "screen"})

_ATTRIBUTE = re.compile(
    r"""([^\s"'>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|(?:[^\s"'>\x01\x02]|\x01[^\s"'>\x01\x02]*\x02)+))?"""
)
_BRANCH = re.compile(f"{ENTER}([^{ENTER}{LEAVE}]*){LEAVE}")
_UNKNOWN = re.compile(f"[{VALUE}{OTHER}]")
_MOST_VARIANTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """
    A start tag, as far as it is known.

    Attributes:
        name: In lower case; empty for what surrounds a part that may stand anywhere.
        attributes: Those that are certain.
        classes: Those that it has in every mail.
        perhaps: Classes that it has in some mails; ``None`` where those can be any.
        unsure: Attributes that it has in some mails, or with a value that comes with the mail.
        anything: Whether a value may bring whole attributes along.
        place: The file and the line.
        text: What its template says after the name, with signs for Jinja's parts.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    classes: frozenset[str] = frozenset()
    perhaps: frozenset[str] | None = frozenset()
    unsure: frozenset[str] = frozenset()
    anything: bool = False
    place: str = ""
    text: str = ""

    @property
    def fixed(self) -> bool:
        """Whether its own part in its style is known before there is a mail."""
        return not self.anything and not _DECIDING & self.unsure


def read(text: str) -> dict[str, str]:
    """Read the attributes of a start tag; the first of two counts."""
    found = [(name.lower(), _plain(value)) for name, value in _ATTRIBUTE.findall(text)]
    return dict(reversed(found))


def kept(text: str) -> bool:
    """Tell by its attributes whether a ``<style>`` stays as it is."""
    said = read(text)
    return said.get("data-premailer") == "ignore" or said.get("media", "all") not in _INLINED


def written(text: str) -> Iterator[tuple[int, int]]:
    """Find the attributes that premailer may write, each with the space before it."""
    for found in _ATTRIBUTE.finditer(text):
        if found[1].lower() in WRITTEN:
            yield len(text[: found.start()].rstrip()), found.end()


def start_tag(name: str, text: str, place: str) -> Tag:
    """Tell apart what is certain about a tag and what is not."""
    certain: dict[str, str] = {}
    unsure: set[str] = set()
    anything, classes = False, ""
    for found in _ATTRIBUTE.finditer(text):
        key, value = SIGNS.sub("", found[1]).lower(), _plain(found[2] or "")
        before = (
            text[: found.start()] + found[1][: len(found[1]) - len(found[1].lstrip(ENTER + LEAVE))]
        )
        always = before.count(ENTER) == before.count(LEAVE)
        anything = anything or VALUE in found[1] or OTHER in found[1]
        if key and always and not SIGNS.search(value):
            certain.setdefault(key, value)
        elif key:
            unsure.add(key)
        if key == "class":
            classes = value if always else f"{ENTER}{value}{LEAVE}"
    known = not anything and not _UNKNOWN.search(classes)
    names = [_classes(one) for one in variants(classes)]
    return Tag(
        name=name,
        attributes=certain,
        classes=frozenset.intersection(*names) if names else frozenset(),
        perhaps=frozenset.union(*names) if names and known else None,
        unsure=frozenset(unsure),
        anything=anything,
        place=place,
        text=text,
    )


def _classes(text: str) -> frozenset[str]:
    return frozenset(name for name in text.split() if not SIGNS.search(name))


def _plain(value: str) -> str:
    return unescape(value[1:-1] if value[:1] in {'"', "'"} else value)


def loose_values(text: str) -> Iterator[int]:
    """Find the values that stand in attributes and decide about nothing."""
    for found in _ATTRIBUTE.finditer(text):
        if found[2] and SIGNS.sub("", found[1]).lower() not in {"class", "id"}:
            yield from (i for i in range(*found.span(2)) if text[i] == VALUE)


def variants(text: str) -> list[str]:
    """
    Give a tag with and without whatever stands under a condition in it.

    Some that cannot be may be among them; there are none where they would be more than 64.
    """
    found = [text]
    while _BRANCH.search(found[0]):
        if len(found) == _MOST_VARIANTS:
            return []
        with_it = (_BRANCH.sub(r"\1", one, count=1) for one in found)
        found = [*with_it, *(_BRANCH.sub("", one, count=1) for one in found)]
    return list(dict.fromkeys(found))


def with_names(text: str, names: Iterable[str]) -> Iterator[str]:
    """Put each of the names where a class is a value; none where more than that is unknown."""
    loose = set(loose_values(text))
    unknown = [at for at, sign in enumerate(text) if sign == VALUE and at not in loose]
    if not unknown:
        yield text
    elif len(unknown) == 1:
        at = unknown[0]
        yield from (text[:at] + name + text[at + 1 :] for name in names)
