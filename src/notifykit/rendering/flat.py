"""The text of a parsed template in one piece, with a sign for each of Jinja's parts."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator

from jinja2 import nodes

# A value is written, a statement begins, one ends, and whatever else there is.
VALUE, ENTER, LEAVE, OTHER = "\x00", "\x01", "\x02", "\x03"
SIGNS = re.compile("[\x00-\x03]")


class Flat:
    """
    A template as one text that can be searched and changed.

    Args:
        template: What Jinja has parsed; `change` and `wrap` change it, but for the number of lines.

    Attributes:
        text: As long as it was; the offsets below are in it.
    """

    def __init__(self, template: nodes.Template) -> None:
        self._pieces: list[tuple[int, nodes.TemplateData]] = []
        self._nodes: dict[int, nodes.Node] = {}
        self._outputs: dict[int, nodes.Output] = {}
        parts: list[str] = []
        offset = 0
        for sign, node, output in _signs(template.body):
            if isinstance(node, nodes.TemplateData):
                self._pieces.append((offset, node))
            self._nodes[offset] = node
            if output:
                self._outputs[offset] = output
            parts.append(sign)
            offset += len(sign)
        self.text = "".join(parts)
        self._lengths = {id(node): len(node.data) for _, node in self._pieces}

    def node(self, offset: int) -> nodes.Node:
        """Give what the sign at the offset stands for."""
        return self._nodes[offset]

    def blocks(self, start: int, end: int) -> Iterator[tuple[str, int, int]]:
        """Give the blocks of a stretch: the name of each, and where it begins and ends."""
        held: list[int] = []
        for sign in SIGNS.finditer(self.text, start, end):
            if sign[0] == ENTER:
                held.append(sign.start())
            elif sign[0] == OTHER and isinstance(node := self._nodes[sign.start()], nodes.Block):
                yield node.name, sign.start(), sign.end()
            elif sign[0] == LEAVE and held:
                begin = held.pop()
                if isinstance(node := self._nodes[begin], nodes.Block):
                    yield node.name, begin, sign.end()

    def line(self, offset: int) -> int:
        """Give the line of the file; text of the template has to stand there."""
        start, node = self._piece(offset)
        return node.lineno + node.data.count("\n", 0, offset - start)

    def change(self, changes: list[tuple[int, int, str]]) -> None:
        """
        Write something else over stretches of text.

        Args:
            changes: Where each begins and ends, and what is to stand there. They do not overlap.
        """
        for start, end, text in sorted(changes, reverse=True):
            first = self._piece(start)[1]
            for offset, node in reversed(self._pieces):
                if offset < end and start < offset + self._lengths[id(node)]:
                    data, here = node.data, max(start - offset, 0)
                    # The end of a piece has been changed before its beginning: count from there.
                    node.data = data[:here] + (text if node is first else "") + data[end - offset :]

    def wrap(self, offsets: list[int], before: str, after: str) -> None:
        """Write something before and after the values at the offsets."""
        for offset in offsets:
            output, value = self._outputs[offset], self._nodes[offset]
            at = next(i for i, node in enumerate(output.nodes) if node is value)
            output.nodes.insert(at, nodes.TemplateData(before, lineno=value.lineno))
            output.nodes.insert(at + 2, nodes.TemplateData(after, lineno=value.lineno))

    def call(self, offsets: list[int], function: str) -> None:
        """Pass the values at the offsets through a function, given by its full name."""
        for offset in offsets:
            output, value = self._outputs[offset], self._nodes[offset]
            at = next(i for i, node in enumerate(output.nodes) if node is value)
            called = nodes.ImportedName(function, lineno=value.lineno)
            output.nodes[at] = nodes.Call(called, [value], [], None, None, lineno=value.lineno)

    def _piece(self, offset: int) -> tuple[int, nodes.TemplateData]:
        return self._pieces[bisect_right(self._pieces, offset, key=lambda piece: piece[0]) - 1]


def _signs(body: list[nodes.Node]) -> Iterator[tuple[str, nodes.Node, nodes.Output | None]]:
    for node in body:
        if isinstance(node, nodes.Output):
            for child in node.nodes:
                data = child.data if isinstance(child, nodes.TemplateData) else None
                yield VALUE if data is None else SIGNS.sub(" ", data), child, node
            continue
        bodies = [found for name in ("body", "elif_", "else_") if (found := _body(node, name))]
        for held in bodies:
            yield ENTER, node, None
            yield from _signs(held)
            yield LEAVE, node, None
        if not bodies:
            yield OTHER, node, None


def _body(node: nodes.Node, name: str) -> list[nodes.Node]:
    found: list[nodes.Node] = getattr(node, name, None) or []
    return found
