"""What a submission's notification says, as far as it can still be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from pydantic import ValidationError

from notifykit.notifications import Contact, ManagerCall, Notification, Order
from notifykit.submission import OPERATOR, Attempt, Outcome, Status, Submission

_WAITS = (Status.QUEUED, Status.SENDING)
_LOST = ("bounced", "rejected", "complained")


@dataclass(frozen=True)
class Facts:
    """
    One submission as a person sees it.

    What was erased, and kinds whose class is not loaded, have no customer and no sum; the page
    shows what is left.
    """

    submission: Submission

    @cached_property
    def notification(self) -> Notification | None:
        """The notification as it was accepted; ``None`` where it cannot be read any more."""
        model = kinds().get(self.submission.kind)
        if model is None or not self.submission.notification:
            return None
        try:
            return model.model_validate(dict(self.submission.notification))
        except ValidationError:
            return None

    @cached_property
    def order(self) -> Order | None:
        """The order, or the one that a client had chosen before the call."""
        told = self.notification
        if isinstance(told, ManagerCall):
            return told.order
        return told if isinstance(told, Order) else None

    @property
    def call(self) -> ManagerCall | None:
        """The call for a manager."""
        return self.notification if isinstance(self.notification, ManagerCall) else None

    @property
    def customer(self) -> Contact | None:
        """Whom it is about."""
        if self.call is not None:
            return self.call.contact
        contact = self.order.customer if self.order else None
        return contact or getattr(self.notification, "customer", None)

    @property
    def who(self) -> str:
        """The customer's name, or what else is known of them."""
        known = self.customer
        if not isinstance(known, Contact):
            return ""
        return known.name or known.phone or known.email or known.telegram or ""

    @property
    def total(self) -> tuple[Decimal, str] | None:
        """The sum and its currency; ``None`` without a price."""
        if self.order is None or self.order.unpriced == len(self.order.lines):
            return None
        return self.order.total, self.order.currency

    @property
    def tries(self) -> list[Attempt]:
        """What was tried at providers, without the decisions of people."""
        return [attempt for attempt in self.submission.attempts if attempt.provider != OPERATOR]

    @property
    def provider(self) -> str:
        """Who took it, or who was tried last."""
        took = [attempt.provider for attempt in self.tries if attempt.outcome is Outcome.ACCEPTED]
        return took[-1] if took else (self.tries[-1].provider if self.tries else "")

    @property
    def standing(self) -> str:
        """
        Name what the row is coloured by: a status, ``HELD``, or what became of it afterwards.

        ``HELD`` waits for a provider that is left alone; a bounce after acceptance wins over SENT.
        """
        if self.submission.status is Status.SENT and self.submission.delivery:
            return self.submission.delivery
        if self.submission.status is Status.QUEUED and self._is_held:
            return "HELD"
        return self.submission.status.value

    @property
    def stands_out(self) -> bool:
        """Whether somebody should look at it."""
        return self.standing in ("HELD", "FAILED", "UNCONFIRMED", *_LOST)

    @property
    def waits(self) -> bool:
        """Whether it goes on by itself."""
        return self.submission.status in _WAITS

    @property
    def _is_held(self) -> bool:
        known = self.submission.diagnosis
        return known is not None and known.hold is not None


def kinds() -> dict[str, type[Notification]]:
    """Find every kind of notification that this process knows, by its name."""
    return {model.kind: model for model in _below(Notification)}


def _below(model: type[Notification]) -> Iterator[type[Notification]]:
    for known in model.__subclasses__():
        yield known
        yield from _below(known)
