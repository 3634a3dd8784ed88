"""What no mail could be made of is found before there is one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from notifykit.errors import ConfigurationError
from notifykit.notifications import ManagerCall, Order
from notifykit.rendering import TemplateRenderer

Folder = Callable[[dict[str, str]], Path]

REFUND = {"refund.subject.txt": "x", "refund.txt": "x"}


def faults(folder: Path) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        TemplateRenderer(templates=folder).check()

    prefix = "NOTIFYKIT_TEMPLATES: mend your templates: "
    return [problem.removeprefix(prefix) for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({"order.txt": "\n{% if %}"}, "order.txt, line 2: Expected an expression, got 'end of"),
        (
            {"order.subject.txt": "{{ x|mony }}"},
            "order.subject.txt, line 1: No filter named 'mony'",
        ),
        ({"manager_call.html": "\n{% block a %}"}, "manager_call.html, line 2: Unexpected end of"),
        (
            {"order.html": "\n<style>..a { x: y }</style>"},
            "order.html, line 2: the style cannot be",
        ),
        ({"order.html": "<style>a{"}, "order.html, line 1: <style> has no end in this file"),
        (
            {"order.txt": "\n{% include 'a.txt' %}"},
            "order.txt, line 2: a.txt is missing: put it into",
        ),
        ({"order.html": "{% extends 'a.html' %}"}, "order.html, line 1: a.html is missing: put it"),
        (
            {"order.txt": "{% from 'a.txt' import b %}", "a.txt": "{% include ['b', 'c'] %}"},
            "a.txt, line 1: b or c is missing: put it into",
        ),
        ({"order.html": "{% extends 'order.html' %}"}, "order.html, line 1: this comes back to"),
        (
            {"layout.html": "{% extends 'a.html' %}", "a.html": "{% extends 'layout.html' %}"},
            "a.html, line 1: this comes back to itself; the stock templates are named notifykit/",
        ),
        ({"refund.subject.txt": "x"}, "refund.txt is missing: put it into the folder of"),
        (REFUND | {"refund.html": "{% include 'm.html' %}", "m.html": "{{"}, "m.html, line 1: "),
        (
            REFUND | {"refund.html": "{% include 'm.html' %}", "m.html": "{{ 1|no }}"},
            "m.html, line 1",
        ),
        ({"order.html": f"<style>/*{'x' * 70_000}*/</style>"}, "order.html: the style has 70,004"),
    ],
)
def test_a_template_that_cannot_be_used_is_told(
    folder: Folder, files: dict[str, str], told: str
) -> None:
    (fault,) = faults(folder(files))

    assert fault.startswith(told)
    assert "\n" not in fault


def test_everything_is_told_at_once_and_nothing_twice(folder: Folder) -> None:
    own = folder(
        {
            "layout.html": "{% include 'gone.html' %}\n<style>.a { } .b.. { }</style>",
            "order.subject.txt": "{%",
            "manager_call.txt": "{% include 'gone.txt' %}{% include 'bad.txt' %}",
            "bad.txt": "{{",
        }
    )

    missing = "is missing: put it into the folder of NOTIFYKIT_TEMPLATES"
    assert [
        "order.subject.txt, line 1: tag name expected",
        f"layout.html, line 1: gone.html {missing}",
        f"manager_call.txt, line 1: gone.txt {missing}",
        "bad.txt, line 1: unexpected 'end of template'",
    ] == faults(own)


def test_a_file_in_another_encoding_is_named_with_its_line(folder: Folder) -> None:
    own = folder({"order.html": "{% extends 'notifykit/order.html' %}"})
    (own / "parts").mkdir()
    for name in ("parts/contact.html", "refund.html", "refund.subject.txt", "refund.txt"):
        (own / name).write_bytes("<p>\nПривет</p>".encode("cp1251"))

    why = "line 2: this is not UTF-8: save the file in that encoding"
    assert [
        f"{name}, {why}"
        for name in ("parts/contact.html", "refund.subject.txt", "refund.txt", "refund.html")
    ] == faults(own)


@pytest.mark.parametrize(
    "files",
    [
        {},
        REFUND,
        {"order.txt": "{% include 'gone.txt' ignore missing %}"},
        {"order.txt": "{% include ['gone.txt', 'parts/lines.txt'] %}"},
        {"order.txt": "{% if order.number == 0 %}{% include 'order.txt' %}{% endif %}"},
        {"order.txt": "{% include order.number ~ '.txt' %}"},
        {"order.html": "{% extends order.number or 'notifykit/order.html' %}"},
        {"order.html": "{% extends 'notifykit/order.html' %}", "macros.html": "{{ broken"},
        {"manager_call.html": "<style>p b { x: y }</style>{% include 'notifykit/layout.html' %}"},
    ],
)
def test_what_can_be_used_is_no_fault(folder: Folder, files: dict[str, str]) -> None:
    TemplateRenderer(templates=folder(files)).check()


def test_what_was_checked_is_not_compiled_again(
    folder: Folder, order: Callable[..., Order], call: Callable[..., ManagerCall]
) -> None:
    own = folder({"layout.html": "<style>.a { x: y }</style>{% block content %}{% endblock %}"})
    renderer = TemplateRenderer(templates=own)
    renderer.check()
    seen: set[str] = set()
    sys.setprofile(lambda frame, _event, _arg: seen.add(frame.f_code.co_filename))
    try:
        for notification in (order(), call(order=order())):
            renderer.render(
                notification, reference="R", created_at=datetime(2026, 1, 1, tzinfo=UTC)
            )
    finally:
        sys.setprofile(None)

    assert any(file.endswith("jinja2/runtime.py") for file in seen)
    assert [] == [
        file for file in seen if file.endswith(("jinja2/parser.py", "jinja2/compiler.py"))
    ]
