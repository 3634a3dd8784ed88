"""
A kind of notification of your own: a model here, three templates beside it.

Run it from the top of the repository; the mail is put into the folder ``outbox``::

    MAIL_PROVIDER=file SALES_EMAIL=sales@example.com \
        NOTIFYKIT_TEMPLATES=examples/custom_notification/templates \
        python examples/custom_notification/refund.py
"""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar

from notifykit import Contact, Notification, Notifier, Submission
from notifykit.notifications import Audience


class Refund(Notification):
    """A client wants their money back."""

    kind: ClassVar[str] = "refund"
    audience: ClassVar[Audience] = Audience.MANAGER
    # What is the same, see identity(), is not sent twice within a day.
    window: ClassVar[timedelta | None] = timedelta(days=1)

    order_number: str
    amount: Decimal
    reason: str
    customer: Contact

    def identity(self) -> list[str]:
        """One refund for an order and a sum; the reason is in other words each time."""
        return [self.order_number, str(self.amount.normalize())]


async def main() -> Submission:
    """Ask for one refund."""
    refund = Refund(
        order_number="A-17",
        amount=Decimal("5125.00"),
        reason="Мешки пришли порванными",
        customer=Contact(name="Иван Петров", phone="+7 900 000-00-00"),
    )
    async with Notifier.from_env() as notifier:
        submission = await notifier.send(refund)
    print(f"{submission.reference}: {submission.status}, {submission.subject}")
    return submission


if __name__ == "__main__":
    asyncio.run(main())
