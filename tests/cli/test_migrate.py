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
