"""What is old, and whoever asks for it, is forgotten; what has to be counted stays."""

import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from notifykit.errors import LeaseLostError
from notifykit.storage import SqlRepository, retention
from notifykit.storage.persons import Person
from notifykit.submission import Outcome, Refusal, Status
from notifykit.testing.repository_case import LEASE, make_attempt, make_submission

OLD = timedelta(days=90)
PHONE = "+7 900 000-00-00"
CLIENT = "ivan@example.com"


@pytest.fixture(params=["sqlite", "postgresql", "postgresql+psycopg"])
def url(request, tmp_path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/notifykit.db"
    return request.getfixturevalue("postgres_url").replace("postgresql", request.param, 1)


@pytest.fixture
async def repository(url, clock):
    repository = SqlRepository(url, clock=clock)
    yield repository
    await repository.aclose()


def about(phone=PHONE, *, key=None, source="bot", **customer):
    submission = make_submission(key, source=source)
    customer = {"name": "Иван Петров", "phone": phone, "email": CLIENT, **customer}
    return replace(
        submission,
        recipients=("sales@example.com", CLIENT),
        subject=f"Заказ, {phone}",
        notification={"customer": customer, "conversation": "tg:42", "comment": "до 18:00"},
    )


async def settled(repository, submission, status=Status.SENT, outcome=Outcome.ACCEPTED):
    kept = await repository.add(submission, lease=LEASE)
    attempt = replace(
        make_attempt(),
        outcome=outcome,
        code=250,
        error=f"550 {CLIENT} unknown",
        accepted=("sales@example.com", CLIENT),
        refused=(Refusal(recipient=CLIENT, text=f"{CLIENT} is full", code=552),),
        finished_at=datetime.now(UTC),
    )
    done = replace(kept.with_attempt(attempt), status=status, last_error=f"550 {CLIENT}")
    return await repository.save(done)


async def everything(repository) -> str:
    tables = ("order_submissions", "delivery_attempts", "delivery_events", "erasures")
    found = await repository._read(
        lambda connection: [
            [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]
            for table in tables
        ]
    )
    return json.dumps(found, ensure_ascii=False, default=str)


async def records(repository) -> list[dict]:
    asked = text("SELECT * FROM erasures")
    return await repository._read(
        lambda connection: [dict(row) for row in connection.execute(asked).mappings()]
    )


async def test_what_is_old_loses_what_is_personal_and_keeps_what_is_counted(
    repository, clock
) -> None:
    before = await settled(repository, about(key="order:hash"))
    clock.advance(days=91)
    purged = await retention.purge(repository, older_than=OLD)
    after = await repository.get(before.id)
    left = await everything(repository)

    assert retention.Purged(blanked=1) == purged
    assert (None, "", {}, (), None) == (
        after.email,
        after.subject,
        after.notification,
        after.recipients,
        after.last_error,
    )
    assert f"erased:{before.id}" == after.idempotency_key
    same = (
        "id",
        "kind",
        "reference",
        "status",
        "created_at",
        "updated_at",
        "sent_at",
        "message_id",
    )
    assert [getattr(before, name) for name in same] == [getattr(after, name) for name in same]
    attempt = after.attempts[0]
    was = before.attempts[0]
    assert (was.provider, was.outcome, was.code, was.started_at, was.finished_at) == (
        attempt.provider,
        attempt.outcome,
        attempt.code,
        attempt.started_at,
        attempt.finished_at,
    )
    assert (None, None, (), ()) == (
        attempt.error,
        attempt.sha256,
        attempt.accepted,
        attempt.refused,
    )
    assert [] == [
        word
        for word in (CLIENT, "Иван", "900 000", "+7900", "sales@", "order:hash")
        if word in left
    ]


async def test_what_is_young_or_open_is_not_touched(repository, clock) -> None:
    opened = [
        await repository.add(about()),
        await repository.add(about(), lease=LEASE),
        await settled(repository, about(), Status.UNCONFIRMED, Outcome.UNKNOWN),
    ]
    clock.advance(days=91)
    young = await settled(repository, about())
    clock.advance(days=89)
    purged = await retention.purge(repository, older_than=OLD)

    assert retention.Purged(still_open=3) == purged
    assert [*opened, young] == [await repository.get(one.id) for one in (*opened, young)]


async def test_age_counts_from_when_it_was_settled(repository, clock) -> None:
    kept = await repository.add(about(), lease=LEASE)
    clock.advance(days=91)
    await repository.save(replace(kept, status=Status.FAILED))

    assert retention.Purged() == await retention.purge(repository, older_than=OLD)

    clock.advance(days=91)

    assert 1 == (await retention.purge(repository, older_than=OLD)).blanked


async def test_purging_again_finds_nothing(repository, clock) -> None:
    await settled(repository, about())
    clock.advance(days=91)
    await retention.purge(repository, older_than=OLD)

    assert retention.Purged() == await retention.purge(repository, older_than=OLD)


async def test_only_one_bots_are_purged_where_it_is_named(repository, clock) -> None:
    ours, theirs = [await settled(repository, about(source=name)) for name in ("bot", "other")]
    clock.advance(days=91)

    assert 1 == (await retention.purge(repository, older_than=OLD, source="bot")).blanked
    assert (await repository.get(ours.id)).email is None
    assert theirs == await repository.get(theirs.id)


async def test_rows_are_removed_with_their_attempts(repository, clock) -> None:
    blanked = await settled(repository, about())
    clock.advance(days=91)
    await retention.purge(repository, older_than=OLD)
    await settled(repository, about(key="young"))
    waiting = await repository.add(about())
    purged = await retention.purge(repository, older_than=OLD, rows=True)
    left = await everything(repository)

    assert retention.Purged(removed=1) == purged
    assert blanked.id not in left
    assert {waiting.id} < {one.id for one in await repository.recent()}


async def test_a_dry_run_counts_and_changes_nothing(repository, clock) -> None:
    await settled(repository, about())
    clock.advance(days=91)
    before = await everything(repository)
    purged = await retention.purge(repository, older_than=OLD, dry_run=True)
    removed = await retention.purge(repository, older_than=OLD, rows=True, dry_run=True)
    erased = await retention.erase(repository, PHONE, dry_run=True)

    assert (1, 1, 1) == (purged.blanked, removed.removed, erased.submissions)
    assert (None, None) == (erased.id, erased.key)
    assert before == await everything(repository)


async def test_more_than_a_batch_is_purged_in_several(repository, clock, monkeypatch) -> None:
    monkeypatch.setattr(retention, "_BATCH", 2)
    for _ in range(5):
        await settled(repository, about())
    clock.advance(days=91)

    assert 5 == (await retention.purge(repository, older_than=OLD)).blanked
    assert {None} == {(await repository.get(one.id)).email for one in await repository.recent()}


async def test_what_is_not_yet_to_come_cannot_be_purged(repository) -> None:
    with pytest.raises(ValueError, match="older_than"):
        await retention.purge(repository, older_than=-OLD)


@pytest.mark.parametrize("contact", ["8 (900) 000-00-00", "IVAN@example.com", "tg:42", "@ivan_p"])
async def test_a_person_is_gone_everywhere(repository, url, contact) -> None:
    before = await settled(repository, about(telegram="ivan_p", key="order:hash"))
    anna = replace(make_submission(), notification={"customer": "Анна"}, subject="Анна")
    other = await repository.add(anna, lease=LEASE)
    await repository.save(replace(other, status=Status.SENT))
    await retention.erase(repository, "anna@example.com")
    erased = await retention.erase(url, contact)
    after = await repository.get(before.id)

    assert (1, 0, ()) == (erased.submissions, erased.cancelled, erased.skipped)
    assert (Status.SENT, before.sent_at, {}) == (after.status, after.sent_at, after.notification)
    assert (None, "", None) == (after.email, after.subject, after.last_error)
    assert f"erased:{before.id}" == after.idempotency_key
    assert other.notification == (await repository.get(other.id)).notification


async def test_the_sales_team_stays_the_recipient(repository) -> None:
    before = await settled(repository, about())
    await retention.erase(repository, CLIENT)
    after = await repository.get(before.id)

    assert ("sales@example.com",) == after.recipients == after.attempts[0].accepted
    assert () == after.attempts[0].refused
    assert CLIENT not in await everything(repository)


async def test_one_of_the_sales_team_goes_without_the_clients_orders(repository) -> None:
    before = await settled(repository, about())
    erased = await retention.erase(repository, "sales@example.com")
    after = await repository.get(before.id)

    assert 1 == erased.submissions
    assert (before.subject, before.notification) == (after.subject, after.notification)
    assert ((CLIENT,), None) == (after.recipients, after.email)
    assert "sales@example.com" not in await everything(repository)


async def test_the_record_says_nothing_without_its_key(repository, clock) -> None:
    await settled(repository, about())
    erased = await retention.erase(repository, PHONE, source="bot")
    (record,) = await records(repository)
    contact = Person.known_by(PHONE).contact

    assert (erased.id, "bot", 1) == (record["id"], record["source"], record["submissions"])
    assert f"{clock.now:%Y-%m-%d}" == str(record["erased_at"])[:10]
    assert "phone:+79000000000" == contact
    assert (
        record["contact_hmac"]
        == hmac.new(bytes.fromhex(erased.key), contact.encode(), "sha256").hexdigest()
    )
    assert erased.key not in await everything(repository)


async def test_that_nothing_was_found_is_recorded_too(repository) -> None:
    erased = await retention.erase(repository, "nobody@example.com")

    assert [(erased.id, None, 0)] == [
        (record["id"], record["source"], record["submissions"])
        for record in await records(repository)
    ]


async def test_what_is_open_is_skipped_and_named(repository) -> None:
    kept = await repository.add(about())
    erased = await retention.erase(repository, PHONE)

    assert ((kept.reference, kept.id, Status.QUEUED),) == erased.skipped
    assert (0, 0) == (erased.submissions, erased.cancelled)
    assert kept == await repository.get(kept.id)


async def test_what_is_open_can_be_cancelled_first(repository) -> None:
    kept = await repository.add(about())
    erased = await retention.erase(repository, PHONE, also_open=True)
    after = await repository.get(kept.id)

    assert (1, 1, ()) == (erased.submissions, erased.cancelled, erased.skipped)
    assert (Status.FAILED, retention.ERASED, None) == (after.status, after.last_error, after.due_at)
    assert [] == list(await repository.claim(source="bot", lease=LEASE))
    left = await everything(repository)
    assert [] == [digits for digits in ("900 000", "+7900") if digits in left]


async def test_what_is_being_sent_is_never_cancelled(repository) -> None:
    kept = await repository.add(about(), lease=LEASE)
    erased = await retention.erase(repository, PHONE, also_open=True)

    assert ((kept.reference, kept.id, Status.SENDING),) == erased.skipped
    assert kept == await repository.get(kept.id)


@pytest.mark.parametrize(
    ("status", "outcome", "becomes"),
    [
        (Status.UNCONFIRMED, Outcome.UNKNOWN, Status.UNCONFIRMED),
        (Status.QUEUED, Outcome.STARTED, Status.UNCONFIRMED),
        (Status.QUEUED, Outcome.ACCEPTED, Status.SENT),
        (Status.QUEUED, Outcome.UNAVAILABLE, Status.FAILED),
    ],
)
async def test_a_cancelled_one_says_no_more_than_is_known(
    repository, status, outcome, becomes
) -> None:
    kept = await settled(repository, about(), status, outcome)
    erased = await retention.erase(repository, PHONE, also_open=True)
    after = await repository.get(kept.id)

    assert (1, becomes, None) == (erased.cancelled, after.status, after.due_at)
    assert (becomes is Status.SENT) == (after.sent_at is not None)


async def test_whoever_saw_it_before_cannot_write_it_back(repository) -> None:
    before = await settled(repository, about())
    await retention.erase(repository, PHONE)
    with pytest.raises(LeaseLostError):
        await repository.save(replace(before, last_error="late", attempts=()))

    assert CLIENT not in await everything(repository)


async def test_the_same_content_is_new_after_it_was_erased(repository) -> None:
    await settled(repository, about(key="key"))
    await retention.erase(repository, PHONE)

    assert (await repository.add(about(key="key"))).repeated is False


async def test_what_cannot_be_a_contact_is_refused_before_anything_is_written(repository) -> None:
    with pytest.raises(ValueError, match="a phone, an email"):
        await retention.erase(repository, "Иван")

    assert [] == await records(repository)


@pytest.mark.parametrize(
    ("contact", "told", "found"),
    [
        (PHONE, "8-900-000-00-00", True),
        (PHONE, "звоните 10 раз: 89000000000 доб. 5", True),
        (PHONE, "(900) 000 00 00", True),
        (PHONE, {"phone": 79000000000}, True),
        (PHONE, "+7 900 000-00-01", False),
        (PHONE, "19000000000", False),
        ("+1 212 555-01-00", "1 (212) 555 0100", True),
        ("ivan@пример.рф", "пишите на Ivan@xn--e1afmkfd.xn--p1ai.", True),
        ("ivan@пример.рф", ["ivan@пример.рф"], True),
        (CLIENT, "xivan@example.com", False),
        (CLIENT, "ivan@example.com.ru", False),
        ("@Ivan_P", "https://t.me/ivan_p", True),
        ("https://t.me/ivan_p", {"telegram": "Ivan_P"}, True),
        ("@ivan_p", {"name": "ivan_p"}, False),
        ("@ivan_p", "@ivan_petrov", False),
        ("tg:42", {"telegram_id": 42}, True),
        ("tg:42", {"quantity": 42}, False),
        ("tg:42", "tg:421", False),
    ],
)
def test_a_contact_is_found_however_it_is_written(contact, told, found) -> None:
    assert found == Person.known_by(contact).is_in(told)


@pytest.mark.parametrize("contact", ["", "12", "Иван", "@", "tg:", "a@b", "tg:не имя"])
def test_what_is_no_contact_is_refused(contact) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the words differ
        Person.known_by(contact)


@pytest.mark.parametrize("how", ["erased", "purged"])
async def test_an_answer_that_comes_late_brings_nothing_back(repository, clock, how) -> None:
    """Somebody was asleep in the middle of a conversation with a provider."""
    slow = await repository.add(about(), lease=LEASE)
    begun = await repository.save(slow.with_attempt(make_attempt()))
    await repository.save(replace(begun, status=Status.SENT if how == "purged" else Status.QUEUED))
    if how == "erased":
        await retention.erase(repository, PHONE, also_open=True)
    else:
        clock.advance(days=1)
        await retention.purge(repository, older_than=timedelta(0))
    late = replace(
        begun.attempts[0],
        outcome=Outcome.ACCEPTED,
        error=f"550 {CLIENT} unknown",
        accepted=("sales@example.com",),
        refused=(Refusal(recipient=CLIENT, text=f"{CLIENT} is full", code=552),),
    )
    with pytest.raises(LeaseLostError):
        await repository.save(replace(begun, status=Status.SENT).with_attempt(late))
    (kept,) = (await repository.get(slow.id)).attempts

    assert Outcome.ACCEPTED is kept.outcome
    assert (None, None, ()) == (kept.error, kept.sha256, kept.refused)
    assert (("sales@example.com",) if how == "erased" else ()) == kept.accepted
