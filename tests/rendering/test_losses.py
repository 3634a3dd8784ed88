"""What cannot be read in a style is left out of it, and one warning says where and what."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest

from notifykit.notifications import Notification
from notifykit.rendering import Rendered, TemplateRenderer

Folder = Callable[..., Path]
Make = Callable[..., Any]
Render = Callable[..., Rendered]


class Told(Notification):
    kind: ClassVar[str] = "page"
    a: str = "x"


UNREADABLE = "this cannot be read, and is left out of the style"
OPEN = "this has no end, and hides what follows it in the style"
BODY = "<body><p class=k>1</p></body>"


def rendered(folder: Folder, told: Told | None = None, **files: str) -> str:
    files = {f"{name}.html": text for name, text in files.items()}
    renderer = TemplateRenderer(
        templates=folder({"page.txt": "x", "page.subject.txt": "x"} | files)
    )
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return renderer.render(told or Told(), reference="R", created_at=now).html or ""


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize(
    ("css", "lost"),
    [
        (".k { colr red }", "colr red"),
        (".k { margin: 0; color:; }", "color:"),
        (".k { color: }", "color:"),
        (".k { color: red margin: 0 }", "color: red margin: 0"),
        (".k { *zoom: 1 }", "*zoom: 1"),
        (".k { color: #fff8 }", "color: #fff8"),
        (".k { color: red !importent }", "importent"),
        (".k { color: rgb(0 0 0 / 50%) }", "color: rgb(0 0 0 / 50%)"),
        (".k { color: red; .l { x: y } }", ".l { x: y }"),
        ("@media (width >= 1px) { .k { x: y } }", "@media (width >= 1px)"),
        ("@media print { .k { colr red } .l { x: y } }", "colr red"),
        ("{ color: red }", "{ color: red }"),
    ],
)
def test_what_cannot_be_read_is_told(
    folder: Folder, caplog: pytest.LogCaptureFixture, css: str, lost: str
) -> None:
    page = f"<style>\n.k, .other {{ margin: 0; color: blue }}\n{css}\n</style>{BODY}"

    assert "margin:0" in rendered(folder, page=page)
    assert [f"page.html, line 3: {lost}: {UNREADABLE}"] == warnings(caplog)


@pytest.mark.parametrize(
    ("css", "lost"),
    [
        (".k { color: red;\n.l { x: y }\n.m { x: y }", ".k {"),
        (".k { color: red; /* see\n.l { x: y }", "/* see"),
        ('.k { color: "red;\n}', '"red;'),
        ("@media print {\n.k { x: y }", "@media print {"),
        (".k { color: red", ".k {"),
    ],
)
def test_what_has_no_end_is_told_once_and_not_what_it_spoils(
    folder: Folder, caplog: pytest.LogCaptureFixture, css: str, lost: str
) -> None:
    rendered(folder, page=f"<style>\n/* '{{ */ .q {{ x: 'a}}' }}\n\n{css}\n</style>{BODY}")

    assert [f"page.html, line 4: {lost}: {OPEN}"] == warnings(caplog)


@pytest.mark.parametrize("rule", ["font-face", "supports (x: y)", "keyframes x", "page", "layer a"])
def test_a_rule_that_does_not_stay_is_told(
    folder: Folder, caplog: pytest.LogCaptureFixture, rule: str
) -> None:
    rendered(folder, page=f"<style>\n.k {{ x: y }}\n@{rule} {{ }}\n</style>{BODY}")

    (warning,) = warnings(caplog)
    assert warning.startswith(
        f"page.html, line 3: @{rule.split(maxsplit=1)[0]}: this is left out of the"
    )
    assert 'belongs into <style data-premailer="ignore">' in warning


def test_a_style_that_stays_as_it_is_may_say_anything(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    kept = "@font-face { x: y } .k { colr red } @media (width >= 1px) {"

    assert kept in rendered(folder, page=f'<style data-premailer="ignore">{kept}</style>{BODY}')
    assert [] == warnings(caplog)


def test_the_stock_mails_lose_nothing(
    caplog: pytest.LogCaptureFixture, render, order, call
) -> None:
    for notification in (order(), call(order=order())):
        render(notification)

    assert [] == warnings(caplog)


def test_a_layout_of_two_pages_is_told_about_once(
    folder: Folder, caplog: pytest.LogCaptureFixture, order: Make, call: Make
) -> None:
    layout = "<style>.k { colr red }</style><body>{% block content %}{% endblock %}</body>"
    renderer = TemplateRenderer(templates=folder({"layout.html": layout}))
    for notification in (order(), call(), order()):
        renderer.render(notification, reference="R", created_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert [f"layout.html, line 1: colr red: {UNREADABLE}"] == warnings(caplog)


def test_a_condition_is_told_about_when_it_is_met(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    css = "{% if notification.a %}\n.k { colr red }{% else %}.k { color: blue }{% endif %}"
    page = f"<style>{css}</style>{BODY}"

    assert "color:blue" in rendered(folder, Told(a=""), page=page)
    assert [] == warnings(caplog)
    rendered(folder, page=page)
    assert [f"page.html, line 2: colr red: {UNREADABLE}"] == warnings(caplog)


def test_what_a_block_brings_into_a_style_is_told_about_with_its_own_file(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    rendered(
        folder,
        page="{% extends 'base.html' %}\n{% block css %}.k { colr red }{% endblock %}",
        base=f"<style>{{% block css %}}{{% endblock %}}</style>{BODY}",
    )

    assert [f"page.html, line 2: colr red: {UNREADABLE}"] == warnings(caplog)


def test_a_client_fills_no_log(folder: Folder, caplog: pytest.LogCaptureFixture) -> None:
    renderer = TemplateRenderer(
        templates=folder(
            {
                "page.html": f"<style>{{{{ notification.a }}}}</style>{BODY}",
                "page.txt": "x",
                "page.subject.txt": "x",
            }
        )
    )
    for number in range(20):
        told = Told(a=f".k {{ colr\n{'x' * 500}{number} }}")
        renderer.render(told, reference="R", created_at=datetime(2026, 1, 1, tzinfo=UTC))

    (warning,) = warnings(caplog)
    assert "\n" not in warning
    assert len(warning) < 200


def test_where_the_mail_names_a_template_the_style_is_looked_at_all_the_same(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    page = f"{{% include notification.a ~ '.html' %}}\n<style>.k {{ colr red }}</style>{BODY}"
    rendered(folder, page=page, x="")

    doubt, loss = warnings(caplog)
    assert doubt.startswith("page.html, line 1: only the mail tells which template is meant")
    assert f"page.html, line 2: colr red: {UNREADABLE}" == loss


def test_what_a_tag_loses_of_its_own_style_is_told(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    own = "background: rgb(0 0 0 / 50%); padding: 1px"
    tags = f"<p class=k style='{own}'>1</p>\n<p style='{own}'>2</p>"
    html = rendered(folder, page=f"<style>.k {{ color: red }}</style>\n<body>\n{tags}</body>")

    # Where nothing is put beside it, it stays as it is.
    assert f'<p style="{own}">2</p>' in html
    assert [f"page.html, line 3: background: rgb(0 0 0 / 50%): {UNREADABLE}"] == warnings(caplog)


def test_what_becomes_clear_with_its_value_is_not_lost(
    folder: Folder, caplog: pytest.LogCaptureFixture
) -> None:
    css = "width: {{ 50 }}%; color: #{{ notification.a }}; margin: -{{ 3 }}px"
    page = f"<style>.k {{ {css} }}</style>{BODY}"

    assert "width:50%; color:#ff0001; margin:-3px" in rendered(folder, Told(a="ff0001"), page=page)
    assert [] == warnings(caplog)
    assert "width:50%; margin:-3px" in rendered(folder, Told(a="red"), page=page)
    assert [f"page.html: color: #red: {UNREADABLE}"] == warnings(caplog)
