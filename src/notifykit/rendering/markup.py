"""
Finds the tags of a template and marks where their style goes.

Jinja has parsed the template by then, and only its own text is looked at: what a value brings is
never taken for a tag. Nothing moves, so that errors name the right line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from jinja2 import TemplateSyntaxError, nodes

from notifykit.rendering import marks
from notifykit.rendering.flat import ENTER, LEAVE, SIGNS, VALUE, Flat
from notifykit.rendering.tags import Tag, kept, loose_values, start_tag, written

# Whatever looks like a tag within these is none.
_RAW = frozenset({"style", "script", "title", "textarea"})

_TOKEN = re.compile(
    r"""<!--.*?-->
    | </(?P<end>[a-z][^\s/>\x00-\x03]*)[^>]*>
    | <(?P<tag>[a-z][^\s/>\x00-\x03]*)(?P<rest>(?:[^>"']|"[^"]*"|'[^']*')*?)/?>
    """,
    re.DOTALL | re.IGNORECASE | re.VERBOSE,
)


@dataclass(slots=True)
class Part:
    """
    A stretch of a template.

    Attributes:
        node: The statement that holds it; ``None`` for a whole file.
        items: Tags by number, ends of tags by name, other parts, and whatever else Jinja puts here.
    """

    node: nodes.Node | None
    items: list[int | str | Part | nodes.Node] = field(default_factory=list)


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
        outline: How they are nested, as far as one file tells.

    Raises:
        TemplateSyntaxError: A tag has a value for its name, or does not end where it begins.
    """

    def __init__(self, template: nodes.Template, name: str, first: int) -> None:
        self.tags: list[Tag] = []
        self.outline = Part(None)
        self.name = name
        self.first = first
        self._flat = Flat(template)
        self._open = [self.outline]
        self._changes: list[tuple[int, int, str]] = []
        self._values: list[int] = []
        self._find()

    def weave(self) -> None:
        """Put the marks into what Jinja has parsed."""
        self._flat.change(self._changes)
        self._flat.wrap(self._values, marks.VALUE, marks.VALUE_ENDS)

    def _find(self) -> None:
        text, at = self._flat.text, 0
        while found := _TOKEN.search(text, at):
            self._follow(at, found.start())
            at = found.end()
            if found["tag"]:
                at = self._start(found)
            elif found["end"]:
                self._open[-1].items.append(found["end"].lower())
            if not found["tag"]:
                self._follow(*found.span())
        self._follow(at, len(text))

    def _follow(self, start: int, end: int) -> None:
        """Note Jinja's parts between two tags."""
        for found in SIGNS.finditer(self._flat.text, start, end):
            if found[0] == LEAVE:
                self._open.pop()
                continue
            node = self._flat.node(found.start())
            held = found[0] == ENTER or isinstance(node, nodes.Block)
            part = Part(node)
            self._open[-1].items.append(part if held else node)
            if found[0] == ENTER:
                self._open.append(part)

    def _start(self, found: re.Match[str]) -> int:
        """Take a start tag, with its content where that is raw, and say where to go on."""
        name = found["tag"].lower()
        self._check(found.start(), found.end(), name)
        if found["rest"][:1] == VALUE:
            raise self._error(found.start(), f"the name of the tag <{name}… is a value")
        end = None
        if name in _RAW:
            end = re.compile(rf"</{name}\s*>", re.IGNORECASE).search(self._flat.text, found.end())
            self._check(found.start(), end.end() if end else found.end(), name)
        if name == "style":
            self._style(found, end)
        else:
            self._tag(found, name)
            if end:
                self._open[-1].items.append(name)
        return end.end() if end else found.end()

    def _check(self, start: int, end: int, name: str) -> None:
        depth = 0
        for sign in SIGNS.findall(self._flat.text, start, end):
            depth += {ENTER: 1, LEAVE: -1}.get(sign, 0)
            if depth < 0:
                break
        if depth:
            raise self._error(start, f"<{name}> has to end in the same statement")

    def _error(self, at: int, why: str) -> TemplateSyntaxError:
        return TemplateSyntaxError(why, self._flat.line(at), self.name)

    def _tag(self, found: re.Match[str], name: str) -> None:
        number = self.first + len(self.tags)
        place = f"{self.name}, line {self._flat.line(found.start())}"
        tag = start_tag(name, found["rest"], place)
        self._open[-1].items.append(number)
        self.tags.append(tag)
        start, end = found.span("rest")
        after = self._flat.text[end]
        if tag.fixed:
            self._change(end, end + 1, marks.tag(number) + after)
            for one in written(found["rest"]):
                self._change(start + one[0], start + one[1], "")
        else:
            self._change(start - 1, start, self._flat.text[start - 1] + marks.open_tag(number))
            self._change(end, end + 1, marks.TAG_ENDS + after)
            self._values.extend(start + at for at in loose_values(found["rest"]))

    def _style(self, found: re.Match[str], end: re.Match[str] | None) -> None:
        if end is None:
            raise self._error(found.start(), "<style> has no end in this file")
        self._change(found.start(), found.start() + 1, f"{marks.STYLE}<")
        self._change(end.end() - 1, end.end(), f">{marks.STYLE_ENDS}")
        css = self._flat.text[found.end() : end.start()]
        if not kept(found["rest"]):
            self._values.extend(found.end() + at for at in _css_values(css))

    def _change(self, start: int, end: int, text: str) -> None:
        self._changes.append((start, end, text))


def _css_values(css: str) -> Iterator[int]:
    """Find the values that stand where CSS has values; what brings whole rules stays text."""
    for found in re.finditer(VALUE, css):
        before = re.sub(r"[^{}:;]", "", css[: found.start()])
        if before.endswith(":") and before.count("{") > before.count("}"):
            yield found.start()
