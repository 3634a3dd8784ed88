"""What Mailgun tells, brought into one form. The fields are those of its documentation."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifykit.submission import Event, EventKind
from notifykit.webhooks import mailgun
from notifykit.webhooks.reading import Fields, Ignored, Note, Unreadable

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
COMMON = {
    "id": "DACSsAdVSeGpLid7TN03WA",
    "recipient": "sales@example.com",
    "timestamp": 1_795_348_800.5,
    "user-variables": {"submission_id": "019a-id"},
    "message": {"headers": {"message-id": "20130503182626.18666.16540@mg.example.com"}},
    "flags": {"is-test-mode": False},
    "tags": [],
}
EVENT = Event(
    id="token",
    submission_id="019a-id",
    provider="mailgun",
    kind=EventKind.ACCEPTED,
    recipient="sales@example.com",
    occurred_at=datetime(2026, 11, 22, 12, 0, 0, 500_000, tzinfo=UTC),
)
BOUNCE = {
    "attempt-no": 1,
    "code": 550,
    "enhanced-code": "5.1.1",
    "message": "5.1.1 The email account that you tried to reach does not exist",
    "description": "",
    "tls": True,
}


def read(**fields) -> Event:
    note = mailgun.note(Fields({**COMMON, **fields}), "token", NOW)

    assert isinstance(note, Note)
    assert "<20130503182626.18666.16540@mg.example.com>" == note.message_id
    return note.event


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("accepted", EventKind.ACCEPTED),
        ("opened", EventKind.OPENED),
        ("clicked", EventKind.CLICKED),
    ],
)
def test_events_have_one_form(name, kind) -> None:
    assert replace(EVENT, kind=kind) == read(event=name)


def test_delivered_comes_with_the_receiving_servers_words() -> None:
    status = {"code": 250, "message": "OK", "description": "", "attempt-no": 1}
    event = read(event="delivered", **{"delivery-status": status})

    assert replace(EVENT, kind=EventKind.DELIVERED, code=250, text="OK") == event


def test_a_permanent_failure_is_a_bounce_with_its_cause() -> None:
    event = read(
        event="failed", severity="permanent", reason="bounce", **{"delivery-status": BOUNCE}
    )

    expected = (EventKind.BOUNCED, 550, "5.1.1", BOUNCE["message"])
    assert expected == (event.kind, event.code, event.enhanced_code, event.text)
    assert event.diagnosis is not None
    assert "smtp.recipient-unknown" == event.diagnosis.id


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        ({"code": 602, "message": "Too old"}, "returned.given-up"),
        ({"code": 498, "message": "No MX for example.com"}, "returned.undelivered"),
        ({"code": 552, "message": "mailbox full"}, "returned.mailbox-full"),
    ],
)
def test_nobody_is_told_to_wait_for_a_mail_that_came_back(status, meaning) -> None:
    event = read(event="failed", severity="permanent", **{"delivery-status": status})

    assert event.diagnosis is not None
    assert meaning == event.diagnosis.id


def test_a_complaint_says_whom_to_ask_for_what() -> None:
    event = read(event="complained")

    assert EventKind.COMPLAINED == event.kind
    assert event.diagnosis is not None
    assert "returned.complaint" == event.diagnosis.id


def test_a_temporary_failure_is_a_deferral() -> None:
    status = {"code": 452, "message": "4.2.2 The email account is over quota", "retry-seconds": 600}
    event = read(event="failed", severity="temporary", **{"delivery-status": status})

    assert (EventKind.DEFERRED, 452) == (event.kind, event.code)
    assert event.diagnosis is not None


@pytest.mark.parametrize(
    ("reason", "code"), [("suppress-bounce", 605), ("suppress-complaint", None), ("old", "607")]
)
def test_an_address_on_mailguns_own_list_is_rejected(reason, code) -> None:
    status = {"code": code, "description": "Not delivering to previously bounced address"}
    event = read(event="failed", severity="permanent", reason=reason, **{"delivery-status": status})

    assert EventKind.REJECTED == event.kind
    assert "Not delivering to previously bounced address" == event.text
    assert event.diagnosis is not None
    assert "mailgun.suppressed" == event.diagnosis.id


def test_what_mailgun_itself_rejected_says_why() -> None:
    reject = {"reason": "Sandbox subdomains are for test purposes only", "description": ""}
    event = read(event="rejected", reject=reject)

    assert (EventKind.REJECTED, reject["reason"]) == (event.kind, event.text)


@pytest.mark.parametrize("name", ["unsubscribed", "stored", "list_member_uploaded", "new"])
def test_what_says_nothing_about_delivery_is_ignored(name) -> None:
    assert Ignored() == mailgun.note(Fields({**COMMON, "event": name}), "token", NOW)


def test_what_has_no_name_is_unreadable() -> None:
    with pytest.raises(Unreadable):
        mailgun.note(Fields(COMMON), "token", NOW)


def test_fields_of_the_wrong_kind_are_not_there() -> None:
    values = {
        "event": "failed",
        "recipient": ["a"],
        "user-variables": "text",
        "message": ["headers"],
        "delivery-status": [550],
        "timestamp": {},
        "severity": 1,
        "reason": 5,
    }
    note = mailgun.note(Fields(values), "token", NOW)

    event = replace(EVENT, submission_id="", recipient=None, kind=EventKind.BOUNCED)
    assert isinstance(note, Note)
    assert (None, replace(event, occurred_at=NOW)) == (
        note.message_id,
        replace(note.event, diagnosis=None),
    )
