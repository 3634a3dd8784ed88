from __future__ import annotations

import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import cssutils
import pytest
from jinja2 import DictLoader

from notifykit.errors import RenderError
from notifykit.rendering.environment import TemplateEnvironment
from notifykit.rendering.pages import MAX_STYLE, Page

WATCH: dict[str, list[str]] = {}


def _watch(event: str, args: tuple[Any, ...]) -> None:
    if WATCH and event in {"open", "socket.connect", "socket.getaddrinfo"}:
        WATCH["seen"].append(f"{event} {args[0]}")


sys.addaudithook(_watch)


def inline(html: str, **values: Any) -> str:
    """Make a page of one template."""
    environment = TemplateEnvironment(loader=DictLoader({"page.html": html}), autoescape=True)
    return Page(environment, "page.html").render(values)


def page(style: str, body: str = '<p class="a">x</p>', head: str = "") -> str:
    head = f"<head>{head}<style>{style}</style></head>"
    return f"<!DOCTYPE html>\n<html>{head}<body>{body}</body></html>"


def test_a_style_becomes_an_attribute() -> None:
    assert '<p class="a" style="color:red">x</p>' in inline(page(".a { color: red }"))


def test_an_important_style_stays_important() -> None:
    assert 'style="color:red !important"' in inline(page(".a { color: red !important }"))


def test_what_is_marked_stays_letter_for_letter() -> None:
    media = "@media (max-width: 520px) { .a { color: red !important } } @supports (x: y) { .b {} }"
    marked = page("", head=f'<style data-premailer="ignore">{media}</style>')

    assert f"<style>{media}</style>" in inline(marked)


def test_an_unmarked_media_query_stays_every_time() -> None:
    media = page(".a { color: red } @media (max-width: 9px) { .a { color: blue } }")
    once, again = inline(media), inline(media)

    assert once == again
    assert "color: blue !important" in once


def test_hover_cannot_be_an_attribute_and_stays() -> None:
    assert "a:hover {color:red !important}" in inline(page("a:hover { color: red }"))


@pytest.mark.parametrize(
    "kept",
    [
        '<html lang="ru">',
        "<!--[if mso]><table><tr><td><![endif]-->",
        "<!--[if !mso]><!--><i>x</i><!--<![endif]-->",
        "Заказ «Ёж» № 7 — 10\u00a0230,00\u00a0₽",
        "&lt;b&gt; &amp; &lt;/b&gt; 10&nbsp;&#8381;",
        '<a href="https://example.com/?a=1&amp;b=2">x</a>',
        '<a href="tel:+79000000000">x</a>',
    ],
)
def test_the_page_is_kept(kept: str) -> None:
    whole = f"<!DOCTYPE html>\n{kept}<body>x" if kept.startswith("<html") else page("", kept)

    assert kept in inline(whole)


@pytest.mark.parametrize(
    ("html", "doctype"),
    [
        ("<p>x</p>", "<!DOCTYPE html>"),
        ("<!doctype html><p>x</p>", "<!doctype html><p>x</p>"),
        (
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/x.dtd">x',
            '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/x.dtd">',
        ),
    ],
)
def test_the_doctype_is_kept_or_the_modern_one(html: str, doctype: str) -> None:
    assert inline(html).startswith(doctype)


@pytest.fixture
def touched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Files that are opened and hosts that are looked up or connected to, as Python sees them."""
    seen: list[str] = []
    monkeypatch.setitem(WATCH, "seen", seen)
    return seen


GREEDY = """@import "{canary}"; @import url({canary}); @import "canary.css";
@import "http://127.0.0.1:9/a.css"; .b {{ background: url(http://127.0.0.1:9/b.png) }}"""


def test_neither_the_network_nor_the_disk_is_touched(tmp_path: Path, touched: list[str]) -> None:
    canary = (tmp_path / "canary.css").as_uri()
    links = "".join(
        f'<link rel="stylesheet" href="{url}">' for url in ("http://127.0.0.1:9/c.css", canary)
    )

    assert '<p class="a">x</p>' in inline(page(GREEDY.format(canary=canary), head=links))
    assert [] == [event for event in touched if "canary" in event or event.startswith("socket")]


def test_what_the_parser_reaches_for_by_itself_would_be_seen(
    tmp_path: Path, touched: list[str]
) -> None:
    canary = tmp_path / "canary.css"
    canary.write_text(".a { color: red }", "utf-8")
    cssutils.CSSParser(loglevel=logging.CRITICAL).parseString(GREEDY.format(canary=canary.as_uri()))

    assert f"open {canary}" in touched
    assert any(event.startswith("socket.") for event in touched)


def test_unknown_css_is_not_complained_about(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        inline(page(".a { nonsense: 1; color: rgb(1 2 3 / 50%) } .b {"))

    assert [] == caplog.records
    assert ("", "") == capfd.readouterr()


def test_a_style_of_64_kb_is_the_limit() -> None:
    fits = page("/*" + "x" * (MAX_STYLE - 4) + "*/")
    beyond = page("/*" + "x" * (MAX_STYLE - 3) + "*/")

    assert "<p" in inline(fits)
    with pytest.raises(RenderError, match=r"65,537 bytes: the limit is 65,536"):
        inline(beyond)


@pytest.mark.parametrize("html", ["", " \n "])
def test_an_empty_page_is_an_error(html: str) -> None:
    with pytest.raises(RenderError, match="the page is empty"):
        inline(html)


def test_a_broken_selector_is_an_error() -> None:
    with pytest.raises(RenderError, match="cannot be inlined"):
        inline(page("p:nth-child { color: red }"))


def test_threads_do_not_mix_their_pages() -> None:
    def colored(number: int) -> bool:
        color = f"#{number:06x}"
        return f"color:{color}" in inline(page(f".a {{ color: {color} }}"))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(colored, range(100_000, 100_064)))
