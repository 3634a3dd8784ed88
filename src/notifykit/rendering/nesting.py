"""Puts the templates of a page together, to see which tags stand within which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Protocol

from jinja2 import nodes
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types

from notifykit.rendering.markup import Markup, Part
from notifykit.rendering.matching import ANYWHERE, Ancestor, Ancestors
from notifykit.rendering.tags import Tag

_APART = (nodes.Macro, nodes.AssignBlock, nodes.CallBlock)
_Branch = tuple[int, ...]


class Find(Protocol):
    """Gives the first of several templates that there is."""

    def __call__(self, names: Sequence[str]) -> Markup | None:
        """Look for it."""
        ...


def surroundings(page: str, find: Find, tags: Sequence[Tag]) -> Mapping[int, list[Ancestors]]:
    """
    Give what each tag stands in, once for every place where the page shows it.

    Args:
        page: The name of its template.
        find: Where the templates are.
        tags: All there are, by number; finding a template adds to them.
    """
    whole = _Whole(find, tags)
    whole.file([page], (), ())
    whole.parts_apart()
    found: dict[int, list[Ancestors]] = {}
    for element in whole.elements():
        number, branch = whole.shown(element)
        if number is not None:
            around = [whole.ancestor(outer, branch) for outer in element.iterancestors()]
            found.setdefault(number, []).append(around)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Which blocks a template has, the outermost override first, and what is being shown."""

    blocks: Mapping[str, Sequence[Part]]
    block: str = ""
    level: int = 0
    within: tuple[str | tuple[str, int], ...] = ()


class _Whole:
    """A page with every branch of it, and nothing but its tags."""

    def __init__(self, find: Find, tags: Sequence[Tag]) -> None:
        self._find = find
        self._tags = tags
        self._html: list[str] = []
        self._shown: list[tuple[int, _Branch]] = []
        self._branches = count()
        self._apart: list[tuple[Part, _Frame]] = []

    def elements(self) -> Iterator[Any]:
        """Give the tags as the parser of HTML nests them."""
        if self._html:
            parser = etree.HTMLParser(no_network=True, huge_tree=True)
            yield from etree.fromstring("".join(self._html), parser).iter("*")

    def shown(self, element: Any) -> tuple[int | None, _Branch]:
        """Give the number of a tag, and within which statements it is shown."""
        index = element.get("at")
        return self._shown[int(index)] if index else (None, ())

    def ancestor(self, element: Any, branch: _Branch) -> Ancestor:
        """Tell what is known of a tag around one that is shown within those statements."""
        if "anywhere" in element.attrib:
            return ANYWHERE[0]
        number, outer = self.shown(element)
        tag = Tag(name=element.tag) if number is None else self._tags[number]
        return Ancestor(tag, certain=branch[: len(outer)] == outer)

    def file(self, names: Sequence[str], branch: _Branch, within: tuple[Any, ...]) -> None:
        """Show a template: what it extends, with its blocks in place."""
        chain, whole = self._chain([name for name in names if name not in within])
        blocks: dict[str, list[Part]] = {}
        for markup in chain:
            for part in _parts(markup.outline, nodes.Block):
                blocks.setdefault(_name(part), []).append(part)
        frame = _Frame(blocks=blocks, within=(*within, *(markup.name for markup in chain)))
        for markup in [*chain, *(found for one in chain for found in self._imported(one))]:
            self._apart += [(part, frame) for part in _parts(markup.outline, _APART)]
        if whole:
            self._show(chain[-1].outline, frame, branch)
        else:
            self._apart += [(parts[0], frame) for parts in blocks.values()]

    def parts_apart(self) -> None:
        """Show what may be shown anywhere, such as macros."""
        for part, frame in self._apart:
            self._html.append("<div anywhere>")
            self._show(part, frame, (next(self._branches),))
            self._html.append("</div>")

    def _chain(self, names: Sequence[str]) -> tuple[list[Markup], bool]:
        """Follow what a template extends; say whether the end is known."""
        chain: list[Markup] = []
        while names and (markup := self._find(names)) and markup not in chain:
            chain.append(markup)
            extends = _extends(markup.outline)
            if extends is None:
                return chain, True
            names = _names(extends.template)
        return chain, False

    def _imported(self, markup: Markup) -> Iterator[Markup]:
        for node in _others(markup.outline):
            if isinstance(node, nodes.Import | nodes.FromImport):
                yield from self._chain(_names(node.template))[0]

    def _show(self, part: Part, frame: _Frame, branch: _Branch) -> None:
        for item in part.items:
            if isinstance(item, int):
                self._html.append(f'<{self._tags[item].name} at="{len(self._shown)}">')
                self._shown.append((item, branch))
            elif isinstance(item, str):
                self._html.append(f"</{item}>")
            elif isinstance(item, Part):
                self._statement(item, frame, branch)
            else:
                self._other(item, frame, branch)

    def _statement(self, part: Part, frame: _Frame, branch: _Branch) -> None:
        if isinstance(part.node, nodes.Block):
            self._block(part.node.name, 0, frame, branch)
        elif not isinstance(part.node, _APART):
            self._show(part, frame, (*branch, next(self._branches)))

    def _block(self, name: str, level: int, frame: _Frame, branch: _Branch) -> None:
        parts = frame.blocks.get(name, ())
        if level < len(parts) and (name, level) not in frame.within:
            within = (*frame.within, (name, level))
            inner = replace(frame, block=name, level=level, within=within)
            self._show(parts[level], inner, branch)

    def _other(self, node: nodes.Node, frame: _Frame, branch: _Branch) -> None:
        if isinstance(node, nodes.Include):
            self.file(_names(node.template), branch, frame.within)
        elif isinstance(node, nodes.Expr):
            for call in [node, *node.find_all(nodes.Call)]:
                self._call(getattr(call, "node", None), frame, branch)

    def _call(self, called: Any, frame: _Frame, branch: _Branch) -> None:
        match called:
            case nodes.Name(name="super"):
                self._block(frame.block, frame.level + 1, frame, branch)
            case nodes.Getattr(node=nodes.Name(name="self"), attr=name):
                self._block(name, 0, frame, branch)


def _parts(whole: Part, kinds: Any) -> Iterator[Part]:
    for item in whole.items:
        if isinstance(item, Part):
            if isinstance(item.node, kinds):
                yield item
            yield from _parts(item, kinds)


def _others(whole: Part) -> Iterator[nodes.Node]:
    for item in whole.items:
        if isinstance(item, Part):
            yield from _others(item)
        elif isinstance(item, nodes.Node):
            yield item


def _name(part: Part) -> str:
    return str(getattr(part.node, "name", ""))


def _extends(part: Part) -> nodes.Extends | None:
    for item in part.items:
        if isinstance(item, nodes.Extends):
            return item
    return None


def _names(template: nodes.Expr) -> list[str]:
    """Read the names of templates, where they are written out."""
    try:
        said = template.as_const()
    except nodes.Impossible:
        return []
    return [said] if isinstance(said, str) else [name for name in said if isinstance(name, str)]
