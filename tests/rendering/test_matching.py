from __future__ import annotations

import re

import pytest
from cssselect import parse

from notifykit.rendering.matching import Applies, applies, classes
from notifykit.rendering.tags import Tag, start_tag

NO, PERHAPS, YES = Applies.NO, Applies.PERHAPS, Applies.YES


def match(selector: str, tag: Tag) -> Applies:
    return applies(parse(selector)[0].parsed_tree, tag)


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
        (".x p", "p", PERHAPS),
        (".x > p", "p", PERHAPS),
        ("p + p", "p", PERHAPS),
        (".x td", "p", NO),
        (".x p.a", "p class=b", NO),
    ],
)
def test_a_tag_on_its_own(selector: str, text: str, answer: Applies) -> None:
    assert answer == match(selector, tag(text))


@pytest.mark.parametrize(
    ("selector", "needed"),
    [("p", set()), (".a", {"a"}), ("td.a.b[title]", {"a", "b"}), (".x p.a:first-child", {"a"})],
)
def test_the_classes_that_a_tag_must_have(selector: str, needed: set[str]) -> None:
    assert needed == classes(parse(selector)[0].parsed_tree)
