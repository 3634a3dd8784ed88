"""What a submission tells its caller."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from notifykit.errors import (
    AuthenticationError,
    DeliveryError,
    OutcomeUnknownError,
    ProviderHeldError,
    RejectedError,
    UnavailableError,
)
from notifykit.submission import Attempt, Outcome, Status, Submission

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def submission(status: Status, *outcomes: Outcome, last_error: str | None = "421 busy"):
    attempts = tuple(
        Attempt(id=f"{number}", provider=f"p{number}", outcome=outcome, error="e", started_at=NOON)
        for number, outcome in enumerate(outcomes)
    )
    return Submission(
        id="1",
        kind="order",
        reference="KMT-4827",
        status=status,
        recipients=("sales@example.com",),
        subject="Заказ",
        notification={},
        email=None,
        message_id="<1@example.com>",
        idempotency_key="order:1",
        last_error=last_error,
        created_at=NOON,
        updated_at=NOON,
        attempts=attempts,
    )


@pytest.mark.parametrize(
    ("status", "outcomes", "kind"),
    [
        (Status.QUEUED, [Outcome.UNAVAILABLE], UnavailableError),
        (Status.QUEUED, [Outcome.AUTHENTICATION], AuthenticationError),
        (Status.QUEUED, [Outcome.REJECTED, Outcome.REOPENED, Outcome.HELD], ProviderHeldError),
        (Status.QUEUED, [], ProviderHeldError),
        (Status.FAILED, [Outcome.REJECTED], RejectedError),
        (Status.FAILED, [Outcome.UNAVAILABLE], RejectedError),
        (Status.FAILED, [Outcome.HELD, Outcome.CANCELLED], RejectedError),
        (Status.FAILED, [], RejectedError),
        (Status.UNCONFIRMED, [Outcome.UNKNOWN], OutcomeUnknownError),
        (Status.UNCONFIRMED, [Outcome.UNKNOWN, Outcome.HELD], OutcomeUnknownError),
        (Status.UNCONFIRMED, [Outcome.UNKNOWN, Outcome.REOPENED], OutcomeUnknownError),
        (Status.UNCONFIRMED, [Outcome.STARTED], OutcomeUnknownError),
    ],
)
def test_what_is_raised_says_what_will_happen_next(
    status: Status, outcomes: list[Outcome], kind: type[DeliveryError]
) -> None:
    with pytest.raises(DeliveryError) as caught:
        submission(status, *outcomes).raise_for_status()

    assert kind is caught.type


@pytest.mark.parametrize(
    "made",
    [
        submission(Status.SENT, Outcome.UNAVAILABLE, Outcome.ACCEPTED),
        submission(Status.SENDING, Outcome.UNAVAILABLE),
        submission(Status.QUEUED, last_error=None),
    ],
)
def test_nothing_is_raised_where_nothing_stopped_it(made: Submission) -> None:
    assert made is made.raise_for_status()
