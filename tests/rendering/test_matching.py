from __future__ import annotations

import re

import pytest
from cssselect import parse

from notifykit.rendering.matching import ANYWHERE, Ancestor, Applies, applies
from notifykit.rendering.tags import Tag, start_tag

NO, PERHAPS, YES = Applies.NO, Applies.PERHAPS, Applies.YES


def match(selector: str, tag: Tag, *around: Ancestor) -> Applies:
    return applies(parse(selector)[0].parsed_tree, tag, around)


def tag(text: str) -> Tag:
    """Read a tag in which ``?`` stands for a value and brackets for a condition."""
    name = re.split(r"\W", text)[0]
    rest = text.removeprefix(name).translate({ord("?"): 0, ord("("): 1, ord(")"): 2})
    return start_tag(name, rest, "page.html, line 1")


@pytest.mark.parametrize(
    ("selector", "text", "answer"),
    [
        ("p", "p", YES),
        ("p", "td", NO),
        (".a", "p class='b a'", YES),
        (".a", "p class=ab", NO),
        ("p.a.b", "p class='b a'", YES),
        ("td.a", "p class='a'", NO),
        (".a", "p class='b( a)'", PERHAPS),
        (".b", "p class='b( a)'", YES),
        (".c", "p class='b( a)'", NO),
        (".a", "p( class=a)", PERHAPS),
        (".b", "p( class=a)", NO),
        (".a", "p class='(b)(a)'", PERHAPS),
        (".ba", "p class='(b)(a)'", PERHAPS),
        (".b", "p class='b( a)c'", PERHAPS),
        (".c", "p class='(b)(a)'", NO),
        (".a", f"p class='{'(x)' * 7}'", PERHAPS),
        (".a", "p class='?'", PERHAPS),
        (".a", "p class='a ?'", YES),
        (".a", "p ?", PERHAPS),
        ("td.a", "p class='?'", NO),
        ("#a", "p id=a", YES),
        ("#a", "p id=b", NO),
        ("#a", "p id='?'", PERHAPS),
        ("[title]", "p title", YES),
        ("[title=a]", "p title=b", NO),
        ("[title='a b']", "p title='a b'", YES),
        ("[title~=b]", "p title='a b'", YES),
        ("[lang|=ru]", "p lang=ru-RU", YES),
        ("[lang|=ru]", "p lang=rus", NO),
        ("[href^='tel:']", "a href=tel:1", YES),
        ("[href^='']", "a href=tel:1", NO),
        ("[href$='1']", "a href=tel:1", YES),
        ("[href*='x']", "a href=tel:1", NO),
        ("[href]", "a href='tel:?'", PERHAPS),
        ("[title='a&b']", "p title='a&amp;b'", YES),
        ("p:first-child", "p", PERHAPS),
        ("td:first-child", "p", NO),
    ],
)
def test_a_tag_on_its_own(selector: str, text: str, answer: Applies) -> None:
    assert answer == match(selector, tag(text))


INNER, OUTER = Ancestor(tag("div class=inner"), True), Ancestor(tag("div class=outer"), True)
SOMETIMES = Ancestor(tag("div class=outer"), False)
OPEN = Ancestor(tag("div class='?'"), True)


@pytest.mark.parametrize(
    ("selector", "around", "answer"),
    [
        (".outer p", [INNER, OUTER], YES),
        (".inner p", [INNER, OUTER], YES),
        (".outer .inner p", [INNER, OUTER], YES),
        (".inner .outer p", [INNER, OUTER], NO),
        (".outer > p", [INNER, OUTER], NO),
        (".inner > p", [INNER, OUTER], YES),
        (".outer > .inner > p", [INNER, OUTER], YES),
        (".outer td", [INNER, OUTER], NO),
        (".outer p", [], NO),
        (".outer p", [INNER, SOMETIMES], PERHAPS),
        (".outer p", [SOMETIMES, OUTER], YES),
        (".outer p", [OPEN], PERHAPS),
        (".outer p", [*ANYWHERE], PERHAPS),
        (".outer td", [*ANYWHERE], NO),
        (".inner p", [INNER, *ANYWHERE], YES),
        ("p + p", [], PERHAPS),
        ("h1 ~ p", [], PERHAPS),
        ("h1 ~ td", [], NO),
    ],
)
def test_a_tag_within_others(selector: str, around: list[Ancestor], answer: Applies) -> None:
    assert answer == match(selector, tag("p"), *around)
