"""What the style of a page makes of each of its tags, worked out once for all mails."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from html import escape, unescape

from notifykit.errors import RenderError
from notifykit.rendering import marks
from notifykit.rendering.flat import VALUE
from notifykit.rendering.inline import Rule, Rules, attributes, rules
from notifykit.rendering.matching import ANYWHERE, Ancestors, Applies, applies
from notifykit.rendering.tags import WRITTEN, Tag, read, variants, with_names, written

# Tags whose classes come with the mail are worked out when they first come up.
_MOST_SEEN = 1_000
_CLASS = re.compile(r"\.(-?[^\W\d][\w-]*)")
_ONE_VALUE = re.compile(r"""(?:(?!/\*)[^;{}()"'\\<>]|"[^"\\]*"|'[^'\\]*'|\([^(){}\\]*\))*""")
_UNSAFE = re.compile(r"[^\w#.,%+ -]")


# What a start tag becomes, and which values in its own style the parser of CSS made nothing of.
_Opened = tuple[str, set[str]]


class Styles:
    """
    The finished attributes of the tags of a page.

    Args:
        texts: What stands in each ``<style>``, with words for the values in it (`marks.word`).
        values: Those values, as they came out of the template.
        tags: By number.
        around: What each tag stands in, wherever the page shows it.

    Attributes:
        left: What stays of each ``<style>``.

    Raises:
        RenderError: A selector is none, or it takes a mail to tell whether it applies.
    """

    def __init__(
        self,
        texts: Sequence[str],
        values: Sequence[str],
        tags: Sequence[Tag],
        around: Mapping[int, Sequence[Ancestors]],
    ) -> None:
        safe = [_value(value) for value in values]
        self._values = [escape(value) for value in safe]
        self._tags = tags
        self._around = around
        self._rules = _rules(texts, safe)
        self._names = {name for rule in self._rules.ranked for name in _CLASS.findall(rule.text)}
        self._seen: dict[tuple[int, str], _Opened] = {}
        self._fixed: dict[int, str] = {}
        for number, tag in enumerate(tags):
            self._prepare(number, tag)
        self.left = [_filled(text, safe) for text in self._rules.left]

    def write(self, mark: re.Match[str]) -> str:
        """Give what is to stand in place of a mark (`marks.TAGS`)."""
        number, text = int(mark[1]), mark[2]
        if text is not None:
            return self._open(number, text)
        if number not in self._fixed:
            self._fixed[number] = self._made(number)
        return self._fixed[number]

    def of(self, tag: Tag) -> str:
        """Give the attributes of a tag that is in no template."""
        return self._written(self._found(tag, [()]), tag.attributes)

    def _prepare(self, number: int, tag: Tag) -> None:
        """Work out beforehand whatever can be told without a mail."""
        if tag.fixed:
            self._fixed[number] = self._made(number)
            return
        for text in variants(tag.text):
            for one in with_names(text, self._names):
                # Not every class can be the one that a value brings.
                with nullcontext() if one == text else suppress(RenderError):
                    self._remember(number, marks.numbered(one, VALUE, len(self._values)))

    def _made(self, number: int) -> str:
        tag = self._tags[number]
        return self._written(self._found(tag, self._places(number)), tag.attributes)

    def _written(self, found: Sequence[Rule], own: Mapping[str, str]) -> str:
        return _filled(_written(found, own), self._values)

    def _open(self, number: int, text: str) -> str:
        """Style a tag of which something shows only in the mail."""
        values = list(self._values)
        text = marks.worded(text, values)
        made, lost = self._seen.get((number, text)) or self._remember(number, text)
        if lost:
            made, _ = self._opened(number, _plain(text, lost, values))
        return _filled(made, values)

    def _remember(self, number: int, text: str) -> _Opened:
        made = self._opened(number, text)
        if len(self._seen) < _MOST_SEEN:
            self._seen[number, text] = made
        return made

    def _opened(self, number: int, text: str) -> _Opened:
        known = read(text)
        tag = Tag(
            name=self._tags[number].name,
            attributes=known,
            classes=frozenset(known.get("class", "").split()),
            unsure=frozenset(name for name, value in known.items() if marks.WORDS.search(value)),
            place=self._tags[number].place,
        )
        found = self._found(tag, self._places(number))
        if not found:
            return text, set()
        words = set(marks.WORDS.findall(known.get("style", "")))
        for start, end in reversed(list(written(text))):
            text = text[:start] + text[end:]
        made = text + _written(found, known)
        return made, words - set(marks.WORDS.findall(made))

    def _places(self, number: int) -> Sequence[Ancestors]:
        return self._around.get(number) or [ANYWHERE]

    def _found(self, tag: Tag, places: Sequence[Ancestors]) -> list[Rule]:
        return [rule for rule in self._rules.ranked if _applies(rule, tag, places)]


def _applies(rule: Rule, tag: Tag, places: Sequence[Ancestors]) -> bool:
    answers = {applies(rule.selector, tag, around) for around in places}
    if len(answers) == 1 and Applies.PERHAPS not in answers:
        return Applies.YES in answers
    raise RenderError(
        f"the style cannot be inlined: whether {rule.text} applies to <{tag.name}> "
        f"({tag.place}) differs from mail to mail or from place to place; give that tag a class"
    )


def _rules(texts: Sequence[str], values: Sequence[str]) -> Rules:
    """Read the style; a value that the parser of CSS makes nothing of is given to it as it is."""
    found = rules(tuple(texts))
    said = [value for rule in found.ranked for _, value in rule.pairs]
    survived = set(marks.WORDS.findall("\n".join([*said, *found.left])))
    if missing := set(marks.WORDS.findall("\n".join(texts))) - survived:
        return rules(tuple(_plain(text, missing, values) for text in texts))
    return found


def _value(text: str) -> str:
    """Keep what one value of CSS may be; nothing of it begins the next one."""
    plain = unescape(text)
    return plain if _ONE_VALUE.fullmatch(plain) else _bare(plain)


def _bare(text: str) -> str:
    """Keep what a colour, a number or a name is made of."""
    return _UNSAFE.sub("", unescape(text))


def _plain(text: str, words: set[str], values: Sequence[str]) -> str:
    """Write some values out."""

    def value(word: re.Match[str]) -> str:
        return _bare(values[int(word[1])]) if word[1] in words else word[0]

    return marks.WORDS.sub(value, text)


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
