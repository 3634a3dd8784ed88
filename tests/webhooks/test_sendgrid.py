"""What SendGrid tells, brought into one form. The fields are those of its documentation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifykit.submission import Event, EventKind
from notifykit.webhooks import sendgrid
from notifykit.webhooks.reading import Fields, Ignored, Note, Unreadable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COMMON = {
    "email": "sales@example.com",
    "timestamp": 1_795_348_800,
    "smtp-id": "<14c5d75ce93.dfd.64b469@example.com>",
    "category": ["order"],
    "sg_event_id": "bWFpbC0xMDk5NDkxOQ",
    "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
    "submission_id": "019a-id",
}
EVENT = Event(
    id="bWFpbC0xMDk5NDkxOQ",
    submission_id="019a-id",
    provider="sendgrid",
    kind=EventKind.ACCEPTED,
    recipient="sales@example.com",
    occurred_at=datetime(2026, 11, 22, 12, 0, tzinfo=UTC),
)


def read(**fields) -> Event:
    note = sendgrid.note(Fields({**COMMON, **fields}), NOW)

    assert isinstance(note, Note)
    assert "<14c5d75ce93.dfd.64b469@example.com>" == note.message_id
    return note.event


def known(event: Event) -> str | None:
    return event.diagnosis.id if event.diagnosis else None


def test_processed_is_accepted_and_not_delivered() -> None:
    assert EVENT == read(event="processed")


def test_delivered_comes_with_the_receiving_servers_words() -> None:
    event = read(event="delivered", response="250 2.0.0 OK 1795348800 gsmtp", tls=1)

    text = "250 2.0.0 OK 1795348800 gsmtp"
    assert replace(EVENT, kind=EventKind.DELIVERED, code=250, text=text) == event


def test_deferred_says_why_and_what_it_means() -> None:
    event = read(event="deferred", response="450 4.2.1 mailbox busy", attempt="5")

    assert (EventKind.DEFERRED, 450, "450 4.2.1 mailbox busy") == (
        event.kind,
        event.code,
        event.text,
    )
    assert event.diagnosis is not None


@pytest.mark.parametrize("kind", ["bounce", "blocked"])
def test_a_bounce_and_a_block_are_both_bounces(kind) -> None:
    reason = "550 5.1.1 The email account that you tried to reach does not exist"
    event = read(event="bounce", type=kind, reason=reason, status="5.1.1")

    expected = (EventKind.BOUNCED, 550, "5.1.1", reason)
    assert expected == (event.kind, event.code, event.enhanced_code, event.text)
    assert event.diagnosis is not None
    assert "smtp.recipient-unknown" == event.diagnosis.id


def test_dropped_is_rejected_and_says_whom_to_ask() -> None:
    event = read(event="dropped", reason="Bounced Address", status="5.0.0")

    assert (EventKind.REJECTED, None, "Bounced Address") == (event.kind, event.code, event.text)
    assert event.diagnosis is not None
    assert "sendgrid.suppressed" == event.diagnosis.id


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("open", EventKind.OPENED),
        ("click", EventKind.CLICKED),
    ],
)
def test_what_readers_do_is_told_too(name, kind) -> None:
    event = read(event=name, useragent="Mozilla", ip="192.0.2.1", url="https://example.com")

    assert replace(EVENT, kind=kind) == event


@pytest.mark.parametrize(
    "name", ["unsubscribe", "group_unsubscribe", "group_resubscribe", "something_new"]
)
def test_what_says_nothing_about_delivery_is_ignored(name) -> None:
    assert Ignored() == sendgrid.note(Fields({**COMMON, "event": name}), NOW)


@pytest.mark.parametrize("values", [None, 1, "text", [], ["event"]])
def test_what_is_no_object_is_unreadable(values) -> None:
    with pytest.raises(Unreadable):
        Fields(values)


@pytest.mark.parametrize("event", [None, 5, "", {"a": 1}, "x" * 400])
def test_what_has_no_name_is_unreadable(event) -> None:
    with pytest.raises(Unreadable):
        sendgrid.note(Fields({**COMMON, "event": event}), NOW)


def test_an_event_without_an_id_gets_one_of_its_content() -> None:
    one, same = (read(event="open", sg_event_id=None) for _ in range(2))
    other = read(event="open", sg_event_id=None, timestamp=1_795_348_801)

    assert one.id == same.id
    assert one.id.startswith("sha256:")
    assert one.id != other.id


@pytest.mark.parametrize("timestamp", [None, "never", "NaN", 1e300, "9" * 500, True, [], -1e18])
def test_an_event_without_a_sensible_time_happened_when_it_was_told(timestamp) -> None:
    assert NOW == read(event="delivered", timestamp=timestamp).occurred_at


def test_secrets_and_control_characters_in_a_servers_words_are_taken_out() -> None:
    event = read(event="bounce", reason="550 no\x00\x1b[31m key SG.secret-secret \u202egnp")

    assert event.text is not None
    assert "SG.secret" not in event.text
    assert event.text.isprintable()


def test_fields_of_the_wrong_kind_are_not_there() -> None:
    event = read(event="bounce", reason=["550"], status={"a": 1}, email=5, sg_event_id=["x"])

    nothing = (None, None, None, None)
    assert nothing == (event.text, event.enhanced_code, event.recipient, event.code)
    assert event.id.startswith("sha256:")


def test_a_complaint_says_whom_to_ask_for_what() -> None:
    event = read(event="spamreport")

    assert (EventKind.COMPLAINED, "returned.complaint") == (event.kind, known(event))


def test_what_would_be_our_own_fault_is_not_blamed_on_us_by_a_receiving_server() -> None:
    event = read(event="bounce", reason="550 5.7.1 Relaying denied")

    assert "returned.undelivered" == known(event)


@pytest.mark.parametrize(
    ("reason", "status", "meaning"),
    [
        ("552 5.2.2 The email account is over quota", "5.2.2", "returned.mailbox-full"),
        ("451 4.7.1 Greylisting in action", "4.7.1", "returned.undelivered"),
        ("554 5.7.1 Client host [192.0.2.7] blocked using x", "5.7.1", "returned.sender-blocked"),
        ("unable to get mx info: no such host", "4.0.0", "returned.undelivered"),
        ("Delivery expired (message too old)", "4.4.7", "returned.given-up"),
        ("550 Maximum sending rate exceeded", "", "returned.undelivered"),
    ],
)
def test_nobody_is_told_to_wait_for_a_mail_that_came_back(reason, status, meaning) -> None:
    event = read(event="bounce", reason=reason, status=status)

    assert meaning == known(event)
    assert "повторится" not in event.diagnosis.advice("ru")


@pytest.mark.parametrize(
    ("reason", "meaning"),
    [
        ("Spam Content", "returned.not-sent"),
        ("Something new", "returned.not-sent"),
        ("Recipient List over Package Quota", "sendgrid.credits-exceeded"),
    ],
)
def test_nobody_is_told_to_wait_for_a_mail_that_was_dropped(reason, meaning) -> None:
    assert meaning == known(read(event="dropped", reason=reason))


@pytest.mark.parametrize(
    ("response", "meaning"),
    [
        ("450 4.3.2 Come back", "smtp.recipient-unavailable"),
        ("452 The mailbox is full", "smtp.mailbox-full"),
        ("", "returned.delayed"),
        ("550 5.1.1 No such user", "returned.delayed"),
    ],
)
def test_a_delay_says_that_the_provider_goes_on_trying(response, meaning) -> None:
    assert meaning == known(read(event="deferred", response=response))
