"""``notifykit purge`` and ``notifykit erase``."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from notifykit import Notifier
from notifykit.storage import SqlRepository
from notifykit.submission import Action, Status
from notifykit.testing import FakeTransport

PHONE = "8 (900) 000-00-00"


@pytest.fixture
def keep(shell, order):
    """Keep an order of a hundred days ago, sent or still waiting."""

    def _keep(*, sent=True):
        async def work():
            then = datetime.now(UTC) - timedelta(days=100)
            notifier = Notifier(
                FakeTransport(),
                sender="bot@example.com",
                sales=["sales@example.com"],
                repository=SqlRepository("sqlite:///notifykit.db", clock=lambda: then),
            )
            kept = await (notifier.send if sent else notifier.enqueue)(order, force=True)
            await notifier.aclose()
            return kept

        return asyncio.run(work())

    return _keep


@pytest.fixture
def found(shell):
    """Give what is kept now."""

    def _found(id_):
        async def work():
            repository = SqlRepository("sqlite:///notifykit.db")
            kept = await repository.get(id_)
            await repository.aclose()
            return kept

        return asyncio.run(work())

    return _found


@pytest.fixture
def decided(shell):
    """List what people decided, newest first."""

    def _decided():
        async def work():
            repository = SqlRepository("sqlite:///notifykit.db")
            listed = await repository.decisions()
            await repository.aclose()
            return list(listed)

        return asyncio.run(work())

    return _decided


def test_what_is_old_is_blanked_and_what_is_open_is_named(shell, keep, found):
    sent, waiting = keep(), keep(sent=False)

    dry = shell("purge", "--older-than", "90d", "--dry-run")

    assert 0 == dry.code
    assert "✅ Было бы стёрто содержание обращений: 1\n" in dry.out
    assert sent.email == found(sent.id).email

    run = shell("purge", "--older-than", "90d")

    assert 0 == run.code
    assert "✅ Стёрто содержание обращений: 1\n" in run.out
    assert "ещё ждёт отправки или решения: 1\n" in run.out
    assert (Status.SENT, None) == (found(sent.id).status, found(sent.id).email)
    assert waiting.email == found(waiting.id).email


def test_rows_are_removed_where_that_is_wanted(shell, keep, found):
    kept = keep()

    run = shell("purge", "--older-than", "2w", "--rows", "--json")

    assert {"dry_run": False, "blanked": 0, "removed": 1, "still_open": 0} == run.json
    assert found(kept.id) is None


@pytest.mark.parametrize(
    "options", [("--older-than", "101d"), ("--older-than", "1h", "--source=x")]
)
def test_what_is_young_or_anothers_stays(shell, keep, found, options):
    kept = keep()

    run = shell("purge", *options, "--locale", "en")

    assert "Submissions blanked: 0\n" in run.out
    assert kept.email == found(kept.id).email


def test_a_person_is_erased_and_the_key_is_shown_once(shell, keep, found):
    kept = keep()

    dry = shell("erase", "--contact", PHONE, "--dry-run", "--json")
    run = shell("erase", "--contact", PHONE, "--locale", "en")
    again = shell("erase", "--contact", PHONE, "--json")

    assert (0, 0, 0) == (dry.code, run.code, again.code)
    assert (1, None, None) == (dry.json["submissions"], dry.json["record"], dry.json["key"])
    assert "✅ Submissions blanked: 1\n" in run.out
    assert "The key is kept nowhere else." in run.out
    assert (0, 64) == (again.json["submissions"], len(again.json["key"]))
    assert {} == found(kept.id).notification


def test_who_decided_to_erase_a_person_is_on_record(shell, keep, decided):
    keep()

    shell("erase", "--contact", PHONE, "--dry-run", "--by", "Анна")
    counted = decided()
    run = shell("erase", "--contact", PHONE, "--by", "Анна", "--json")
    shell("erase", "--contact", PHONE, "--source", "other")

    other, own = decided()
    assert [] == counted
    assert (Action.ERASED, "default", run.json["record"], "Анна") == (
        own.action,
        own.source,
        own.subject,
        own.decided_by,
    )
    assert ("other", None) == (other.source, other.decided_by)
    assert "0000000" not in repr(own)


def test_what_is_open_is_left_and_said(shell, keep, found):
    kept = keep(sent=False)

    run = shell("erase", "--contact", PHONE)

    assert 1 == run.code
    assert kept.reference in run.out
    assert "--also-open" in run.out
    assert kept.notification == found(kept.id).notification


def test_what_is_open_is_cancelled_where_that_is_wanted(shell, keep, found):
    kept = keep(sent=False)

    run = shell("erase", "--contact", PHONE, "--also-open")

    assert 0 == run.code
    assert "теперь отменены: 1\n" in run.out
    assert Status.FAILED == found(kept.id).status


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (("purge",), "нужно указать: --older-than"),
        (("purge", "--older-than", "soon"), "нужен срок вроде 90d, 12w или 36h, а не: 'soon'"),
        (("purge", "--older-than", "-1d"), "--older-than"),
        (("erase",), "нужно указать: --contact"),
        (("erase", "--contact", "canary"), "--contact: нужен телефон, почта, @telegram"),
    ],
)
def test_what_is_not_understood_changes_nothing(shell, argv, said):
    run = shell(*argv)

    assert (2, "") == (run.code, run.out)
    assert said in run.err
    assert "canary" not in run.err
