"""A transport that remembers instead of sending."""

from __future__ import annotations

from notifykit.errors import DeliveryError
from notifykit.message import Email
from notifykit.submission import Receipt
from notifykit.transports.base import Transport


class FakeTransport(Transport):
    """
    Takes every email, unless it was told to fail.

    Attributes:
        sent: What it took.
        fails_with: Errors for the next sends, the first one first.
    """

    def __init__(self, name: str = "fake") -> None:
        self.name = name
        self.sent: list[Email] = []
        self.fails_with: list[DeliveryError] = []

    async def send(self, email: Email) -> Receipt:
        """Take the email, or raise the next of ``fails_with``."""
        if self.fails_with:
            raise self.fails_with.pop(0)
        self.sent.append(email)
        return Receipt(self.name, f"{self.name}-{len(self.sent)}", email.envelope.rcpt_to)
