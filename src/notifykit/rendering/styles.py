"""What the style of a page makes of each of its tags, worked out once for all mails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from html import escape, unescape
from typing import Any

from markupsafe import Markup
from markupsafe import escape as markup_escape

from notifykit.rendering import marks
from notifykit.rendering.doubts import Doubt
from notifykit.rendering.flat import VALUE
from notifykit.rendering.inline import Rule, Rules, attributes, lost, rules
from notifykit.rendering.losses import Loss
from notifykit.rendering.matching import Applies, applies, classes
from notifykit.rendering.tags import WRITTEN, Tag, read, variants, with_names, written

# What values add to tags and their styles; a client must not make it grow without end.
_MOST_KEPT, _SHORT = 1_000, 500
_CLASS = re.compile(r"\.(-?[^\W\d][\w-]*)")
_STRING = r""""[^"\\<\n\r\f]*"|'[^'\\<\n\r\f]*'"""
_ONE_VALUE = re.compile(
    rf"""(?:(?!/\*)[^;{{}}()"'\\<>]|{_STRING}|\((?:(?!/\*)[^(){{}}"'\\<]|{_STRING})*+\))*+"""
)
_LOOSE = re.compile(f"{marks.WORDS.pattern}|{VALUE}")
_UNSAFE = re.compile(r"[^\w#.,%+ -]")


# What a tag adds to its own text, and which values in its own style the parser of CSS made
# nothing of.
_Made = tuple[str, frozenset[str]]


class Styles:
    """
    The finished attributes of the tags of a page.

    Args:
        texts: What stands in each ``<style>``, with words for the values in it (`marks.word`).
        values: Those values, as they came out of the template.
        tags: By number.

    Attributes:
        left: What stays of each ``<style>``.
        losses: What is lost of them.

    Raises:
        Doubt: It takes the mail to tell whether a rule applies.
        RefusedError: A selector cannot be read.
    """

    def __init__(self, texts: Sequence[str], values: Sequence[str], tags: Sequence[Tag]) -> None:
        safe = [value_of_css(value) for value in values]
        self._values = [escape(value) for value in safe]
        self._tags = tags
        found = _rules(texts, safe)
        self._rules = [(classes(rule.selector), rule) for rule in found.ranked]
        self._names = {name for rule in found.ranked for name in _CLASS.findall(rule.text)}
        self._known: dict[tuple[int, str], tuple[str, _Made]] = {}
        self._made: dict[Any, _Made] = {}
        self.left = [_filled(text, safe) for text in found.left]
        self.losses = found.losses

    def check(self, page: str) -> None:
        """
        Look for whatever it takes a mail to tell.

        Args:
            page: The name of its template.

        Raises:
            Doubt: There is something, and where.
        """
        for name in {"html", "body"} - {tag.name for tag in self._tags}:
            if self._found(Tag(name=name, place=page)):
                raise Doubt(
                    f"{page}: the style has something for <{name}>, which the templates leave out"
                )
        for number, tag in enumerate(self._tags):
            if tag.fixed:
                self._found(tag)
            for text in self._ways(tag):
                self._found(self._read(number, text))

    def losses_in_tags(self) -> Iterator[tuple[str, Loss]]:
        """Give what is lost of the tags' own styles, and where that is."""
        for tag in self._tags:
            if tag.fixed and "style" in tag.attributes and self._found(tag):
                yield from ((tag.place, loss) for loss in lost(tag.attributes["style"]))

    def prepare(self, page: str) -> None:
        """
        Work out beforehand whatever can be told without a mail.

        Raises:
            Doubt: As above.
        """
        self.check(page)
        self._fixed  # noqa: B018 - worked out now
        for number, tag in enumerate(self._tags):
            for way in self._ways(tag):
                text = marks.numbered(way, VALUE, len(self._values))
                self._known[number, text] = self._opened(number, text)

    def write(self, mark: re.Match[str]) -> str:
        """Give what is to stand in place of a mark (`marks.TAGS`)."""
        number, text = int(mark[1]), mark[2]
        return self._fixed[number] if text is None else self._open(number, text)

    @cached_property
    def _fixed(self) -> Mapping[int, str]:
        return {
            number: _filled(_written(self._found(tag), tag.attributes), self._values)
            for number, tag in enumerate(self._tags)
            if tag.fixed
        }

    def _ways(self, tag: Tag) -> Iterator[str]:
        """Give whatever may become of a tag, as far as its template tells."""
        for text in [] if tag.fixed else variants(tag.text):
            yield from with_names(text, self._names)

    def _open(self, number: int, text: str) -> str:
        """Style a tag of which something shows only in the mail."""
        values = list(self._values)
        text = marks.worded(text, values)
        if "style" in self._tags[number].unsure:
            text = _with_odd_values(text, values)
        bare, (made, lost) = self._known.get((number, text)) or self._opened(number, text)
        if lost:
            bare, (made, _) = self._opened(number, _plain(text, lost, values))
        return _filled(bare + made, values)

    def _opened(self, number: int, text: str) -> tuple[str, _Made]:
        tag = self._read(number, text)
        found = self._found(tag)
        if not found:
            return text, ("", frozenset())
        own = tuple((name, tag.attributes[name]) for name in WRITTEN if name in tag.attributes)
        key = (tuple(map(id, found)), own)
        made = self._made.get(key) or _merged(found, tag.attributes)
        if len(self._made) < _MOST_KEPT and sum(len(value) for _, value in own) < _SHORT:
            self._made[key] = made
        for start, end in reversed(list(written(text))):
            text = text[:start] + text[end:]
        return text, made

    def _read(self, number: int, text: str) -> Tag:
        tag, known = self._tags[number], read(text)
        loose = frozenset(name for name, value in known.items() if _LOOSE.search(value))
        return Tag(name=tag.name, attributes=known, unsure=loose, place=tag.place)

    def _found(self, tag: Tag) -> list[Rule]:
        return [
            rule for needed, rule in self._rules if needed <= tag.classes and _applies(rule, tag)
        ]


def _applies(rule: Rule, tag: Tag) -> bool:
    answer = applies(rule.selector, tag)
    if answer is Applies.PERHAPS:
        raise Doubt(f"{tag.place}: only the mail tells whether {rule.text} applies to <{tag.name}>")
    return answer is Applies.YES


def _merged(found: Sequence[Rule], own: Mapping[str, str]) -> _Made:
    made = _written(found, own)
    words = set(marks.WORDS.findall(own.get("style", "")))
    return made, frozenset(words - set(marks.WORDS.findall(made)))


def _rules(texts: Sequence[str], values: Sequence[str]) -> Rules:
    """Read the style; a value that the parser of CSS makes nothing of is given to it as it is."""
    found = rules(tuple(texts))
    said = [value for rule in found.ranked for _, value in rule.pairs]
    survived = set(marks.WORDS.findall("\n".join([*said, *found.left])))
    if missing := set(marks.WORDS.findall("\n".join(texts))) - survived:
        return rules(tuple(_plain(text, frozenset(missing), values) for text in texts))
    return found


def value_of_css(text: str) -> str:
    """Keep what one value of CSS may be; nothing of it begins the next one."""
    plain = unescape(text)
    return plain if _ONE_VALUE.fullmatch(plain) else _bare(plain)


def safe_value(value: object) -> Markup:
    """Do the same to a value that no word stands for."""
    return Markup(value_of_css(str(markup_escape(value))))  # noqa: S704 - nothing of it ends a style


def _bare(text: str) -> str:
    """Keep what a colour, a number or a name is made of."""
    return _UNSAFE.sub("", unescape(text))


def _plain(text: str, words: frozenset[str], values: Sequence[str]) -> str:
    """Write some values out."""

    def value(word: re.Match[str]) -> str:
        return _bare(values[int(word[1])]) if word[1] in words else word[0]

    return marks.WORDS.sub(value, text)


def _with_odd_values(text: str, values: Sequence[str]) -> str:
    """Write out what is more or less than one value, for premailer to make of it what it does."""
    style = read(text).get("style", "")
    odd = {word for word in marks.WORDS.findall(style) if not _is_value(values[int(word)])}
    return marks.WORDS.sub(lambda word: values[int(word[1])] if word[1] in odd else word[0], text)


def _is_value(text: str) -> bool:
    plain = unescape(text)
    return bool(plain.strip()) and _ONE_VALUE.fullmatch(plain) is not None and ":" not in plain


def _filled(text: str, values: Sequence[str]) -> str:
    return marks.WORDS.sub(lambda word: values[int(word[1])], text)


def _written(found: Sequence[Rule], own: Mapping[str, str]) -> str:
    made = {name: own[name] for name in WRITTEN if name in own}
    if found:
        made = attributes(found, made)
    return "".join(f" {name}={_quoted(value)}" for name, value in made.items())


def _quoted(value: str) -> str:
    text = escape(value, quote=False)
    return f"'{text}'" if '"' in text and "'" not in text else f'"{escape(value)}"'
