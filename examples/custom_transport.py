"""
A transport of your own: every email is posted to a webhook, say of a help desk.

`HttpApi` brings the connection and the meaning of every failure; what is left to write is who is
asked, and with which words. Run it against a webhook of yours, from the top of the repository::

    WEBHOOK_URL=https://example.com/hooks WEBHOOK_TOKEN=secret python examples/custom_transport.py
"""

import asyncio
import json
import os

from notifykit import Email, ManagerCall, Notifier, Receipt, Transport
from notifykit.transports.http import HttpApi
from notifykit.transports.http_values import ApiKey


class WebhookTransport(Transport):
    """Posts emails as JSON."""

    name = "webhook"

    def __init__(self, url: str, token: str) -> None:
        self._api = HttpApi(self.name, url, ApiKey.bearer(token))

    async def send(self, email: Email) -> Receipt:
        await self._api.call("POST", "/mails", json=_body(email))
        return Receipt(self.name, None, email.envelope.rcpt_to)

    async def aclose(self) -> None:
        await self._api.aclose()


def _body(email: Email) -> bytes:
    mail = {"to": email.envelope.rcpt_to, "subject": email.subject, "text": email.text}
    return json.dumps(mail).encode()


async def main() -> None:
    """Call a manager through the webhook."""
    webhook = WebhookTransport(os.environ["WEBHOOK_URL"], os.environ["WEBHOOK_TOKEN"])
    notifier = Notifier(webhook, sender="bot@example.com", sales=["sales@example.com"])
    async with notifier:
        submission = await notifier.send(
            ManagerCall(summary="Клиент просит перезвонить", conversation="tg:42")
        )
    print(f"{submission.reference}: {submission.status}")


if __name__ == "__main__":
    asyncio.run(main())
