"""What the pages show works as shown."""

import ast
import asyncio
import inspect
import logging
import sqlite3
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from types import ModuleType

import pytest
from dotenv import dotenv_values

from notifykit import Contact, ManagerCall, Order, OrderLine, Settings
from notifykit.rendering import TemplateRenderer
from notifykit.storage import SqlRepository
from notifykit.storage.urls import database

ORDER = Order(
    customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
    lines=[OrderLine(code="00-0123", title="Цемент М500", quantity="10", price="512.50")],
)


@pytest.fixture
def program(monkeypatch, tmp_path):
    """A program in an empty folder, with settings that send nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAIL_PROVIDER", "file")
    monkeypatch.setenv("SALES_EMAIL", "sales@example.com")
    monkeypatch.setattr(logging.root, "handlers", [])
    monkeypatch.setattr(logging.root, "level", logging.root.level)
    module = ModuleType("page")
    monkeypatch.setitem(sys.modules, "page", module)
    return module


def test_python_runs(python_page, program):
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    with asyncio.Runner() as runner:
        for block in python_page.blocks("python"):
            code = compile(block.body, python_page.name, "exec", flags, dont_inherit=True)
            if code.co_flags & inspect.CO_COROUTINE:
                runner.run(eval(code, vars(program)))
            else:
                exec(code, vars(program))


def test_the_first_try_does_not_stand_in_the_way_of_the_first_mail(locale, program, quickstart):
    exec(quickstart(locale).body, vars(program))

    assert ["trial.db"] == [file.name for file in Path().glob("*.db")]


@pytest.fixture
def quickstart(every_page):
    """The first program of the quick start."""
    pages = {page.name: page for page in every_page}
    return lambda locale: pages[f"docs/{locale}/quickstart.md"].blocks("python")[0]


def test_settings_for_mail_are_complete(mail_settings):
    settings = Settings.from_env(_values(mail_settings))

    assert settings.sales
    assert settings.transports()


def test_settings_for_a_database_name_one_that_can_be_used(database_settings):
    url = _values(database_settings)["DATABASE_URL"]

    assert database(url).url.get_backend_name() in ("sqlite", "postgresql")


def test_every_block_of_settings_is_one_or_the_other(page):
    for block in page.blocks("ini"):
        assert ("SALES_EMAIL" in block.body) != ("DATABASE_URL" in block.body)


def _values(block):
    values = dotenv_values(stream=StringIO(block.body))
    return {name: value for name, value in values.items() if value}


async def test_sql_finds_its_columns(sql, tmp_path):
    repository = SqlRepository(f"sqlite:///{tmp_path / 'notifykit.db'}")
    await repository.recent()
    await repository.aclose()
    connection = sqlite3.connect(tmp_path / "notifykit.db")
    found = connection.execute(sql.body)

    assert found.description
    connection.close()


def test_a_template_changes_the_mail(template, tmp_path):
    assert template.caption
    (tmp_path / template.caption).write_text(template.body, "utf-8")
    locale = "en" if template.caption == "en.toml" else "ru"
    now = datetime(2026, 11, 22, tzinfo=UTC)
    stock, own = (
        TemplateRenderer(templates=folder, locale=locale).render(
            ORDER, reference="KMT-4827", created_at=now
        )
        for folder in (None, tmp_path)
    )

    assert stock != own


def test_blocks_of_the_stock_templates_are_the_ones_described(locale, text, templates):
    described = text(f"{locale}/notifications.md")
    for name in ("layout.html", "order.html", "manager_call.html"):
        for block in templates(name):
            assert f"`{block}`" in described


@pytest.fixture
def templates():
    """The blocks of a stock template, by name."""
    environment = TemplateRenderer()._environment

    def blocks(name: str) -> list[str]:
        return list(environment.get_template(name).blocks)

    return blocks


def test_every_filter_is_described(locale, text):
    from notifykit.rendering.filters import filters  # noqa: PLC0415 - nothing else here needs it
    from notifykit.rendering.locales import LOCALES  # noqa: PLC0415 - as above

    described = text(f"{locale}/notifications.md")

    assert [] == [name for name in filters(LOCALES[locale]) if f"`{name}`" not in described]


def test_kinds_that_count_as_the_same_for_as_long_as_the_page_says(text):
    numbered = ORDER.model_copy(update={"number": "A-17"})

    assert numbered.repeats_within() is None
    assert 24 * 3600 == ORDER.repeats_within().total_seconds()
    assert 600 == ManagerCall.window.total_seconds()
    assert {"24 hours", "10 minutes"} == _said(text("en/submission.md"), "24 hours", "10 minutes")
    assert {"24 часа", "10 минут"} == _said(text("ru/submission.md"), "24 часа", "10 минут")


def _said(page, *words):
    return {word for word in words if word in page}
