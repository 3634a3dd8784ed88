from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from reliability.checker import Evidence, cases, check
from reliability.durable import Accept, Promise

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SALES = "sales@example.com"


def row(status: str = "SENT", **changes: Any) -> dict[str, Any]:
    values = {
        "id": "1",
        "idempotency_key": "order:1",
        "message_id": "<1@example.com>",
        "status": status,
        "recipients": [SALES],
        "notification": {"number": "A-1"},
        "due_at": None if status in ("SENT", "FAILED") else NOON,
    }
    return values | changes


def attempt(outcome: str = "ACCEPTED", **changes: Any) -> dict[str, Any]:
    values = {
        "number": 1,
        "submission_id": "1",
        "provider": "smtp",
        "outcome": outcome,
        "accepted": [SALES] if outcome == "ACCEPTED" else [],
        "refused": [],
        "sha256": "a",
        "started_at": NOON,
        "finished_at": NOON + timedelta(seconds=1),
        "cut_off": 0,
    }
    return values | changes


def accept(**changes: Any) -> Accept:
    values: dict[str, Any] = {
        "provider": "smtp",
        "message_id": "<1@example.com>",
        "sha256": "a",
        "recipients": (SALES,),
        "at": NOON.timestamp(),
    }
    return Accept(**values | changes)


def evidence(
    submission: dict[str, Any], attempts: list[dict[str, Any]], accepts: list[Accept]
) -> Evidence:
    return Evidence(submissions=[submission], attempts=attempts, accepts=accepts)


def rules(found: Evidence) -> set[str]:
    return {finding.rule for finding in check(found)}


KEPT = {
    "sent": evidence(row(), [attempt()], [accept()]),
    "not yet sent": evidence(row("QUEUED"), [], []),
    "refused for good": evidence(row("FAILED"), [attempt("REJECTED")], []),
    "cut off and asked again": evidence(
        row(), [attempt("UNKNOWN"), attempt(number=2)], [accept(), accept()]
    ),
    "late to tell that it was taken": evidence(
        row(), [attempt(cut_off=1), attempt(number=2)], [accept(), accept()]
    ),
    "one recipient at each of two providers": evidence(
        row(recipients=[SALES, "second@example.com"]),
        [
            attempt(),
            attempt(number=2, provider="mailgun", accepted=["second@example.com"]),
        ],
        [accept(), accept(provider="mailgun", recipients=("second@example.com",), sha256="b")],
    ),
    "not known, and open": evidence(row("UNCONFIRMED"), [attempt("UNKNOWN")], [accept()]),
}

BROKEN = {
    "false SENT": evidence(row(), [attempt("UNKNOWN")], []),
    "false FAILED": evidence(row("FAILED"), [attempt("UNKNOWN")], [accept()]),
    "false attempt": evidence(row(), [attempt(), attempt(number=2)][:1], []),
    "lost": evidence(row("FAILED"), [], []),
    "doubled": evidence(row(), [attempt(), attempt(number=2)], [accept(), accept()]),
    "unrecorded": evidence(row("QUEUED"), [attempt("UNAVAILABLE")], [accept()]),
    "two providers": evidence(
        row(),
        [attempt("UNKNOWN"), attempt(number=2, provider="mailgun")],
        [accept(), accept(provider="mailgun")],
    ),
    "changed": evidence(
        row(), [attempt("UNKNOWN"), attempt(number=2)], [accept(), accept(sha256="b")]
    ),
    "never stored": evidence(row(), [attempt()], [accept(), accept(message_id="<2@example.com>")]),
    "stuck": evidence(row("QUEUED", due_at=None), [], []),
}


@pytest.mark.parametrize("name", KEPT)
def test_nothing_is_found_where_the_promise_was_kept(name: str) -> None:
    assert [] == check(KEPT[name])


@pytest.mark.parametrize("rule", BROKEN)
def test_a_broken_promise_is_found(rule: str) -> None:
    assert rule in rules(BROKEN[rule])


def test_a_second_submission_of_one_order_is_found() -> None:
    twice = [row("QUEUED"), row("QUEUED", id="2", message_id="<2@example.com>")]

    assert {"key"} == rules(Evidence(submissions=twice, attempts=[], accepts=[]))


def test_an_accepted_order_that_is_nowhere_is_found() -> None:
    told = [Promise(number=1, submission="1")]
    nowhere = Evidence(submissions=[], attempts=[], accepts=[], promises=told)

    assert {"lost"} == rules(nowhere)


def test_an_order_that_was_accepted_as_another_is_found() -> None:
    told = [Promise(number=2, submission="1")]
    other = Evidence(submissions=[row("QUEUED")], attempts=[], accepts=[], promises=told)

    assert {"lost"} == rules(other)


def test_a_recipient_whom_everybody_forgot_is_found() -> None:
    two = row(recipients=[SALES, "second@example.com"])

    assert {"lost"} == rules(evidence(two, [attempt()], [accept()]))


def test_each_cut_off_attempt_explains_one_copy_more() -> None:
    attempts = [attempt("UNKNOWN"), attempt("UNAVAILABLE", number=2), attempt(number=3)]

    [case] = cases(evidence(row(), attempts, [accept(), accept(), accept()]))

    assert (1, 1) == case.extra


def test_what_was_answered_late_and_not_settled_is_counted() -> None:
    late = row("UNCONFIRMED", due_at=None)

    [case] = cases(evidence(late, [attempt("REJECTED"), attempt("REJECTED", number=2)], []))

    assert case.left_unsettled
