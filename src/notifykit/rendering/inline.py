"""Works out what a style says about a tag; the only module that knows premailer."""

from __future__ import annotations

import operator
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import cssutils
from cssselect import SelectorError
from cssselect import parse as parsed_selectors
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types
from lxml.cssselect import CSSSelector  # type: ignore[import-untyped]  # lxml has no types
from premailer import Premailer
from premailer.merge_style import csstext_to_pairs, merge_styles

from notifykit.errors import RenderError
from notifykit.rendering.losses import Complaints, Loss, dropped, unfinished

# It may stand behind comments, and is only then the page's own.
DOCTYPE = re.compile(r"(?>\s+|<!--.*?-->|<\?.*?>)*+<!doctype", re.DOTALL | re.IGNORECASE)

Pairs = Sequence[tuple[str, str]]


class RefusedError(RenderError):
    """
    A selector is none, or no attribute can stand for it.

    Attributes:
        selector: As cssutils gives it.
    """

    def __init__(self, selector: str, why: str) -> None:
        self.selector = selector
        super().__init__(
            f"the style cannot be inlined: {selector}: {why}; what is to stay as it is belongs "
            'into <style data-premailer="ignore">'
        )


# cssutils keeps its settings in module globals: one style at a time.
_ONE_AT_A_TIME = threading.RLock()


@dataclass(frozen=True, slots=True)
class Rule:
    """
    One selector and what it says.

    Attributes:
        text: The selector as it was written.
        selector: A tree of cssselect.
        pairs: Names and values of CSS.
    """

    text: str
    selector: Any
    pairs: Pairs


@dataclass(frozen=True, slots=True)
class Rules:
    """
    What the ``<style>`` elements of a page say.

    Attributes:
        ranked: Whatever can be an attribute; what comes later has the last word.
        left: Whatever cannot, such as media queries and ``:hover``, for each element.
        losses: What is neither, as it cannot be read.
    """

    ranked: Sequence[Rule]
    left: Sequence[str]
    losses: Sequence[Loss] = ()


@lru_cache(maxsize=32)
def rules(styles: tuple[str, ...]) -> Rules:
    """
    Read the style of a page.

    Neither the network nor the disk is touched, whatever the style asks for: ``@import`` brings
    nothing. Safe to call from several threads.

    Args:
        styles: What stands in each ``<style>``, in the order of the page.

    Raises:
        RefusedError: A selector is none, or one that no attribute can stand for.
    """
    inliner, ranked, left, losses = _Inliner(), [], [], []
    with _one_at_a_time() as complaints:
        for index, css in enumerate(styles):
            found, leftover = inliner.read(css, index)
            ranked += found
            left.append(inliner.written(leftover) if leftover else "")
            # What has no end spoils what follows: one cause is told, and not its consequences.
            losses += list(unfinished(css)) or [*complaints.losses, *inliner.dropped]
            complaints.losses.clear()
        if complaints.selectors:
            raise RefusedError(complaints.selectors[0], "this is no selector that can be read")
        ranked.sort(key=operator.itemgetter(0))
        return Rules([_rule(selector, css) for _, selector, css in ranked], left, losses)


def attributes(found: Sequence[Rule], own: Mapping[str, str]) -> dict[str, str]:
    """
    Give the attributes of a tag that the rules make, ``style`` and those that stand in for it.

    Args:
        found: The rules that apply to the tag, in their order.
        own: Such attributes as it had before; its own style has the last word.
    """
    made = dict(own)
    with _one_at_a_time():
        pairs = [rule.pairs for rule in found]
        style = merge_styles(
            own.get("style", ""), pairs, [""] * len(pairs), remove_unset_properties=True
        )
        if style:
            made["style"] = style
        _Inliner().written_out(made, style)
    return made


def lost(style: str) -> list[Loss]:
    """Tell what of a tag's own style is lost where another is put beside it."""
    with _one_at_a_time() as complaints:
        cssutils.parseStyle(style, validate=False)
    return complaints.losses


def inlined(html: str) -> str:
    """
    Put the style of a finished page into its elements, as only the mail at hand can tell.

    Neither the network nor the disk is touched, and a selector that cannot be read brings nothing.
    Safe to call from several threads.

    Args:
        html: Cleaned, and not empty.
    """
    with _one_at_a_time():
        parser = etree.HTMLParser(no_network=True, huge_tree=True)
        root = etree.fromstring(html, parser)
        if root is None:
            return html
        tree = _Lenient().transform(root)
        page = etree.tostring(tree.getroot(), method="html", encoding="unicode", with_tail=False)
        return f"{tree.docinfo.doctype}\n{page}" if DOCTYPE.match(html) else page


def _rule(selector: str, css: str) -> Rule:
    try:
        (parsed,) = parsed_selectors(selector)
        CSSSelector(selector)
    except (SelectorError, ValueError) as exc:
        raise RefusedError(selector, str(exc)) from exc
    return Rule(selector, parsed.parsed_tree, csstext_to_pairs(css, validate=False))


class _Inliner(Premailer):  # type: ignore[misc]  # premailer has no types
    """Without the fetcher, premailer follows ``@import`` even with its network switched off."""

    def __init__(self) -> None:
        super().__init__(
            strip_important=False,
            allow_network=False,
            disable_validation=True,
            align_floating_images=False,
        )
        self.dropped: list[Loss] = []

    def read(self, css: str, index: int) -> Any:
        self.dropped = []
        return self._parse_style_rules(css, index)

    def written(self, leftover: Any) -> str:
        return str(self._css_rules_to_string(leftover))

    def written_out(self, made: dict[str, str], style: str) -> None:
        self._style_to_basic_html_attributes(SimpleNamespace(attrib=made), style, force=True)

    def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:  # noqa: FBT001, FBT002 - premailer's
        sheet = cssutils.CSSParser(fetcher=_nothing, validate=validate).parseString(css_body)
        for rule in sheet:
            _refuse_stars(getattr(rule, "selectorText", ""))
        self.dropped = list(dropped(css_body, sheet))
        return sheet


class _Lenient(_Inliner):
    """Passes over what it cannot read: what a mail brings must not stop it."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:  # noqa: FBT001, FBT002 - premailer's
        return cssutils.CSSParser(fetcher=_nothing, validate=validate).parseString(css_body)

    def _parse_style_rules(self, css_body: str | None, ruleset_index: int) -> Any:
        return _lenient_rules(css_body or "", ruleset_index)

    def read(self, css: str, index: int) -> Any:
        found, leftover = super()._parse_style_rules(css, index)
        return [rule for rule in found if _can_be_read(rule[1])], leftover


# The style of a page is mostly the same, and reading it takes most of the time.
@lru_cache(maxsize=32)
def _lenient_rules(css: str, index: int) -> Any:
    return _Lenient().read(css, index)


def _can_be_read(selector: str) -> bool:
    try:
        CSSSelector(selector)
    except (SelectorError, ValueError):
        return False
    return True


def _refuse_stars(selectors: str) -> None:
    # premailer passes over these without a word.
    for selector in selectors.split(","):
        if "*" in selector and ":" not in selector:
            raise RefusedError(selector.strip(), "name the tag or its class")


def _nothing(_url: str) -> tuple[str, str]:
    return "utf-8", ""


@contextmanager
def _one_at_a_time() -> Iterator[Complaints]:
    complaints = Complaints("notifykit.rendering")
    with _ONE_AT_A_TIME:
        enabled, before = cssutils.log.enabled, cssutils.log._log  # noqa: SLF001 - there is no getter
        cssutils.log.enabled = True
        cssutils.log.setLog(complaints)
        try:
            yield complaints
        finally:
            cssutils.log.setLog(before)
            cssutils.log.enabled = enabled
