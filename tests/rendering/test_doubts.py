"""Whatever leaves the style in doubt: the page comes out as premailer alone would make it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from notifykit.notifications import Notification
from notifykit.rendering import TemplateRenderer
from rendering.per_message import expected, found

# premailer's own, from Python 3.13 on, where a selector has a colon.
pytestmark = pytest.mark.filterwarnings("ignore:'maxsplit' is passed:DeprecationWarning:premailer")

Folder = Callable[..., Path]

IF, ELSE, END = "{% if notification.a %}", "{% else %}", "{% endif %}"
MACRO = "{% macro m() %}<b class=k>1</b>{% endmacro %}"
OPENS = "{% macro o() %}<div class=x>{% endmacro %}"


class Told(Notification):
    kind: ClassVar[str] = "page"
    a: str = "x"


def renderer(folder: Folder, page: str, **parts: str) -> TemplateRenderer:
    files = {"page.html": page, "page.txt": "x", "page.subject.txt": "x"}
    return TemplateRenderer(
        templates=folder(files | {f"{name}.html": text for name, text in parts.items()})
    )


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


BESIDE = {
    "a cell in either branch": f"<table><tr>{IF}<td class=x>{ELSE}<td>{END}<b>1</b></table>",
    "a row in either branch": f"<table>{IF}<tr class=x>{ELSE}<tr>{END}<td><b>1</b></table>",
    "a list item in either branch": f"<ul>{IF}<li class=x>{ELSE}<li>{END}<b>1</b></li></ul>",
    "a paragraph in either branch": f"{IF}<p class=x>{ELSE}<p>{END}<b>1</b></p>",
    "a link in either branch": f"{IF}<a class=x>{ELSE}<a>{END}<b>1</b></a>",
    "a wrapper now and then": f"<div class=x>{IF}<a>{END}<b>1</b>{IF}</a>{END}</div>",
    "an end now and then": f"<div class=x>{IF}</div>{END}<b>1</b></div>",
    "a macro that opens": OPENS + "{{ o() }}<b>1</b></div>",
    "a block of text that opens": "{% set o %}<div class=x>{% endset %}{{ o }}<b>1</b></div>",
    "a value that opens": "{{ '<div class=x>'|safe }}<b>1</b></div>",
    "a value that closes": "<div class=x>{{ '</div>'|safe }}<b>1</b></div>",
    "a part that opens": "{% include 'open.html' %}<b>1</b></div>",
    "a part that the mail names": "{% include notification.a ~ 'open.html' %}<b>1</b></div>",
    "a caller": "{% macro o() %}<div class=x>{{ caller() }}</div>{% endmacro %}"
    "{% call o() %}<b>1</b>{% endcall %}",
    "a loop that opens": "{% for i in notification.a %}<div class=x>{% endfor %}<b>1</b>",
    "a block in two places": "{% block m %}<b>1</b>{% endblock %}"
    "<div class=x>{{ self['m']() }}</div>",
    "a paragraph that ends by itself": f"<p class=x>{IF}<div>d</div>{END}<b>1</b></p>",
    "a computed class": "<div class='{{ notification.a }}'><b>1</b></div>",
}


@pytest.mark.parametrize("selector", [".x b", ".x > b", "div b"])
@pytest.mark.parametrize("what", BESIDE)
def test_what_stands_around_a_tag(
    folder: Folder, caplog: pytest.LogCaptureFixture, what: str, selector: str
) -> None:
    page = f"<style>{selector} {{ x: y }}</style>\n{BESIDE[what]}"
    made = renderer(
        folder, page, open="<div class=x>", xopen="<div class=x>", yopen="<div class=y>"
    )
    values = "xy" if "the mail names" in what else ("x", "")

    for told in (Told(a=value) for value in values):
        assert expected(made, told) == found(made, told)
    assert 1 == len(warnings(caplog))


S = "<style>.k { color: red } .v:first-child { x: y }</style>\n"
ALONE = {
    "which child it is": "<p class=v>1</p><p class=v>2</p>",
    "a class of the mail": "<p class='{{ notification.a }}'>1</p>",
    "seven conditions": f"<p class='{''.join(f'{IF} v{n}{END}' for n in range(7))} v k'>1</p>",
    "a computed tag": "<{{ notification.a or 'p' }} class=k>1</{{ notification.a or 'p' }}>",
    "half a computed tag": "<h{{ notification.a|length }} class=k>1",
    "computed attributes": "<p{{ {'class': 'k'}|xmlattr }}>1</p><p {{ 'id=a' }} class=k>2",
    "an attribute that is glued on": f"<p nowrap{IF}class=k{END} class=k>1</p>",
    "a tag in two statements": f"{IF}<p {ELSE}<td {END}class=k>1",
    "an apostrophe": "<p class=k title=it's>1</p><b class=k>it's</b>",
    "an open quote": '<p class="k>1</p><b class=k>2</b>',
    "a value without quotes": "<p class=k title={{ notification.a }}>1</p><b class={{ 'k' }}>",
    "a whole style": "<p class=k style='{{ 'margin:0; padding:1px' }}'>1</p>",
    "half a style": "<p class=k style='{{ 'margin:0;' }}padding:1px'>1</p>",
    "a comment in two statements": f"{IF}<!--{END}<b class=k>1</b>{IF}-->{END}",
    "a title in two statements": f"{IF}<title>{END}a{IF}</title>{END}<b class=k>",
    "a filter that cuts": "{% filter truncate(20, true) %}<b class=k>{{ notification.a }}</b> and"
    " so on and on{% endfilter %}",
    "a text that is cut": "{% set t %}Dear {{ notification.a * 25 }}, <b class=k>your order</b> has"
    " come{% endset %}{{ t|truncate(60, true) }}",
    "a text that is counted": "{% set t %}<b class=k>1</b>{% endset %}{{ t|length }}",
    "a macro that is changed": MACRO + "{{ m()|urlencode }}",
    "a macro that is passed on": MACRO + "{% set f = m %}{{ f() }}",
    "a macro of another file": "{% import 'part.html' as p %}<i title=\"{{ p.m()|length }}\">",
    "some macro of another file": "{% from 'part.html' import m as n %}<i>{{ n()|length }}</i>",
    "a block that is changed": "{% block b %}<b class=k>1{% endblock %}{{ self.b()|striptags }}",
    "a loop that calls itself": "{% for i in [1, 2] recursive %}<b class=k>1</b>"
    "{{ loop([])|upper if loop.first }}{% endfor %}",
    "a block in a title": "<title>{% block b %}<b class=k>1</b>{% endblock %}</title>",
    "a part in an attribute": "<p title='{% include 'title.html' %}' class=k>1</p>",
    "two layouts": f"{IF}{{% extends 'l1.html' %}}{ELSE}{{% extends 'l2.html' %}}{END}"
    "{% block b %}<b class=k>1</b>{% endblock %}",
    "a part of several": "{% include ['gone.html', notification.a ~ '.html'] ignore missing %}"
    "<b class=k>1</b>",
    "no escaping": "{% autoescape false %}<b class=k>1</b>{% endautoescape %}",
}


@pytest.mark.parametrize("what", ALONE)
def test_a_tag_of_its_own(folder: Folder, caplog: pytest.LogCaptureFixture, what: str) -> None:
    made = renderer(
        folder,
        S + ALONE[what],
        part=MACRO,
        title="some title",
        l1=S + "<p>{% block b %}{% endblock %}</p>",
        l2=S + "<div class=k>{% block b %}{% endblock %}</div>",
    )

    for told in (Told(), Told(a="")):
        assert expected(made, told) == found(made, told)
    (warning,) = warnings(caplog)
    assert warning.startswith("page.html, line 2: ")
    assert warning.endswith("so the style of page.html is worked out mail by mail")


BODY = "<style>body { x: y }</style>"
BARE = {
    "nothing else": f"{BODY}<p>1</p>",
    "a comment first": f"<!-- c --><!DOCTYPE html><html><head>{BODY}</head><p>1</p></html>",
    "XML first": f'<?xml version="1.0"?><!DOCTYPE html><html><head>{BODY}</head><p>1</p></html>',
    "a title without a head": f"<title>t</title>{BODY}<p>1</p>",
}


@pytest.mark.parametrize("what", BARE)
def test_a_body_that_is_left_out(folder: Folder, what: str) -> None:
    made = renderer(folder, BARE[what])
    html = made.render(Told(), reference="R", created_at=datetime(2026, 1, 1, tzinfo=UTC)).html

    assert expected(made, Told()) == found(made, Told())
    assert 1 == (html or "").lower().count("<!doctype html>")


CLEAR = {
    "a slash at the end": "<a href=https://example.com/pay/ class=k>1</a><a class=k/>2</a>",
    "the first of two classes": f"<a class=k class=q>1</a><a {IF}class=k{END} class=q>2</a>",
    "either of two classes": f"<a {IF}class=k{ELSE}class=q{END}>1</a>",
    "a macro, a caller and a block": "{% macro m() %}<b class=k>{{ caller() }}</b>{% endmacro %}"
    "{% call m() %}<i class=k>1</i>{% endcall %}{% block b %}1{% endblock %}"
    "<p title='{{ self.b() }}'>{{ self.b()|upper }}</p>",
    "a text without tags": "{% set t %}Dear {{ notification.a }}{% endset %}<p class=k>"
    "{{ t|truncate(5) }}</p>",
    "a text of a macro": "{% macro m() %}1 {{ brand.name }}{% endmacro %}<p>{{ m()|upper }}</p>",
}


@pytest.mark.parametrize("what", CLEAR)
def test_what_is_clear_is_worked_out_once(
    folder: Folder, caplog: pytest.LogCaptureFixture, what: str
) -> None:
    page = f"<style>.k {{ color: red }} a.q {{ x: y }}</style><body>{CLEAR[what]}</body>"
    made = renderer(folder, page)

    for told in (Told(), Told(a="")):
        assert expected(made, told) == found(made, told)
    assert [] == warnings(caplog)


@pytest.mark.parametrize(
    "text", ["red", "red; x: y", "'", '"', "a: b", "</p>", "/*", "(", "\\", "", "}"]
)
def test_a_value_in_the_style_of_a_tag_is_read_as_premailer_reads_it(
    folder: Folder, text: str
) -> None:
    page = (
        "<style>.k { color: red }</style><body>"
        "<p class=k title='{{ notification.a }}' style='color: {{ notification.a }}; margin: 0'>"
    )
    made = renderer(folder, page)

    assert expected(made, Told(a=text)) == found(made, Told(a=text))


RULES = {
    "a rule": "{{ notification.a }}",
    "a name": ".k { {{ notification.a }}: red }",
    "a selector": ".{{ notification.a }} { x: y }",
    "a query": "@media (min-width: {{ notification.a }}) { .k { x: y } }",
    "a comment": "/* {{ notification.a }} */ .k { x: y }",
    "a condition": "{% if notification.a != 'k' %}..a { x: y }{% endif %} .k { x: y }",
}


@pytest.mark.parametrize("what", RULES)
@pytest.mark.parametrize(
    "text",
    ["k", "9", "", "</style><b>", "}", "..a { x: y }", "* { x: y }", "k,*", "p:first-child {}"],
)
def test_whatever_brings_rules_loses_no_mail(folder: Folder, what: str, text: str) -> None:
    made = renderer(folder, f"<style>{RULES[what]}</style><body><p class=k>1</p></body>")

    html = [one for one in found(made, Told(a=text)) if one[1] in {"p", "b"}]
    assert ["p"] == [one[1] for one in html]


@pytest.mark.parametrize("text", ["red } p { x: y", "</style><b>", "\ud800", "a" * 70_000])
def test_a_value_stays_one_value(folder: Folder, text: str) -> None:
    page = "<style>.k:first-child { color: {{ notification.a }} }</style><b class=k>1</b><p>2</p>"
    shape: list[Any] = found(renderer(folder, page), Told(a=text))

    assert ["b", "p"] == [one[1] for one in shape if one[1] not in {"html", "body", "head"}]
    assert "style" not in shape[-1][2]


@pytest.mark.parametrize("more", ["", "b:first-child { z: z }"])
def test_a_value_stays_one_value_in_a_block_of_a_style(folder: Folder, more: str) -> None:
    page = (
        "{% extends 'layout.html' %}{% block css %}.k { color: {{ notification.a }} }{% endblock %}"
    )
    layout = (
        f"<style>{more} {{% block css %}}{{% endblock %}}</style><body><b class=k>1</b><p>2</p>"
    )
    shape: list[Any] = found(renderer(folder, page, layout=layout), Told(a="red } p { x: y"))

    assert "red p x y" == shape[-2][2]["style"]["color"]
    assert "style" not in shape[-1][2]


def test_it_is_said_once_until_a_file_changes(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    made = renderer(folder, S + ALONE["which child it is"])
    for _ in range(3):
        found(made, Told())

    assert 1 == len(warnings(caplog))


def test_a_doubt_that_comes_up_with_a_mail_loses_none(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    page = "<style>{{ notification.a }}</style><body><p class=k>1</p></body>"
    made = renderer(folder, page)
    for text in (".k { x: y }", "p:first-child { x: y }", ".k { x: z }"):
        assert expected(made, Told(a=text)) == found(made, Told(a=text))

    assert 1 == len(warnings(caplog))
