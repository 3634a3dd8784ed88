"""What the attempts of a submission come to, as a table."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notifykit.settling import OnUnknown, RetryPolicy, Verdict, settle, waiting
from notifykit.submission import Attempt, Outcome, Refusal, Status, Submission, unresolved

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
ONE, TWO = "sales@example.com", "second@example.com"
EXACT = RetryPolicy(jitter=0.0)
SOON, LATER = timedelta(seconds=5), timedelta(seconds=15)
AT_ONCE = timedelta(0)
GREYLISTED = timedelta(minutes=5)


def attempt(
    outcome: Outcome,
    provider: str = "gmail",
    *,
    accepted: tuple[str, ...] = (),
    refused: tuple[Refusal, ...] = (),
) -> Attempt:
    return Attempt(
        id=f"{provider}-{outcome}",
        provider=provider,
        outcome=outcome,
        accepted=accepted,
        refused=refused,
        started_at=NOW,
    )


def submission(*attempts: Attempt, age: timedelta = timedelta(0)) -> Submission:
    return Submission(
        id="1",
        kind="order",
        reference="KMT-4827",
        recipients=(ONE, TWO),
        subject="Заказ",
        notification={},
        email=None,
        message_id="<1@example.com>",
        idempotency_key="k",
        created_at=NOW - age,
        updated_at=NOW,
        attempts=attempts,
    )


def for_good(recipient: str) -> Refusal:
    return Refusal(recipient=recipient, text="550 no such mailbox", permanent=True)


def for_now(recipient: str) -> Refusal:
    return Refusal(recipient=recipient, text="450 greylisted", permanent=False)


TAKEN = attempt(Outcome.ACCEPTED, accepted=(ONE, TWO))
TAKEN_FOR_ONE = attempt(Outcome.ACCEPTED, accepted=(ONE,), refused=(for_good(TWO),))
TAKEN_FOR_ONE_YET = attempt(Outcome.ACCEPTED, accepted=(ONE,), refused=(for_now(TWO),))
BUSY = attempt(Outcome.UNAVAILABLE)
LOST = attempt(Outcome.UNKNOWN)
CUT_OFF = attempt(Outcome.STARTED)
REFUSED = attempt(Outcome.REJECTED)
HELD = attempt(Outcome.HELD)
NO_LOGIN = attempt(Outcome.AUTHENTICATION)
DEFERRED = replace(BUSY, stage="rcpt")
CONFIRMED = attempt(Outcome.CONFIRMED, "operator", accepted=(ONE, TWO))
REOPENED = attempt(Outcome.REOPENED, "operator")
CANCELLED = attempt(Outcome.CANCELLED, "operator")

TABLE = {
    "nobody was asked because all are held": ([], Status.QUEUED, AT_ONCE),
    "taken for everybody": ([TAKEN], Status.SENT, None),
    "taken for one, and the other can never be": ([TAKEN_FOR_ONE], Status.SENT, None),
    "taken for one, and the other later": ([TAKEN_FOR_ONE_YET], Status.QUEUED, GREYLISTED),
    "all greylisted": ([DEFERRED], Status.QUEUED, GREYLISTED),
    "confirmed by somebody who knows": ([LOST, CONFIRMED], Status.SENT, None),
    "cancelled before anybody was asked": ([CANCELLED], Status.FAILED, None),
    "busy, and cancelled": ([BUSY, CANCELLED], Status.FAILED, None),
    "a login was refused, and cancelled": ([NO_LOGIN, CANCELLED], Status.FAILED, None),
    "taken for one, and cancelled for the other": (
        [TAKEN_FOR_ONE_YET, CANCELLED],
        Status.SENT,
        None,
    ),
    "an answer was lost, and cancelled: still not known": (
        [LOST, CANCELLED],
        Status.UNCONFIRMED,
        None,
    ),
    "cancelled, and reopened by hand": ([CANCELLED, REOPENED], Status.QUEUED, AT_ONCE),
    "refused, and reopened by hand": ([REFUSED, REOPENED], Status.QUEUED, AT_ONCE),
    "refused, reopened, and busy": ([REFUSED, REOPENED, BUSY], Status.QUEUED, SOON),
    "lost, and reopened by hand: still not known": ([LOST, REOPENED], Status.UNCONFIRMED, SOON),
    "busy once": ([BUSY], Status.QUEUED, SOON),
    "busy twice": ([BUSY, BUSY], Status.QUEUED, LATER),
    "busy at two providers is one round": (
        [BUSY, attempt(Outcome.UNAVAILABLE, "yandex")],
        Status.QUEUED,
        SOON,
    ),
    "a login was refused": ([NO_LOGIN], Status.QUEUED, AT_ONCE),
    "a quota is spent": ([HELD], Status.QUEUED, AT_ONCE),
    "one held, the next busy": (
        [HELD, attempt(Outcome.UNAVAILABLE, "yandex")],
        Status.QUEUED,
        SOON,
    ),
    "one busy, the next held": ([BUSY, attempt(Outcome.HELD, "yandex")], Status.QUEUED, SOON),
    "one held, the next took it": (
        [HELD, attempt(Outcome.ACCEPTED, "yandex", accepted=(ONE, TWO))],
        Status.SENT,
        None,
    ),
    "refused for good": ([REFUSED], Status.FAILED, None),
    "refused for good after one had it": ([TAKEN_FOR_ONE_YET, REFUSED], Status.SENT, None),
    "an answer was lost": ([LOST], Status.UNCONFIRMED, SOON),
    "cut off in the middle": ([CUT_OFF], Status.UNCONFIRMED, SOON),
    "lost, then taken by the same": ([LOST, TAKEN], Status.SENT, None),
    "lost, then taken by the same but for one: that one may have been": (
        [LOST, TAKEN_FOR_ONE_YET],
        Status.UNCONFIRMED,
        GREYLISTED,
    ),
    "lost, then taken by the same for one after the other": (
        [LOST, TAKEN_FOR_ONE_YET, replace(TAKEN, accepted=(TWO,))],
        Status.SENT,
        None,
    ),
    "lost, then busy: still not known": ([LOST, BUSY], Status.UNCONFIRMED, LATER),
    "lost, then refused: still not known": ([LOST, REFUSED], Status.UNCONFIRMED, None),
    "lost, and all have it by another provider's word": (
        [LOST, attempt(Outcome.ACCEPTED, "yandex", accepted=(ONE, TWO))],
        Status.SENT,
        None,
    ),
    "lost, and one has it by another provider's word": (
        [LOST, attempt(Outcome.ACCEPTED, "yandex", accepted=(ONE,))],
        Status.UNCONFIRMED,
        SOON,
    ),
    "lost, and nobody is left to ask for": (
        [LOST, attempt(Outcome.ACCEPTED, "yandex", accepted=(ONE,), refused=(for_good(TWO),))],
        Status.UNCONFIRMED,
        None,
    ),
}


@pytest.mark.parametrize("case", TABLE)
def test_what_attempts_come_to(case: str) -> None:
    attempts, status, again_in = TABLE[case]

    verdict = settle(submission(*attempts), policy=EXACT, now=NOW)

    assert Verdict(status=status, again_in=again_in) == verdict


def days_ago(days: float, *attempts: Attempt) -> list[Attempt]:
    return [replace(attempt, started_at=NOW - timedelta(days=days)) for attempt in attempts]


OVER = {
    "busy to the end": (days_ago(5, *[BUSY] * 7), Status.FAILED, None),
    "taken for one to the end": (days_ago(5, *[TAKEN_FOR_ONE_YET] * 7), Status.SENT, None),
    "held to the end still waits for the mended password": (
        days_ago(9, NO_LOGIN),
        Status.QUEUED,
        AT_ONCE,
    ),
    "lost to the end is never called failed": (days_ago(5, *[LOST] * 7), Status.UNCONFIRMED, None),
    "held for a week, and then busy once": (
        [*days_ago(9, NO_LOGIN), BUSY],
        Status.QUEUED,
        LATER,
    ),
    "switched off for a week after one try": (days_ago(9, BUSY), Status.QUEUED, SOON),
    "switched off for a week before the first": ([BUSY], Status.QUEUED, SOON),
}


@pytest.mark.parametrize("case", OVER)
def test_what_attempts_come_to_when_the_lifetime_is_over(case: str) -> None:
    attempts, status, again_in = OVER[case]

    verdict = settle(submission(*attempts, age=timedelta(days=10)), policy=EXACT, now=NOW)

    assert Verdict(status=status, again_in=again_in) == verdict


def test_a_lost_answer_waits_for_a_person_where_the_policy_says_so() -> None:
    policy = RetryPolicy(on_unknown=OnUnknown.HOLD)

    verdict = settle(submission(LOST), policy=policy, now=NOW)

    assert Verdict(status=Status.UNCONFIRMED) == verdict


def test_a_provider_that_names_a_time_is_not_asked_before() -> None:
    wish = timedelta(minutes=7)

    assert wish == settle(submission(BUSY), policy=EXACT, now=NOW, asked=wish).again_in
    impatient = settle(submission(BUSY), policy=EXACT, now=NOW, asked=timedelta(seconds=1))
    assert impatient.again_in == SOON


def test_delays_grow_to_an_hour_and_stay_there() -> None:
    seconds = [EXACT.delay(rounds).total_seconds() for rounds in range(10)]

    assert [5, 5, 15, 60, 180, 600, 1800, 3600, 3600, 3600] == seconds


def test_a_delay_is_drawn_within_its_jitter() -> None:
    drawn = {RetryPolicy().delay(3).total_seconds() for _ in range(200)}

    assert len(drawn) > 100
    assert min(drawn) >= 48
    assert max(drawn) <= 72


def test_whoever_was_refused_for_now_still_waits() -> None:
    assert (TWO,) == waiting(submission(TAKEN_FOR_ONE_YET))
    assert () == waiting(submission(TAKEN_FOR_ONE))
    assert (ONE, TWO) == waiting(submission(BUSY))


def test_only_the_same_provider_settles_a_lost_answer() -> None:
    assert "gmail" == unresolved([LOST])
    assert "gmail" == unresolved([LOST, BUSY])
    assert unresolved([LOST, TAKEN]) is None
    assert unresolved([LOST, TAKEN_FOR_ONE]) is None
    assert "gmail" == unresolved([LOST, TAKEN_FOR_ONE_YET])
    assert unresolved([BUSY]) is None
