"""What makes it impossible to tell the style of a page before there is a mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from jinja2 import nodes

_NAMED: Any = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
_CAPTURES: Any = (nodes.AssignBlock, nodes.FilterBlock)
_SHOWS: Any = (nodes.Include, nodes.CallBlock)


class Doubt(Exception):  # noqa: N818 - no error: the page is made in another way
    """The style has to be worked out with the mail at hand; the text says where and why."""


def named(template: nodes.Template) -> Iterator[tuple[Any, list[str] | None]]:
    """Give what names another template, with the names; ``None`` where those are computed."""
    for node in template.find_all(_NAMED):
        below = isinstance(node, nodes.Extends) and node not in template.body
        yield node, None if below else _names(node.template)


def _names(template: nodes.Expr) -> list[str] | None:
    try:
        said = template.as_const()
    except nodes.Impossible:
        return None
    names = [said] if isinstance(said, str) else said
    fit = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    return list(names) if fit else None


class Uses:
    """
    Where the templates of a page use what they have made, tags and all, as a text.

    A filter that counts or cuts would take the marks of those tags for text.

    Args:
        templates: All of the page, by name.
    """

    def __init__(self, templates: Mapping[str, nodes.Template]) -> None:
        self._templates = templates
        everything = list(templates.values())
        blocks, macros = (list(_all(everything, kind)) for kind in (nodes.Block, nodes.Macro))
        imported = set(_imported(everything)) | {"super", "self", "caller", "loop"}
        # Until they have been looked into, any of them may hold tags.
        self._blocks = {block.name for block in blocks}
        self._makers = imported | {macro.name for macro in macros}
        self._blocks = {block.name for block in blocks if self._has_tags(block)}
        self._makers = imported | {macro.name for macro in macros if self._has_tags(macro)}

    def as_text(self) -> Iterator[tuple[str, int]]:
        """Give the file and the line of each."""
        for name, template in self._templates.items():
            for node in template.find_all(_CAPTURES):
                if self._has_tags(node) or node.find(nodes.Block):
                    yield name, node.lineno
            direct = {id(_root(call)) for call in _shown(template)}
            yield from (
                (name, one.lineno) for one in self._loads(template) if id(one) not in direct
            )

    def brings_tags(self, node: nodes.Node) -> bool:
        """Tell whether a part that stands within a tag may bring others there."""
        if isinstance(node, nodes.Block):
            return node.name in self._blocks
        return isinstance(node, _SHOWS) or any(True for _ in self._loads(node))

    def _has_tags(self, node: nodes.Node) -> bool:
        written = any("<" in data.data for data in node.find_all(nodes.TemplateData))
        return written or node.find(_SHOWS) is not None or any(True for _ in self._loads(node))

    def _loads(self, node: nodes.Node) -> Iterator[nodes.Name]:
        """Find what makes tags within: macros, blocks that hold any, loops that call themselves."""
        harmless = {
            id(one.node)
            for one in _all([node], nodes.Getattr)
            if (name := getattr(one.node, "name", "")) == "loop"
            or (name == "self" and one.attr not in self._blocks)
        }
        for one in _all([node], nodes.Name):
            if one.name in self._makers and one.ctx == "load" and id(one) not in harmless:
                yield one


def _shown(template: nodes.Template) -> Iterator[nodes.Expr]:
    """Give the calls of which nothing but their outcome is written, just as it is."""
    for output in template.find_all(nodes.Output):
        yield from (node for node in output.nodes if isinstance(node, nodes.Call))
    yield from (block.call for block in template.find_all(nodes.CallBlock))


def _imported(templates: Iterable[nodes.Template]) -> Iterator[str]:
    yield from (node.target for node in _all(templates, nodes.Import))
    for node in _all(templates, nodes.FromImport):
        yield from (name if isinstance(name, str) else name[1] for name in node.names)


def _root(node: Any) -> nodes.Node:
    while isinstance(node, nodes.Call | nodes.Getattr):
        node = node.node
    return node  # type: ignore[no-any-return]  # Jinja says no more of what a call calls


def _all(within: Iterable[nodes.Node], kind: type[Any]) -> Iterator[Any]:
    for node in within:
        if isinstance(node, kind):
            yield node
        yield from node.find_all(kind)
