"""Which events prove that a provider took an email although its answer was lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notifykit.confirming import confirmed_by
from notifykit.submission import Attempt, Event, EventKind, Outcome, Refusal, Submission
from notifykit.testing.repository_case import make_submission

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
A, B = "a@example.com", "b@example.com"


def attempt(outcome: Outcome, provider: str = "sendgrid", **fields) -> Attempt:
    return Attempt(
        id=str(len(fields)) + provider + outcome,
        provider=provider,
        outcome=outcome,
        started_at=NOW,
        **fields,
    )


def submission(*attempts: Attempt, to: tuple[str, ...] = (A,)) -> Submission:
    return replace(make_submission(), recipients=to, attempts=attempts)


def told(recipient: str | None = A, provider: str = "sendgrid", kind=EventKind.ACCEPTED) -> Event:
    return Event(
        id="id",
        submission_id="id",
        provider=provider,
        kind=kind,
        recipient=recipient,
        occurred_at=NOW,
    )


LOST = attempt(Outcome.UNKNOWN, stage="http")
LOST_BY_SMTP = attempt(Outcome.UNKNOWN, stage="content")
CUT_OFF = attempt(Outcome.STARTED)


@pytest.mark.parametrize("kind", list(EventKind))
@pytest.mark.parametrize("lost", [LOST, LOST_BY_SMTP, CUT_OFF])
def test_whatever_the_provider_tells_proves_that_it_has_the_email(kind, lost) -> None:
    assert (A,) == confirmed_by(submission(lost), [told(kind=kind)])


def test_it_proves_that_also_where_the_second_try_was_refused() -> None:
    refused = attempt(Outcome.REJECTED)

    assert (A,) == confirmed_by(submission(LOST, refused), [told()])


def test_spelling_does_not_matter() -> None:
    assert (A,) == confirmed_by(submission(LOST_BY_SMTP), [told("A@Example.COM")])


def test_another_provider_proves_nothing() -> None:
    for provider in ("mailgun", "imap"):
        assert () == confirmed_by(submission(LOST), [told(provider=provider)])


def test_where_nothing_was_lost_there_is_nothing_to_prove() -> None:
    refused = attempt(Outcome.UNAVAILABLE)
    for tried in ((), (refused,), (LOST, attempt(Outcome.ACCEPTED, accepted=(A,)))):
        assert () == confirmed_by(submission(*tried), [told()])
    assert () == confirmed_by(submission(LOST), [])


def test_one_recipient_of_a_request_over_http_proves_all_of_it() -> None:
    assert (A, B) == confirmed_by(submission(LOST, to=(A, B)), [told(A)])


def test_over_smtp_everybody_has_to_be_proven() -> None:
    lost = submission(LOST_BY_SMTP, to=(A, B))

    assert () == confirmed_by(lost, [told(A)])
    assert (A, B) == confirmed_by(lost, [told(A), told(B, kind=EventKind.BOUNCED)])


def test_what_is_about_those_who_were_served_before_proves_nothing() -> None:
    partial = attempt(
        Outcome.ACCEPTED,
        accepted=(A,),
        refused=(Refusal(recipient=B, text="450 later", permanent=False),),
    )

    assert () == confirmed_by(submission(partial, LOST, to=(A, B)), [told(A)])
    assert (B,) == confirmed_by(submission(partial, LOST, to=(A, B)), [told(B)])


def test_an_event_that_names_nobody_proves_a_single_recipient() -> None:
    assert (A,) == confirmed_by(submission(LOST_BY_SMTP), [told(None)])
    assert () == confirmed_by(submission(LOST_BY_SMTP, to=(A, B)), [told(None)])
    assert (A, B) == confirmed_by(submission(LOST, to=(A, B)), [told(None)])
