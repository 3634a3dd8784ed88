from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import cssutils
import pytest
from jinja2 import DictLoader, TemplateSyntaxError

from notifykit.errors import RenderError
from notifykit.notifications import ManagerCall, Notification, Order, Priority
from notifykit.rendering import TemplateRenderer
from notifykit.rendering.environment import TemplateEnvironment
from notifykit.rendering.pages import Page
from notifykit.rendering.reading import MAX_STYLE

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
        inline(
            page(".a { nonsense: 1; inset: 0; color: var(--x); -x-y: z } .a:hover { width: 1 px }")
        )

    assert [] == caplog.records
    assert ("", "") == capfd.readouterr()


def test_a_style_of_64_kb_is_the_limit() -> None:
    fits = page("/*" + "x" * (MAX_STYLE - 4) + "*/")
    beyond = page("/*" + "x" * (MAX_STYLE - 3) + "*/")

    assert "<p" in inline(fits)
    with pytest.raises(RenderError, match=r"65,537 bytes: the limit is 65,536"):
        inline(beyond)


def test_what_a_value_adds_to_a_style_does_not_count() -> None:
    kept = "<style data-premailer=ignore>.b { color: {{ a }} }</style>"
    long = "a" * MAX_STYLE

    assert "<p" in inline(page(".a { color: {{ a }} }", head=kept), a=long)


@pytest.mark.parametrize("where", ["", " data-premailer=ignore"])
def test_half_a_character_in_a_style_loses_no_mail(where: str) -> None:
    html = page("").replace("<style>", f"<style{where}>{{{{ a }}}} .a {{{{ x: {{{{ a }}}} }}}} ")
    html = html.replace("{{{{ x", "{ x").replace("}} }}}}", "}} }").replace("{{ x:", "{ x:")

    assert "<p" in inline(html, a="\ud800")


@pytest.mark.parametrize("html", ["", " \n "])
def test_an_empty_page_is_an_error(html: str) -> None:
    with pytest.raises(RenderError, match="the page is empty"):
        inline(html)


def test_a_broken_selector_is_an_error() -> None:
    with pytest.raises(TemplateSyntaxError, match="cannot be inlined"):
        inline(page("p:nth-child { color: red }"))


def test_threads_do_not_mix_their_pages() -> None:
    def colored(number: int) -> bool:
        color = f"#{number:06x}"
        return f"color:{color}" in inline(page(f".a {{ color: {color} }}"))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(colored, range(100_000, 100_064)))


class Told(Notification):
    kind: ClassVar[str] = "page"
    a: str = "x"


def told(folder: Path, a: str = "x") -> str:
    """Render a page of one's own with a renderer of its own."""
    return html_of(TemplateRenderer(templates=folder), a)


def html_of(renderer: TemplateRenderer, a: str = "x") -> str:
    now = datetime(2026, 11, 22, 14, 42, tzinfo=UTC)
    return renderer.render(Told(a=a), reference="R", created_at=now).html or ""


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("\n<style>\n* { x: y }</style>", r"line 3: .* cannot be inlined: \*: name the tag"),
        ("<style>.a { x: y }\n.a * { x: y }</style>", r"line 2: .*: \.a \*: name the tag"),
        ("<style>\n\np[title='a,b'] { x: y }</style>", r"line 3: .*: p\[title="),
        ("<style>.a {\nx: {{ brand.color }} }\n..a {}</style>", r"line 3: .*: \.\.a"),
        ("<p>\n<style>.a { x: y }", r"line 2: <style> has no end in this file"),
        ("{% if brand %}\n<title>{% endif %}", r"line 2: <title> has no end in this file"),
    ],
)
def test_what_cannot_be_a_style_is_refused_with_its_line(
    folder: Callable[..., Path], page: str, why: str
) -> None:
    with pytest.raises(RenderError, match=rf"^page\.html, {why}"):
        told(with_page(folder, f"{page}<p>1</p>"))


def with_page(folder: Callable[..., Path], page: str, **parts: str) -> Path:
    return folder(
        {"page.html": page, "page.txt": "x", "page.subject.txt": "x"}
        | {f"{name}.html": text for name, text in parts.items()}
    )


@pytest.mark.parametrize(
    ("value", "style"),
    [
        ("red", "color:red"),
        ("'A B', serif", "color:&#x27;A B&#x27;, serif"),
        ("rgb(1, 2, 3)", "color:rgb(1, 2, 3)"),
        ("red; width: 1px", "color:red width 1px"),
        ("red } .b { width: 1px", "color:red  .b  width 1px"),
        ("</style><b>", "color:styleb"),
        ("red /* x", "color:red  x"),
        ("red !important; } @import 'x'", "color:red important  import x"),
        ('"</style><b>"', "color:styleb"),
        ("url(</style><b>)", "color:urlstyleb"),
        ('("x)', "color:x"),
        ('"x\n} y {"', "color:x y "),
        ("rgb(1 /* 2)", "color:rgb1  2"),
        ("a\ud800", "color:a\ufffd"),
    ],
)
def test_a_value_in_a_style_stays_one_value(
    folder: Callable[..., Path], value: str, style: str
) -> None:
    page = "<style>.a { color: {{ notification.a }} }</style><p class=a>1</p><p class=b>2</p>"

    assert f'<p class=a style="{style}">1</p><p class=b>2</p>' in told(
        with_page(folder, page), value
    )


def test_a_value_that_is_not_escaped_stays_within_its_attribute(
    folder: Callable[..., Path],
) -> None:
    page = "<style>.a { color: {{ notification.a|safe }} }</style><p class=a>1</p>"

    assert '<p class=a style="color:&quot;a&quot; onclick=&quot;b&quot;">' in told(
        with_page(folder, page), '"a" onclick="b"'
    )


def test_a_value_in_a_style_that_stays_is_written_as_css(folder: Callable[..., Path]) -> None:
    page = "<style>a:hover { font: {{ notification.a }} }</style><a>1</a>"
    own = with_page(folder, page)

    assert "<style>a:hover {font:'A B' !important}</style>" in told(own, "'A B'")
    assert "<style>a:hover {font:style  b  !important}</style>" in told(own, "</style> } b {")


@pytest.mark.parametrize("change", ["page", "layout", "part"])
def test_a_file_that_changes_is_read_again(folder: Callable[..., Path], change: str) -> None:
    files = {
        "page": "{% extends 'layout.html' %}{% block m %}{% include 'part.html' %}{% endblock %}",
        "layout": "<style>.a { color: red }</style>{% block m %}{% endblock %}",
        "part": "<p class=a>1</p>",
    }
    own = with_page(folder, **files)
    renderer = TemplateRenderer(templates=own)
    before = html_of(renderer)
    changed = {
        "page": files["page"].replace("{% include", "<b class=a>2</b>{% include"),
        "layout": files["layout"].replace("red", "blue"),
        "part": "<i>0</i><b class=a>1</b>",
    }
    (own / f"{change}.html").write_text(changed[change], "utf-8")
    os.utime(own / f"{change}.html", (1, 1))
    after = html_of(renderer)

    assert '<p class=a style="color:red">1</p>' in before
    assert before != after
    assert after == told(own)


def test_a_page_that_is_added_later_is_found(folder: Callable[..., Path]) -> None:
    own = folder({"page.txt": "x", "page.subject.txt": "x"})
    renderer = TemplateRenderer(templates=own)
    before = html_of(renderer)
    with_page(folder, "<p>1</p>")

    assert "" == before
    assert "<p>1</p>" in html_of(renderer)


def test_no_mail_but_the_first_costs_any_css(
    order: Callable[..., Order], call: Callable[..., ManagerCall]
) -> None:
    renderer, now = TemplateRenderer(), datetime(2026, 11, 22, tzinfo=UTC)

    def render(notification: Notification) -> None:
        renderer.render(notification, reference="R", created_at=now)

    bare = order(lines=order().lines[2:], number=None, comment=None, delivery=None)
    render(bare)
    render(call(customer=None, summary="", priority=Priority.LOW))
    seen: set[str] = set()
    sys.setprofile(lambda frame, _event, _arg: seen.add(frame.f_code.co_filename))
    try:
        render(order())
        for priority in Priority:
            render(call(order=order(), priority=priority))
    finally:
        sys.setprofile(None)

    assert any("jinja2" in file for file in seen)
    assert [] == [
        file
        for file in seen
        if any(name in file for name in ("premailer", "cssutils", "cssselect", "lxml", "matching"))
    ]


def test_lines_of_errors_are_those_of_the_file(folder: Callable[..., Path]) -> None:
    page = """<style>.a { color:
    {{ notification.a }} }</style>
<p
    style="color: red"
    class="a{% if notification.a %}
        b{% endif %}"
    align="left">{# a
    comment #}
</p>
{{ gone }}"""

    with pytest.raises(RenderError, match=r"^page\.html, line 10: 'gone' is undefined"):
        told(with_page(folder, page))


@pytest.mark.parametrize(
    ("page", "line"),
    [
        ("\n<style>.a { color:\n{{ brand.colr }} }</style><p class=a>1</p>", 3),
        ("\n<style>.a {}</style>\n\n<p class='{{ gone }}'>", 4),
        ("<p class=a{% if x %}\n b{% endif %} title='{{ gone }}'>", 1),
    ],
)
def test_a_mistake_in_a_style_or_a_tag_is_found_there(
    folder: Callable[..., Path], page: str, line: int
) -> None:
    with pytest.raises(RenderError, match=rf"^page\.html, line {line}: .*(colr|gone|'x')"):
        told(with_page(folder, page))


def test_a_style_for_another_medium_stays() -> None:
    style = '<style media="print">p { color: red }</style>'

    assert style in inline(f"{style}<p>1</p>")
    assert "<p>1</p>" in inline(f"{style}<p>1</p>")
