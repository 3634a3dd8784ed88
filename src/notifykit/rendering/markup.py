"""
Finds the tags of a template and marks where their style goes.

Jinja has parsed the template by then, and only its own text is looked at: what a value brings is
never taken for a tag. Nothing moves, so that errors name the right line.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

from jinja2 import TemplateSyntaxError, nodes

from notifykit.rendering import marks
from notifykit.rendering.flat import ENTER, LEAVE, OTHER, SIGNS, VALUE, Flat
from notifykit.rendering.losses import found_in
from notifykit.rendering.tags import Tag, closed, kept, loose_values, start_tag, unclear, written

# Whatever looks like a tag within these is none.
_RAW = frozenset({"style", "script", "title", "textarea"})

_TOKEN = re.compile(
    r"""<!--.*?-->
    | </[a-z][^\s/>\x00-\x03]*(?=[\s/>])[^>]*>
    | <(?P<tag>[a-z][^\s/>\x00-\x03]*)(?P<rest>(?:[^>"'<]|"[^"]*"|'[^']*')*+)>
    | (?P<unclear><!--|</?[a-z\x00-\x03])
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)


class Markup:
    """
    The tags of a template.

    Args:
        template: What Jinja has parsed.
        name: The template's.
        first: The number of the first tag.

    Attributes:
        name: The template's.
        first: As given.
        tags: In the order of the file.
        doubts: What makes it impossible to tell the style beforehand, with the line.
        within: Jinja's parts that stand within tags or raw text, with the line.
        styles: Each ``<style>`` that becomes attributes.
        filled: The blocks within them.

    Raises:
        TemplateSyntaxError: A ``<style>`` or ``<title>`` has no end, and would hide the rest.
    """

    def __init__(self, template: nodes.Template, name: str, first: int) -> None:
        self.tags: list[Tag] = []
        self.doubts: list[tuple[int, str]] = []
        self.within: list[tuple[int, nodes.Node]] = []
        self.styles: list[Style] = []
        self.filled: set[str] = set()
        self.name = name
        self.first = first
        self._flat = Flat(template)
        self._changes: list[tuple[int, int, str]] = []
        self._values: list[int] = []
        self._find()

    def weave(self, filled: Container[str]) -> None:
        """
        Put the marks into what Jinja has parsed.

        Args:
            filled: The blocks that stand within ``<style>`` in some template of the page.
        """
        values = {*self._values, *_block_values(self._flat, filled)}
        self._flat.change(self._changes)
        self._flat.wrap(sorted(values), marks.VALUE, marks.VALUE_ENDS)

    def line(self, style: Style, part: str) -> int:
        """Give the line of a selector or a rule; that of its style where it stands nowhere."""
        at = found_in(style.css, part)
        return self._flat.line(style.start + (-1 if at is None else at))

    def _find(self) -> None:
        at = 0
        while found := _TOKEN.search(self._flat.text, at):
            at = found.end()
            self._check(*found.span(), "a tag or a comment does not end in the same statement")
            if found["unclear"]:
                self._doubt(found.start(), "a tag or a comment cannot be read without the mail")
            elif found["tag"]:
                at = self._start(found)

    def _start(self, found: re.Match[str]) -> int:
        """Take a start tag, with its content where that is raw, and say where to go on."""
        name = found["tag"].lower()
        if why := unclear(found["rest"]):
            self._doubt(found.start(), why)
            return found.end()
        self._hold(*found.span("rest"))
        end = None
        if name in _RAW:
            end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(self._flat.text, found.end())
            if end is None:
                line = self._flat.line(found.start())
                raise TemplateSyntaxError(f"<{name}> has no end in this file", line, self.name)
            self._check(found.start(), end.end(), f"<{name}> does not end in the same statement")
        if name == "style" and end:
            self._style(found, end)
        else:
            self._tag(found, name)
            if end:
                self._hold(found.end(), end.start())
        return end.end() if end else found.end()

    def _hold(self, start: int, end: int) -> None:
        for sign in SIGNS.finditer(self._flat.text, start, end):
            if sign[0] != LEAVE:
                self.within.append((self._flat.line(start - 1), self._flat.node(sign.start())))

    def _check(self, start: int, end: int, why: str) -> None:
        depth = 0
        for sign in SIGNS.findall(self._flat.text, start, end):
            depth += {ENTER: 1, LEAVE: -1}.get(sign, 0)
            if depth < 0:
                break
        if depth:
            self._doubt(start, why)

    def _doubt(self, at: int, why: str) -> None:
        self.doubts.append((self._flat.line(at), why))

    def _tag(self, found: re.Match[str], name: str) -> None:
        number = self.first + len(self.tags)
        place = f"{self.name}, line {self._flat.line(found.start())}"
        rest = found["rest"]
        start, end = found.span("rest")
        if closed(rest):
            rest, end = rest[:-1], end - 1
        tag = start_tag(name, rest, place)
        self.tags.append(tag)
        after = self._flat.text[end]
        if tag.fixed:
            self._change(end, end + 1, marks.tag(number) + after)
            for one in written(rest):
                self._change(start + one[0], start + one[1], "")
        else:
            self._change(start - 1, start, self._flat.text[start - 1] + marks.open_tag(number))
            self._change(end, end + 1, marks.TAG_ENDS + after)
            self._values.extend(start + at for at in loose_values(rest))

    def _style(self, found: re.Match[str], end: re.Match[str]) -> None:
        self._change(found.start(), found.start() + 1, f"{marks.STYLE}<")
        self._change(end.end() - 1, end.end(), f">{marks.STYLE_ENDS}")
        css = self._flat.text[found.end() : end.start()]
        values = [at for at, sign in enumerate(css) if sign == VALUE]
        if not kept(found["rest"]):
            values = list(css_values(css))
            blocks = self._flat.blocks(found.end(), end.start())
            self.filled |= {name for name, _, _ in blocks}
            self.styles.append(Style(css, found.end(), len(values)))
        self._values.extend(found.end() + at for at in values)

    def _change(self, start: int, end: int, text: str) -> None:
        self._changes.append((start, end, text))


@dataclass(frozen=True, slots=True)
class Style:
    """
    A ``<style>`` of a template.

    Attributes:
        css: With signs for Jinja's parts.
        start: Where that begins.
        safe_values: How many values stand where CSS has values.
    """

    css: str
    start: int
    safe_values: int

    @property
    def settled(self) -> bool:
        """Whether its rules are the same in every mail."""
        signs = [sign for sign in SIGNS.findall(self.css) if sign != VALUE]
        return not signs and self.css.count(VALUE) == self.safe_values

    @property
    def text(self) -> str:
        """What it says, with every condition met and a word for every value."""
        return re.sub(f"[{ENTER}{LEAVE}{OTHER}]", "", self.css)


_STYLES = re.compile(
    r"""<style(?P<rest>(?:[^>"'<]|"[^"]*"|'[^']*')*+)>(?P<css>.*?)</style\s*>""",
    re.DOTALL | re.IGNORECASE,
)


def guard(template: nodes.Template, filled: Container[str], function: str) -> None:
    """Pass the values in the style of a template through a function, given by its full name."""
    flat = Flat(template)
    values = set(_block_values(flat, filled))
    for found in _STYLES.finditer(flat.text):
        if not kept(found["rest"]):
            values |= {found.start("css") + at for at in css_values(found["css"])}
    flat.call(sorted(values), function)


def _block_values(flat: Flat, filled: Container[str]) -> Iterator[int]:
    for name, start, end in flat.blocks(0, len(flat.text)):
        if name in filled:
            yield from (start + at for at in css_values(flat.text[start:end]))


def css_values(css: str) -> Iterator[int]:
    """Find the values that stand where CSS has values; what brings whole rules stays text."""
    for found in re.finditer(VALUE, css):
        before = re.sub(r"[^{}:;]", "", css[: found.start()])
        if before.endswith(":") and before.count("{") > before.count("}"):
            yield found.start()
