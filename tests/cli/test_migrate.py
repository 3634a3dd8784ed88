"""``notifykit migrate``."""

import sqlite3

import pytest


@pytest.mark.parametrize(("locale", "said"), [("ru", "создаются сами"), ("en", "make themselves")])
def test_sqlite_makes_its_tables_itself_and_that_is_said(shell, locale, said):
    run = shell("migrate", "--locale", locale)

    with sqlite3.connect("notifykit.db") as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    database.close()
    assert 0 == run.code
    assert said in run.out
    assert {"order_submissions", "delivery_attempts"} <= tables


def test_a_database_that_nobody_knows_is_said(shell, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", "mysql://user:canary@db.example.com/shop")

    run = shell("migrate")

    assert 2 == run.code
    assert "DATABASE_URL" in run.err
    assert "canary" not in run.err


def test_postgresql_gets_its_tables_once(shell, outbox, monkeypatch, empty_postgres_url):
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)

    before = shell("submissions")
    first, second = shell("migrate"), shell("migrate", "--locale", "en")

    assert (2, "") == (before.code, before.out)
    assert "таблиц нет или они другой версии: запустите notifykit migrate" in before.err
    assert (0, 0) == (first.code, second.code)
    assert "таблицы обновлены:\n" in first.out
    assert 1 < len(first.out.splitlines())
    assert "the tables are as they should be" in second.out


def test_on_postgresql_it_sends_and_looks_like_anywhere(
    shell, outbox, monkeypatch, empty_postgres_url
):
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)
    shell("migrate")
    order = shell.write(
        "order.json",
        {
            "customer": {"name": "Иван", "phone": "+7 900 000-00-00"},
            "lines": [{"code": "1", "title": "Цемент", "quantity": 1}],
        },
    )

    sent = shell("send", "order", order, "--json")

    assert "SENT" == sent.json["status"]
    assert sent.json["id"] == shell("show", sent.json["reference"], "--json").json["id"]


def test_without_tables_the_worker_ends_instead_of_waiting(
    shell, outbox, monkeypatch, empty_postgres_url
):
    monkeypatch.setenv("DATABASE_URL", empty_postgres_url)

    run = shell("worker")

    assert 2 == run.code
    assert "notifykit migrate" in run.err
