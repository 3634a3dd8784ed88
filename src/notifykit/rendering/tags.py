"""Reads start tags, and keeps apart what is certain about them and what comes with the mail."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape

from notifykit.rendering.flat import ENTER, LEAVE, SIGNS, VALUE

# What premailer writes into a tag: Outlook and Lotus Notes read the others in place of style.
WRITTEN = ("style", "align", "valign", "bgcolor", "width", "height")
_DECIDING = frozenset({*WRITTEN, "class", "id"})
_INLINED = frozenset({"", "all", "screen"})

_ATTRIBUTE = re.compile(
    r"""([^\s"'>/=]+)(?:\s*=\s*("[^"]*"|'[^']*'|(?:[^\s"'>\x01\x02]|\x01[^\s"'>\x01\x02]*\x02)+))?"""
)
_BRANCH = re.compile(f"{ENTER}([^{ENTER}{LEAVE}]*){LEAVE}")
# What every parser of HTML reads alike; a value may stand within quotes alone.
_CLEAR = re.compile(
    r"""(?:[\s/](?:[\s/]
    | [^\s"'<>/=\x00-\x03]+(?:\s*=\s*
      (?:"[^"\x03]*"|'[^'\x03]*'|[^\s"'<>=`\x00-\x03][^\s"'<>`\x00-\x03]*))?
    )*+)?""",
    re.VERBOSE,
)
_MOST_VARIANTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """
    A start tag, as far as it is known.

    Attributes:
        name: In lower case.
        attributes: Those that are certain.
        unsure: Attributes that it has in some mails, or with a value that comes with the mail.
        place: The file and the line.
        text: What its template says after the name, with signs for Jinja's parts.
        classes: Those that it has for certain.
    """

    name: str
    attributes: Mapping[str, str] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()
    place: str = ""
    text: str = ""
    classes: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        names = self.attributes.get("class", "").split()
        object.__setattr__(self, "classes", frozenset(names))

    @property
    def fixed(self) -> bool:
        """Whether its own part in its style is known before there is a mail."""
        return not _DECIDING & self.unsure


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
    for found in _ATTRIBUTE.finditer(text):
        key, value = SIGNS.sub("", found[1]).lower(), _plain(found[2] or "")
        signs = len(found[1]) - len(found[1].lstrip(ENTER + LEAVE))
        before = text[: found.start()] + found[1][:signs]
        always = before.count(ENTER) == before.count(LEAVE)
        if key and always and not SIGNS.search(value):
            certain.setdefault(key, value)
        elif key:
            unsure.add(key)
    return Tag(name=name, attributes=certain, unsure=frozenset(unsure), place=place, text=text)


def unclear(text: str) -> str:
    """Tell what about a start tag is not the same for every parser; empty where all is well."""
    ways = variants(text)
    if not ways:
        return "there are too many conditions within the tag"
    names = (found[1].strip(ENTER + LEAVE) for found in _ATTRIBUTE.finditer(text))
    if any(map(SIGNS.search, names)) or not all(map(_CLEAR.fullmatch, ways)):
        return "the tag cannot be read without the mail: put values of attributes into quotes"
    if text.endswith(f"{LEAVE}/"):
        return "the slash at the end of the tag may belong to an attribute"
    if any(_brings_rules(read(way).get("style", "")) for way in ways):
        return "a value brings more than one value of CSS into style="
    return ""


def _brings_rules(style: str) -> bool:
    return any(":" not in one.partition(VALUE)[0] for one in style.split(";") if VALUE in one)


def closed(text: str) -> bool:
    """Tell whether a start tag ends with a slash that is no part of an attribute."""
    ends = [found.end() for found in _ATTRIBUTE.finditer(text)]
    return text.endswith("/") and max(ends, default=0) < len(text)


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
