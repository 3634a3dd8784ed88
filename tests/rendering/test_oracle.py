"""Every page is the one that inlining the whole mail would give."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from notifykit.notifications import (
    Contact,
    ManagerCall,
    Notification,
    Order,
    OrderLine,
    Pickup,
    Priority,
)
from notifykit.rendering import Brand, TemplateRenderer
from rendering.per_message import expected, found

Make = Callable[..., Order]
MakeCall = Callable[..., ManagerCall]
Folder = Callable[[dict[str, str]], Path]

STOCK = TemplateRenderer()
EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_notification" / "templates"


class Refund(Notification):
    kind: ClassVar[str] = "refund"
    amount: Decimal = Decimal("12.5")
    note: str = "“порвано” <b>"
    words: tuple[str, ...] = ("warm", "cold", "none")


def everything(order: Make, call: MakeCall) -> list[Notification]:
    bare = Order(
        customer=Contact(name="Мария", phone="вечером 2-22-33"),
        lines=(OrderLine(code="0", title="Доставка", quantity="1"),),
    )
    return [
        order(),
        bare,
        order(currency="KZT", delivery=Pickup(point="Склад 2"), comment=None),
        order(delivery=None, number=None),
        *(call(priority=priority) for priority in Priority),
        call(summary="", customer=None, order=order()),
        call(customer=None, summary="", order=bare),
    ]


@pytest.mark.parametrize("locale", ["ru", "en"])
@pytest.mark.parametrize("brand", [Brand(), Brand("Жёлтый <склад>", "#ffdd2d")])
def test_the_stock_pages(
    order: Make, call: MakeCall, locale: str, brand: Brand, caplog: pytest.LogCaptureFixture
) -> None:
    renderer = TemplateRenderer(locale=locale, brand=brand)

    for notification in everything(order, call):
        assert expected(renderer, notification) == found(renderer, notification)
    assert [] == caplog.records


BAITS = [
    "</style><style>.card { display: none }</style>",
    "{{ 7 * 7 }}{% block title %}{# #}",
    "<!-- --><!--[if mso]><td class=card><![endif]-->",
    'high" style="color: red',
    "</td></tr></table></body>",
    "zq0z \x04\x05\x06\x07\x08\x0e\x0f\x10 &#847; &lt;p&gt;",
]


@given(st.sampled_from(BAITS) | st.text("<>\"'&;{}%#:.=-! \nabчщ", max_size=40))
@settings(deadline=None, max_examples=25, suppress_health_check=list(HealthCheck))
def test_whatever_a_client_writes(order: Make, call: MakeCall, text: str) -> None:
    hostile = Contact(name=f"x{text}", phone=f"2-22-33 {text}")
    for notification in (order(customer=hostile, comment=text), call(summary=text)):
        assert expected(STOCK, notification) == found(STOCK, notification)


STYLES = {
    "a value of the brand": ".a { color: {{ brand.color }}; background: {{ brand.link }} url(x) }",
    "a value in a function": ".a { color: rgb({{ 1 + 1 }}, 2, 3); width: calc(1% + {{ 2 }}px) }",
    "a value with its unit": ".a { width: {{ 40 + 2 }}px; height: {{ 50 }}%; margin: -{{ 1 }}px }",
    "a value within a colour": ".a { color: #{{ '26a65b' }}; background-color: {{ '#abcdef' }} }",
    "a value that is a list": ".a { font: {{ 12 }}px/{{ 14 }}px '{{ 'Arial' }}', {{ 'serif' }} }",
    "a value that is important": ".a { color: {{ 'red' }} !important } .b { color: blue }",
    "a condition": "{% if brand.name %}.a { color: red }{% else %}.a { color: blue }{% endif %}",
    "another condition": "{% if notification.note %}.a { color: {{ brand.link }} }{% endif %}",
    "a loop": "{% for n in [1, 2] %}.a { width: {{ n }}px }{% endfor %}",
    "rules from a value": "{% set css = '.a { color: red }' %}{{ css }} .b { margin: 0 }",
    "names of rules from a value": ".{{ 'a' }} { {{ 'color' }}: red }",
    "what comes last": ".a { color: red } .b { color: green } .a { color: blue }",
    "what is more special": "p.a { color: red } .a { color: blue } #one.a { x: y } p { x: z }",
    "what is important": ".a { color: red !important; color: blue } .a.b { color: green }",
    "shorthands": ".a { padding: 1px; padding-left: 2px } .b { padding: 3px; border: 0 }",
    "unset": ".a { color: unset; width: 5px }",
    "attributes of old": "td { text-align: right; vertical-align: top; width: 50%; height: 9px }"
    " .a { background-color: #abc } .b { background-color: transparent }",
    "several selectors": "td, .a, p.b { color: red } TD { color: blue }",
    "hover": "a:hover { color: red } .a:hover, .b { color: blue }",
    "media queries": ".a { color: red } @media (max-width: 9px) { .a { color: {{ 'blue' }} } }",
    "comments and at-rules": "/* .a { x: z } */ @import 'x'; @font-face { src: u } .a { x: y }",
    "attributes": "[align] { color: red } td[align=center] { width: 1px } a[href^='tel:'] { x: y }"
    " a[title~=two] { x: z } [lang|=ru] { y: z } a[title$='o'] { z: z }",
    "descendants": ".outer .a { color: red } table p { width: 1px } .outer > p { height: 1px }"
    " body .b { x: y } html div p.a { z: z } .nowhere .a { q: q } .inner td .a { r: r }",
}
BODY = """
<p class="a b" id="one">1</p>
<p class='b' style="color: purple; margin: 1px">2</p>
<p class=a>3<br/>4<img src="cid:x" class="a"/></p>
<div class="outer"><p class="a">5</p><table class="inner"><tr><td align="center" class="a">
{% if notification.note %}<p class="a">6</p>{% endif %}</td><td class=b width=7>7</td></tr></table>
</div>
<a href="tel:+7" class="a" title="one two" lang="ru-RU">8</a>
{% for word in notification.words %}<p class="b{% if loop.first %} a{% endif %}">9</p>{% endfor %}
<p{% if notification.note %} class="a"{% endif %} title="{{ notification.note }}">10</p>
<p class="{{ 'a' if notification.note else 'b' }}" style="width: {{ 10 + 1 }}px">11</p>
<p style="color: {{ 'red' }}; height: {{ 5 }}%" class="a">12</p>
<!-- <p class="a">{{ notification.note }}</p> --><!--[if mso]><td class="a"><![endif]-->
<title class="a"><p class="a"></title><textarea class="a"><p class="a"></textarea>
a < b <p class="a" title="a > b">13
"""


@pytest.mark.parametrize("what", STYLES)
def test_a_style_with(folder: Folder, what: str) -> None:
    page = (
        f"<!DOCTYPE html><html><head><style>{STYLES[what]}</style></head><body>{BODY}</body></html>"
    )
    own = folder({"refund.html": page, "refund.txt": "x", "refund.subject.txt": "x"})
    for brand in (Brand(), Brand("x", "#ffdd2d")):
        renderer = TemplateRenderer(templates=own, brand=brand)
        for refund in (Refund(), Refund(note=""), Refund(words=())):
            assert expected(renderer, refund) == found(renderer, refund)


LAYOUT = (
    "<!DOCTYPE html><html><head><style>.foot a { color: {{ brand.link }} } .card p { margin: 0 }"
    " .section { padding: 9px }</style>{% block style %}{% endblock %}</head><body>"
    "<table class=card>{% block content %}{% endblock %}</table>"
    "<div class=foot>{% block footer %}<a>{{ brand.name }}</a>{% endblock %}</div></body></html>"
)
OVERRIDES = {
    "one block": {
        "order.html": "{% extends 'notifykit/order.html' %}{% block terms %}"
        "<tr><td class='section tight' align='left'>{{ order.number }}</td></tr>{{ super() }}"
        "{% endblock %}",
    },
    "a style of one's own": {
        "order.html": "{% extends 'notifykit/order.html' %}{% block style %}<style>"
        ".heading { color: {{ brand.link_dark }}; width: {{ 3 * 4 }}px } .card .name { x: y }"
        "</style>{% endblock %}",
    },
    "a layout of one's own": {"layout.html": LAYOUT},
    "a layout that extends ours": {
        "layout.html": "{% extends 'notifykit/layout.html' %}"
        "{% block style %}<style>.footer b { color: red }</style>{% endblock %}"
        "{% block footer %}<b>{{ brand.name }}</b>{% endblock %}",
    },
    "a page of one's own": {
        "order.html": "<style>td { color: {{ brand.color }} }</style><table>"
        "{% for line in order.lines %}<tr><td>{{ line.title }}</td></tr>{% endfor %}</table>",
    },
    "a part of one's own": {
        "lines.html": "<tr><td class='section{% if order.comment %} tight{% endif %}'>"
        "{{ order.comment }}</td></tr>",
        "order.html": "{% extends 'notifykit/order.html' %}{% block lines %}"
        "{% include 'lines.html' %}{% endblock %}",
    },
}


@pytest.mark.parametrize("what", OVERRIDES)
def test_templates_of_ones_own(order: Make, call: MakeCall, folder: Folder, what: str) -> None:
    brand = Brand("Жёлтый <склад>", "#ffdd2d")
    renderer = TemplateRenderer(templates=folder(OVERRIDES[what]), brand=brand)

    for notification in (order(), order(comment=None, lines=order().lines[2:]), call()):
        assert expected(renderer, notification) == found(renderer, notification)


def test_the_kind_of_the_example(order: Make) -> None:
    class Money(Refund):
        kind: ClassVar[str] = "refund"
        order_number: str = "A-17"
        reason: str = "Мешки\nпорваны"
        customer: Contact = order().customer

    renderer = TemplateRenderer(templates=EXAMPLE)

    assert expected(renderer, Money()) == found(renderer, Money())
