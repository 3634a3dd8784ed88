"""``notifykit submissions`` and ``notifykit show``."""

import asyncio
from dataclasses import replace
from uuid import uuid4

import pytest

from notifykit import Notifier, Order
from notifykit.ids import uuid7
from notifykit.notifier import Options
from notifykit.storage import SqlRepository
from notifykit.submission import Status
from notifykit.testing import FakeTransport


@pytest.fixture
def keep(shell):
    """Keep a submission in the default database, as some bot would."""

    def _keep(customer="Иван Петров", source="default", **changes):
        async def work():
            notifier = Notifier(
                FakeTransport(),
                sender="bot@example.com",
                sales=["sales@example.com"],
                repository=SqlRepository("sqlite:///notifykit.db"),
                options=Options(source=source),
            )
            order = Order.model_validate(
                {
                    "conversation": str(uuid4()),
                    "customer": {"name": customer, "phone": "+7 900 000-00-00"},
                    "lines": [{"code": "1", "title": "Цемент", "quantity": 1}],
                }
            )
            if not changes:
                kept = await notifier.send(order)
            else:
                first = await notifier.enqueue(order)
                twin = replace(first, id=str(uuid7()), idempotency_key=str(uuid4()), **changes)
                kept = await notifier.repository.add(twin)
                await notifier.repository.save(replace(first, status=Status.FAILED))
            await notifier.aclose()
            return kept

        return asyncio.run(work())

    return _keep


def test_an_empty_database_is_said(shell):
    run = shell("submissions")

    assert (0, "Обращений нет.\n") == (run.code, run.out)


def test_the_newest_stands_first_and_no_mail_settings_are_needed(shell, keep):
    first, second = keep(), keep("Анна")

    run = shell("submissions")

    assert 0 == run.code
    assert run.out.index(second.reference) < run.out.index(first.reference)
    assert "✅ отправлено" in run.out
    assert "заказ → sales@example.com" in run.out


def test_no_line_is_wider_than_the_screen(shell, keep, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    keep("Очень длинное имя " * 6)

    run = shell("submissions")

    assert [] == [line for line in run.out.splitlines() if len(line) > 80]
    assert "…" in run.out


def test_it_filters_by_status_kind_and_source(shell, keep):
    mine, other = keep(), keep(source="other")

    def references(*options):
        return [found["reference"] for found in shell("submissions", "--json", *options).json]

    assert [other.reference, mine.reference] == references()
    assert [other.reference] == references("--source", "other")
    assert [other.reference] == references("--limit", "1")
    assert [] == references("--status", "failed")
    assert [] == references("--kind", "manager_call")
    assert [other.reference, mine.reference] == references("--kind", "order", "--status", "SENT")
    assert "нет" in shell("submissions", "--status", "FAILED").out


def test_several_bots_are_told_apart(shell, keep):
    keep()
    keep(source="other")

    assert "other: заказ" in shell("submissions").out


def test_one_is_shown_whole(shell, keep):
    kept = keep()

    run = shell("show", kept.reference)

    assert 0 == run.code
    for said in (kept.id, kept.subject, kept.message_id, "sales@example.com", "✅ fake"):
        assert said in run.out
    assert "Для вставки в 1С" in run.out


@pytest.mark.parametrize("typed", [str.lower, str.upper, lambda text: f" {text} "])
def test_a_reference_is_found_however_it_was_typed(shell, keep, typed):
    kept = keep()

    assert kept.id == shell("show", typed(kept.reference), "--json").json["id"]


def test_a_reference_is_found_on_a_russian_keyboard(shell, keep):
    kept = keep(reference="KMT-4827")

    assert kept.id == shell("show", "кмт-4827", "--json").json["id"]


def test_one_is_found_by_its_id(shell, keep):
    kept = keep()

    assert kept.reference == shell("show", kept.id.upper(), "--json").json["reference"]


def test_several_of_one_reference_are_listed(shell, keep):
    twins = [keep(reference="KMT-4827"), keep(reference="KMT-4827")]

    run = shell("show", "KMT-4827", "--locale", "en")

    assert 0 == run.code
    assert "Several submissions" in run.out
    for twin in twins:
        assert f"notifykit show {twin.id}" in run.out
    found = shell("show", "KMT-4827", "--json").json
    assert {twin.id for twin in twins} == {each["id"] for each in found}


@pytest.mark.parametrize("wanted", ["KMT-0000", "01a203cf-6398-7b5b-bdcc-33e1acd0967d", "%", ""])
def test_what_is_not_there_is_said(shell, wanted):
    run = shell("show", wanted, "--locale", "en")

    assert 1 == run.code
    assert f"There is no submission {wanted}.\n" == run.err


def test_a_program_gets_everything(shell, keep):
    kept = keep()

    shown = shell("show", kept.id, "--json").json

    assert "Цемент" in shown["email"]["text"]
    assert "SENT" == shown["status"]
    assert ["ACCEPTED"] == [attempt["outcome"] for attempt in shown["attempts"]]
    assert kept.created_at.isoformat() == shown["created_at"]


@pytest.mark.parametrize("command", [["submissions"], ["show", "KMT-4827"], ["migrate"]])
def test_a_database_in_a_missing_folder_is_a_line_on_standard_error(shell, monkeypatch, command):
    monkeypatch.setenv("DATABASE_URL", "sqlite:///missing/notifykit.db")

    run = shell(*command)

    assert 0 != run.code
    assert "missing" in run.err
    assert 1 == len(run.err.splitlines())
