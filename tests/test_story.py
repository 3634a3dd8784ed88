"""What happened to a submission, told in plain words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifykit.diagnosis import Reply, diagnose
from notifykit.story import Line, Tone, tell
from notifykit.story_texts import PROVIDERS, STORY
from notifykit.submission import (
    Action,
    Attempt,
    Decision,
    Event,
    EventKind,
    Outcome,
    Refusal,
    Status,
    Submission,
)

NOW = datetime(2026, 11, 22, 14, 3, 10, tzinfo=UTC)
ONE, TWO = "sales@example.com", "second@example.com"
PASSWORD = diagnose(
    Reply(provider="gmail", stage="auth", code=534, text="5.7.9 Application-specific password")
)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def attempt(seconds: float, outcome: Outcome, provider: str = "gmail", **more) -> Attempt:
    return Attempt(
        id=f"attempt-{seconds}",
        provider=provider,
        outcome=outcome,
        started_at=at(seconds - 1),
        finished_at=None if outcome is Outcome.STARTED else at(seconds),
        **more,
    )


def submission(status: Status, *attempts: Attempt, **more) -> Submission:
    return Submission(
        **{
            "id": "1",
            "kind": "order",
            "reference": "KMT-4827",
            "status": status,
            "recipients": (ONE, TWO),
            "subject": "Заказ",
            "notification": {},
            "email": None,
            "message_id": "<1@example.com>",
            "idempotency_key": "k",
            "created_at": NOW,
            "updated_at": at(60),
            "attempts": attempts,
        }
        | more
    )


def texts(lines: list[Line]) -> list[str]:
    return [line.text for line in lines]


def test_a_refused_login_and_the_provider_that_took_it_are_told_in_order() -> None:
    refused = attempt(2, Outcome.AUTHENTICATION, error="534 5.7.9", diagnosis=PASSWORD)
    taken = attempt(3, Outcome.ACCEPTED, "sendgrid", accepted=(ONE, TWO))

    lines = tell(submission(Status.SENT, refused, taken), locale="en")

    assert PASSWORD is not None
    assert lines == [
        Line(at=NOW, tone=Tone.INFO, text="The order was accepted, reference KMT-4827."),
        Line(
            at=at(2),
            tone=Tone.BAD,
            text="Gmail refused the login: this is the password of the Google account; sending "
            "needs an app password.",
            advice=PASSWORD.advice("en"),
            link=PASSWORD.link,
        ),
        Line(at=at(3), tone=Tone.OK, text="SendGrid took the mail."),
    ]


def test_the_same_is_told_in_russian() -> None:
    refused = attempt(2, Outcome.AUTHENTICATION, error="534 5.7.9", diagnosis=PASSWORD)
    taken = attempt(3, Outcome.ACCEPTED, "yandex", accepted=(ONE, TWO))

    lines = tell(submission(Status.SENT, refused, taken))

    assert PASSWORD is not None
    assert texts(lines) == [
        "Заказ принят, номер обращения KMT-4827.",
        f"Gmail не принял вход: у{PASSWORD.cause('ru')[1:]}",
        "Яндекс принял письмо.",
    ]


def test_a_name_at_the_beginning_of_a_cause_keeps_its_capital() -> None:
    known = diagnose(Reply(provider="gmail", stage="auth", code=535, text="5.7.8 not accepted"))
    refused = attempt(2, Outcome.AUTHENTICATION, diagnosis=known)

    line = tell(submission(Status.QUEUED, refused))[1]

    assert "Gmail не принял вход: Google не принял логин и пароль." == line.text


def test_a_refusal_without_a_known_cause_is_told_in_the_providers_words() -> None:
    refused = attempt(1, Outcome.UNAVAILABLE, "smtp", error="451 try\n later {now}")
    silent = attempt(2, Outcome.UNAVAILABLE, "mine")

    lines = tell(submission(Status.QUEUED, refused, silent), locale="en")

    assert texts(lines)[1:] == [
        "The SMTP server did not take the mail for now: 451 try later {now}",
        "mine did not take the mail for now.",
    ]


def test_every_recipient_that_was_not_taken_is_told() -> None:
    refused = (
        Refusal(recipient=TWO, text="550 no such\nmailbox"),
        Refusal(recipient="x@example.com", text="450 later", permanent=False),
    )
    taken = attempt(1, Outcome.ACCEPTED, accepted=(ONE,), refused=refused)

    lines = tell(submission(Status.SENT, taken), locale="en")

    assert [(line.tone, line.text) for line in lines[1:]] == [
        (Tone.OK, "Gmail took the mail for sales@example.com."),
        (
            Tone.BAD,
            "Gmail did not take the recipient second@example.com: 550 no such mailbox",
        ),
        (
            Tone.WAIT,
            "Gmail does not take the mail for x@example.com for now: 450 later",
        ),
    ]


def test_a_lost_answer_that_waits_for_a_person_says_what_can_be_decided() -> None:
    lost = attempt(1, Outcome.UNKNOWN, error="connection reset")

    lines = tell(submission(Status.UNCONFIRMED, lost), locale="en")

    assert "Gmail may have taken the mail, the answer was lost: connection reset" == lines[1].text
    assert (Tone.WAIT, at(60)) == (lines[-1].tone, lines[-1].at)
    assert lines[-1].advice is not None
    assert "notifykit mark-sent KMT-4827" in lines[-1].advice


def test_the_next_try_is_told_with_its_time() -> None:
    refused = attempt(1, Outcome.UNAVAILABLE)

    lines = tell(submission(Status.QUEUED, refused, due_at=at(300)), locale="en")

    assert Line(at=at(300), tone=Tone.WAIT, text="Next try.") == lines[-1]


def test_where_nobody_could_be_asked_the_cause_is_told() -> None:
    waiting = submission(Status.QUEUED, due_at=at(0), last_error="535", diagnosis=PASSWORD)

    lines = tell(waiting, locale="en")

    assert lines[1].text.startswith("Waiting: nobody can be asked for now: this is the password")
    assert PASSWORD is not None
    assert PASSWORD.advice("en") == lines[1].advice


def test_a_try_without_an_answer_is_under_way_or_was_cut_off() -> None:
    begun = attempt(1, Outcome.STARTED)

    sending = tell(submission(Status.SENDING, begun), locale="en")
    cut_off = tell(submission(Status.UNCONFIRMED, begun), locale="en")

    assert "Gmail is getting the mail, there is no answer yet." == sending[1].text
    assert "Gmail was cut off in the middle, the mail may have gone." == cut_off[1].text


def test_what_people_decided_is_told_once_and_with_their_names() -> None:
    reopened = attempt(5, Outcome.REOPENED, "operator", decided_by="Анна")
    cancelled = attempt(9, Outcome.CANCELLED, "operator")
    decisions = [
        Decision(id=reopened.id, source="bot", action=Action.RESENT, decided_at=at(6)),
        Decision(
            id="2", source="bot", action=Action.ACKNOWLEDGED, decided_by="Иван", decided_at=at(7)
        ),
    ]

    lines = tell(submission(Status.FAILED, reopened, cancelled), (), decisions, locale="en")

    assert texts(lines)[1:] == [
        "Decided: send it again (Анна).",
        "Somebody is seeing to it (Иван).",
        "Decided: do not send it (no name given).",
    ]


def test_an_event_that_settled_a_lost_answer_is_not_taken_for_a_person() -> None:
    lost = attempt(1, Outcome.UNKNOWN, "mailgun")
    told = attempt(5, Outcome.CONFIRMED, "operator", decided_by="mailgun", accepted=(ONE, TWO))

    lines = tell(submission(Status.SENT, lost, told), locale="en")

    assert "Mailgun told later that it has the mail." == lines[-1].text


@pytest.mark.parametrize("kind", EventKind)
def test_every_event_is_told_with_whom_it_is_about(kind: EventKind) -> None:
    event = Event(
        id="1",
        submission_id="1",
        provider="mailgun",
        kind=kind,
        recipient=TWO,
        text="550 no",
        occurred_at=at(9),
    )
    taken = attempt(2, Outcome.ACCEPTED, "mailgun", accepted=(ONE, TWO))

    about_one = tell(submission(Status.SENT, taken), [event], locale="en")[-1]
    about_all = tell(submission(Status.SENT, taken), [replace(event, recipient=None)])[-1]

    assert at(9) == about_one.at
    assert (TWO in about_one.text) == (kind is not EventKind.ACCEPTED)
    assert TWO not in about_all.text


def test_a_bounce_between_two_attempts_is_told_between_them() -> None:
    event = Event(
        id="1",
        submission_id="1",
        provider="imap",
        kind=EventKind.BOUNCED,
        text="550 mailbox full",
        occurred_at=at(4),
    )
    attempts = (attempt(2, Outcome.ACCEPTED, accepted=(ONE,)), attempt(6, Outcome.UNAVAILABLE))

    lines = tell(submission(Status.QUEUED, *attempts), [event], locale="en")

    assert "The mail came back: 550 mailbox full" == lines[2].text
    assert (Tone.BAD, [2, 4, 6]) == (
        lines[2].tone,
        [(line.at - NOW).total_seconds() for line in lines[1:]],
    )


def test_what_failed_says_how_to_send_it_again() -> None:
    refused = attempt(1, Outcome.REJECTED, error="550 no such mailbox")

    line = tell(submission(Status.FAILED, refused), locale="en")[-1]

    assert (Tone.BAD, "Not delivered, and it will not be tried again.") == (line.tone, line.text)
    assert line.advice is not None
    assert "notifykit resend KMT-4827" in line.advice


def test_a_kind_of_ones_own_has_a_beginning_too() -> None:
    line = tell(submission(Status.SENT, kind="refund"), locale="en")[0]

    assert "KMT-4827 was accepted." == line.text


def test_both_languages_say_the_same_things() -> None:
    assert STORY["ru"].keys() == STORY["en"].keys()
    assert PROVIDERS["ru"].keys() == PROVIDERS["en"].keys()


def test_it_begins_with_its_acceptance_although_the_databases_clock_is_ahead() -> None:
    taken = attempt(-3, Outcome.ACCEPTED, accepted=(ONE, TWO))

    lines = tell(submission(Status.SENT, taken), locale="en")

    assert texts(lines) == ["The order was accepted, reference KMT-4827.", "Gmail took the mail."]
