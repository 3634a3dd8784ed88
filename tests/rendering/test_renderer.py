from __future__ import annotations

import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import ClassVar

import pytest

import notifykit
from notifykit.errors import ConfigurationError, RenderError
from notifykit.notifications import Contact, ManagerCall, Notification, Order, OrderLine
from notifykit.rendering import Rendered, TemplateRenderer
from notifykit.rendering.sources import stock

Make = Callable[..., Order]
MakeCall = Callable[..., ManagerCall]
Render = Callable[..., Rendered]
Folder = Callable[[dict[str, str]], Path]


class Refund(Notification):
    kind: ClassVar[str] = "refund"
    amount: Decimal = Decimal("12.5")
    note: str = ""


REFUND = {
    "refund.subject.txt": "Возврат {{ reference }}",
    "refund.txt": "{{ notification.amount|money('RUB') }} {{ notification.note }}",
    "refund.html": "{% extends 'layout.html' %}{% block title %}Возврат{% endblock %}"
    "{% block content %}<tr><td class='section'>{{ notification.note }}</td></tr>{% endblock %}",
}


def test_a_kind_of_ones_own_is_a_model_and_three_files(render: Render, folder: Folder) -> None:
    rendered = render(Refund(note="<b>"), templates=folder(REFUND))

    assert "Возврат KMT-4827" == rendered.subject
    assert "12,50\u00a0₽ <b>\n" == rendered.text
    assert rendered.html is not None
    assert "&lt;b&gt;" in rendered.html
    assert 'style="padding:24px' in rendered.html


def test_html_may_be_left_out(render: Render, folder: Folder) -> None:
    own = folder({name: text for name, text in REFUND.items() if name != "refund.html"})

    assert render(Refund(), templates=own).html is None


@pytest.mark.parametrize("missing", ["refund.txt", "refund.subject.txt"])
def test_text_and_subject_may_not(render: Render, folder: Folder, missing: str) -> None:
    own = folder({name: text for name, text in REFUND.items() if name != missing})

    with pytest.raises(RenderError, match=f"{missing} is missing: put it into the folder"):
        render(Refund(), templates=own)


def test_ones_own_file_comes_before_ours(order: Make, render: Render, folder: Folder) -> None:
    rendered = render(order(), templates=folder({"order.txt": "mine {{ order.number }}"}))

    assert "mine A-17\n" == rendered.text
    assert rendered.subject.startswith("Заказ A-17")


def test_one_block_of_ours_can_be_filled(order: Make, render: Render, folder: Folder) -> None:
    own = folder(
        {
            "order.html": "{% extends 'notifykit/order.html' %}"
            "{% block terms %}<tr><td>mine</td></tr>{{ super() }}{% endblock %}"
        }
    )
    html = render(order(), templates=own).html or ""

    assert "<td>mine</td>" in html
    assert "Тверь, Ленина 1" in html


def test_the_layout_alone_can_be_replaced(
    order: Make, call: MakeCall, render: Render, folder: Folder
) -> None:
    own = folder({"layout.html": "<i>mine</i><table>{% block content %}{% endblock %}</table>"})

    for notification in (order(), call()):
        html = render(notification, templates=own).html or ""

        assert "<i>mine</i>" in html
        assert "Иван Петров" in html


def test_ones_own_layout_can_extend_ours(order: Make, render: Render, folder: Folder) -> None:
    own = folder(
        {"layout.html": "{% extends 'notifykit/layout.html' %}{% block footer %}mine{% endblock %}"}
    )
    html = render(order(), templates=own).html or ""

    assert "mine" in html
    assert "Отправлено автоматически" not in html


def test_ones_own_words_replace_and_add(order: Make, render: Render, folder: Folder) -> None:
    own = folder(
        {
            "ru.toml": 'order = "Заявка"\nbonus = "Бонус"',
            "order.txt": "{{ t.bonus }}, {{ t.total }}",
        }
    )
    rendered = render(order(), templates=own)

    assert rendered.subject.startswith("Заявка A-17")
    assert "Бонус, Итого\n" == rendered.text


@pytest.mark.parametrize(
    ("template", "told"),
    [
        ("\n{{ order.numbr }}", r"order\.txt, line 2: .*Order object' has no attribute 'numbr'"),
        ("{{ nothing }}", r"order\.txt, line 1: 'nothing' is undefined"),
        ("\n\n{% if %}", r"order\.txt, line 3: Expected an expression"),
        ("{{ order.number|mony }}", r"order\.txt, line 1: No filter named 'mony'"),
        (
            "{{ t.nothing }}",
            r"order\.txt, line 1: the text 'nothing' is missing: add it to ru.toml",
        ),
        ("{{ order.number|money('RUB') }}", r"order\.txt, line 1: "),
        ("{{ t.left_out.format() }}", r"order\.txt, line 1: 'count' is missing"),
        ("{{ 1 / 0 }}", r"order\.txt, line 1: division by zero"),
        ("{% include 'order.txt' %}", r"order\.txt, line 1: this comes back to itself"),
        ("\n{% include 'gone.txt' %}", r"order\.txt, line 2: gone\.txt is missing: put it into"),
        ("{% include ['a.txt', 'b.txt'] %}", r"order\.txt, line 1: a\.txt or b\.txt is missing"),
    ],
)
def test_a_broken_template_says_where_and_what(
    order: Make, folder: Folder, template: str, told: str
) -> None:
    renderer = TemplateRenderer(templates=folder({"order.txt": template}))

    with pytest.raises(RenderError, match=told) as caught:
        renderer.render(order(), reference="R", created_at=datetime(2026, 1, 1, tzinfo=UTC))

    assert "Traceback" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_mistake_in_an_included_file_is_found_there(
    order: Make, render: Render, folder: Folder
) -> None:
    own = folder({"order.txt": "\n{% include 'more.txt' %}", "more.txt": "\n\n{{ gone }}"})

    with pytest.raises(RenderError, match=r"^more\.txt, line 3: 'gone' is undefined$"):
        render(order(), templates=own)


def test_a_layout_that_is_missing_is_named(order: Make, render: Render, folder: Folder) -> None:
    own = folder({"order.html": "{% extends 'gone.html' %}"})

    with pytest.raises(RenderError, match=r"order\.html, line 1: gone\.html is missing"):
        render(order(), templates=own)


def test_a_broken_page_is_an_error_and_not_left_out(
    order: Make, render: Render, folder: Folder
) -> None:
    with pytest.raises(RenderError, match=r"^order\.html, line 1: "):
        render(order(), templates=folder({"order.html": "{% if %}"}))


def test_a_style_beyond_the_limit_names_the_template(
    order: Make, render: Render, folder: Folder
) -> None:
    huge = "<style>/*" + "x" * 70_000 + "*/</style><p>x</p>"

    with pytest.raises(RenderError, match=r"order\.html: the style has 70,004 bytes"):
        render(order(), templates=folder({"order.html": huge}))


def test_an_empty_subject_is_an_error(order: Make, render: Render, folder: Folder) -> None:
    with pytest.raises(RenderError, match=r"order\.subject\.txt: the subject is empty"):
        render(order(), templates=folder({"order.subject.txt": " \n"}))


def test_a_subject_is_one_line_of_at_most_255_characters(
    order: Make, render: Render, folder: Folder
) -> None:
    rendered = render(order(), templates=folder({"order.subject.txt": "a\r\nBcc: b " + "x" * 300}))

    assert 255 == len(rendered.subject)
    assert rendered.subject.startswith("a Bcc: b xxx")
    assert rendered.subject.endswith("…")


def test_a_long_name_does_not_push_the_order_out_of_the_subject(
    order: Make, render: Render
) -> None:
    long = order(number="9" * 64, customer=Contact(name="Я" * 128, phone="+79000000000"))

    subject = render(long).subject

    assert len(subject) < 255
    assert subject.startswith("Заказ 999")
    assert subject.endswith("…, 14 769,80 руб.")


def test_the_links_of_a_phone_dial_its_extension(order: Make, render: Render) -> None:
    inner = order(customer=Contact(name="Иван", phone="8 (495) 000-00-00 доб. 12"))

    assert 2 == (render(inner).html or "").count('href="tel:+74950000000;ext=12"')


def test_without_a_number_the_reference_is_shown(order: Make, render: Render) -> None:
    rendered = render(order(number=None))

    assert rendered.subject.startswith("Заказ KMT-4827: ")
    assert 1 == rendered.text.count("KMT-4827")


def test_with_a_number_both_are_shown(order: Make, render: Render) -> None:
    rendered = render(order())

    for part in (rendered.text, rendered.html or ""):
        assert "A-17" in part
        assert "KMT-4827" in part


def test_everything_at_once_that_is_wrong_with_the_settings_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TemplateRenderer(templates=tmp_path / "gone", locale="xx", timezone="Mars/Base")

    names = [problem.split(":")[0] for problem in caught.value.problems]
    assert ["NOTIFYKIT_TEMPLATES", "NOTIFYKIT_LOCALE", "NOTIFYKIT_TIMEZONE"] == names
    assert not {"gone", "xx", "Mars"} & set(str(caught.value).replace("/", " ").split())


@pytest.mark.parametrize("timezone", ["", "Europe", "../etc/passwd", "/etc/localtime", "МСК"])
def test_a_time_zone_is_a_name_of_the_database(timezone: str) -> None:
    with pytest.raises(ConfigurationError, match="NOTIFYKIT_TIMEZONE"):
        TemplateRenderer(timezone=timezone)


def test_words_that_are_not_toml_are_told_at_once(folder: Folder) -> None:
    with pytest.raises(ConfigurationError, match=r"NOTIFYKIT_TEMPLATES: ru\.toml is not TOML"):
        TemplateRenderer(templates=folder({"ru.toml": "order = "}))


def test_words_may_begin_as_notepad_lets_them_begin(
    order: Make, render: Render, folder: Folder
) -> None:
    own = folder({"ru.toml": '\ufefforder = "Заявка"'})

    assert render(order(), templates=own).subject.startswith("Заявка A-17")


def test_threads_share_a_renderer(order: Make) -> None:
    renderer = TemplateRenderer()
    now = datetime(2026, 11, 22, tzinfo=UTC)

    def number_is_its_own(number: int) -> bool:
        rendered = renderer.render(order(number=f"N{number}"), reference="R", created_at=now)
        return all(f"N{number}" in part for part in (rendered.subject, rendered.html or ""))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(number_is_its_own, range(32)))


def test_an_order_of_2_000_lines_is_complete(order: Make, render: Render) -> None:
    lines = tuple(
        OrderLine(code=f"{number:08}", title="Саморез", quantity="1", price="0.01")
        for number in range(2_000)
    )
    rendered = render(order(lines=lines))

    assert "20,00\u00a0₽" in rendered.text
    assert all(f">{line.code}</span>" in (rendered.html or "") for line in lines)
    assert 2 == rendered.text.count("\n00001999")


def test_forty_lines_are_not_cut_by_gmail(order: Make, render: Render) -> None:
    # Gmail shows 102 KB of a page and hides the rest behind a link.
    lines = order().lines * 14
    html = render(order(lines=lines[:40])).html or ""

    assert len(html.encode()) < 80 * 1024


def test_no_style_block_is_larger_than_gmail_reads(order: Make, render: Render) -> None:
    blocks = (render(order()).html or "").split("<style>")[1:]

    assert all(len(block.split("</style>")[0]) < 8192 for block in blocks)


def test_templates_are_found_inside_a_zip(tmp_path: Path) -> None:
    archive = tmp_path / "notifykit.zip"
    package = Path(notifykit.__file__).parent
    with zipfile.ZipFile(archive, "w") as target:
        for file in package.rglob("*.py"):
            target.write(file, Path("notifykit") / file.relative_to(package))
        for file in Path(str(stock())).rglob("*.*"):
            target.write(file, Path("notifykit/templates") / file.relative_to(str(stock())))
    program = f"""
import sys; sys.path.insert(0, {str(archive)!r})
import datetime, notifykit
from notifykit import ManagerCall
from notifykit.rendering import TemplateRenderer
assert {str(archive)!r} in notifykit.__file__, notifykit.__file__
call = ManagerCall(conversation="tg:42")
now = datetime.datetime.now(datetime.UTC)
print(len(TemplateRenderer(locale="en").render(call, reference="R", created_at=now).html))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=False
    )

    assert "" == done.stderr
    assert int(done.stdout) > 3_000
