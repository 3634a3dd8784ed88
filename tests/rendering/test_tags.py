from __future__ import annotations

import pytest

from notifykit.rendering.tags import closed, read, start_tag, unclear, variants, with_names


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        (
            " class=\"a b\" id='c' width=7 nowrap",
            {"class": "a b", "id": "c", "width": "7", "nowrap": ""},
        ),
        (" CLASS = a  class=b", {"class": "a"}),
        (" href='/?a=1&amp;b=2' title='a > b'", {"href": "/?a=1&b=2", "title": "a > b"}),
        (" style=\"font: 'A'\"", {"style": "font: 'A'"}),
    ],
)
def test_attributes_are_read_as_a_browser_reads_them(text: str, attributes: dict[str, str]) -> None:
    assert attributes == read(text)


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        (' class="a" href="\0"', True),
        (' title="\1x\2"', True),
        (' class="\0"', False),
        (' class="a\1 b\2"', False),
        ("\1 class=a\2", False),
        (' width="\0"', False),
        (" class=a class='\0'", False),
    ],
)
def test_only_what_decides_about_the_style_makes_a_tag_wait_for_the_mail(
    text: str, fixed: bool
) -> None:
    assert fixed == start_tag("td", text, "").fixed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" class=a", [" class=a"]),
        ("\1 class=a\2", [" class=a", ""]),
        (" class='\1a\2\1b\2'", [" class='ab'", " class='b'", " class='a'", " class=''"]),
        ("\1 a\1 b\2\2", [" a b", "", " a"]),
        ("\1a\2" * 7, []),
    ],
)
def test_every_condition_is_taken_either_way(text: str, found: list[str]) -> None:
    assert sorted(found) == sorted(variants(text))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (" class='a \0' title='\0'", [" class='a x' title='\0'", " class='a y' title='\0'"]),
        (" title='\0'", [" title='\0'"]),
        (" class='\0 \0'", []),
        (" \0 class='\0'", []),
    ],
)
def test_a_value_may_be_any_class_of_the_style(text: str, found: list[str]) -> None:
    assert found == list(with_names(text, ["x", "y"]))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        " class=a/",
        " href=https://example.com/?a=1&b=2",
        " class='a\0'\n\tnowrap title=\"it's\" /",
        "\1 class=a\2\1 class=b\2 title='\1x\2'",
        " style='color: \0; \1margin: 0;\2 width: \0px'",
    ],
)
def test_what_every_parser_reads_alike_is_clear(text: str) -> None:
    assert "" == unclear(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (" title=it's", "quotes"),
        (" class=\0", "quotes"),
        (" \0", "quotes"),
        ("\0", "quotes"),
        ("1 class=a\3", "quotes"),
        (" title='\3'", "quotes"),
        (' "a', "quotes"),
        ("\1 class=a\2\1class=b\2", "quotes"),
        (" class='\1a'\2\1b'\2", "quotes"),
        ("\1 class=a\2/", "slash"),
        (" style='\0'", "more than one value"),
        (" style='margin:0;\0padding:2px'", "more than one value"),
        ("\1 a\2" * 7, "too many"),
    ],
)
def test_what_is_not_clear_is_said(text: str, why: str) -> None:
    assert why in unclear(text)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/", True),
        (" a/", True),
        (" a='b'/", True),
        (" a=b/", False),
        (" a=b /", True),
        (" a", False),
    ],
)
def test_a_slash_belongs_to_a_value_without_quotes(text: str, found: bool) -> None:
    assert found == closed(text)
