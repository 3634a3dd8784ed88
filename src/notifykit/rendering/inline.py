"""Moves the style of a page into its elements; the only module that knows premailer."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import cssutils
from cssselect import SelectorError
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types
from premailer import Premailer

from notifykit.errors import RenderError

MAX_STYLE = 64 * 1024

# cssutils keeps its settings in module globals: one page at a time.
_ONE_AT_A_TIME = threading.Lock()


def inline(html: str) -> str:
    """
    Put what the ``<style>`` elements say into ``style`` attributes.

    Mail programs read attributes everywhere and ``<style>`` only here and there. What cannot be an
    attribute, such as media queries, belongs into ``<style data-premailer="ignore">``, which stays
    as it is. Neither the network nor the disk is touched, whatever the page asks for: ``@import``
    and ``<link rel="stylesheet">`` bring nothing. Safe to call from several threads.

    Raises:
        RenderError: There is no page, its style is larger than 64 KB, or a selector is none.
    """
    with _ONE_AT_A_TIME, _silence():
        root = _parsed(html)
        _check_size(root)
        try:
            tree = _Inliner().transform(root)
        except SelectorError as exc:
            raise RenderError(f"the style cannot be inlined: {exc}") from exc
        return _serialised(tree, html)


def _parsed(html: str) -> Any:
    parser = etree.HTMLParser(no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(html.strip(), parser)
    except etree.ParserError:
        root = None
    if root is None:
        raise RenderError("the page is empty")
    return root


def _check_size(root: Any) -> None:
    size = sum(len((style.text or "").encode()) for style in root.iter("style"))
    if size > MAX_STYLE:
        raise RenderError(f"the style has {size:,} bytes: the limit is {MAX_STYLE:,}")


def _serialised(tree: Any, html: str) -> str:
    said = html.lstrip()[:9].lower() == "<!doctype"
    doctype = tree.docinfo.doctype if said else "<!DOCTYPE html>"
    page = etree.tostring(tree.getroot(), method="html", encoding="unicode", with_tail=False)
    return f"{doctype}\n{page}\n"


class _Inliner(Premailer):  # type: ignore[misc]  # premailer has no types
    """Without the fetcher, premailer follows ``@import`` even with its network switched off."""

    def __init__(self) -> None:
        super().__init__(
            strip_important=False,
            allow_network=False,
            disable_validation=True,
            align_floating_images=False,
        )

    def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:  # noqa: FBT001, FBT002 - premailer's
        return cssutils.CSSParser(fetcher=_nothing, validate=validate).parseString(css_body)

    def _parse_style_rules(self, css_body: str | None, ruleset_index: int) -> Any:
        return _rules(css_body, ruleset_index)

    def rules(self, css: str | None, index: int) -> Any:
        return super()._parse_style_rules(css, index)


# The style of a layout is the same for every mail, and reading it takes most of the time.
@lru_cache(maxsize=32)
def _rules(css: str | None, index: int) -> Any:
    return _Inliner().rules(css, index)


def _nothing(_url: str) -> tuple[str, str]:
    return "utf-8", ""


@contextmanager
def _silence() -> Iterator[None]:
    # cssutils tells stderr of every property that is newer than itself.
    enabled, cssutils.log.enabled = cssutils.log.enabled, False
    try:
        yield
    finally:
        cssutils.log.enabled = enabled
