"""SendGrid's mail API."""

from __future__ import annotations

import asyncio
import re
from http import HTTPStatus

from pydantic import SecretStr

from notifykit.diagnosis import Reply, error_for
from notifykit.message import Address, Email
from notifykit.submission import Receipt
from notifykit.transports.base import Transport
from notifykit.transports.http import TIMEOUT, HttpApi, regional
from notifykit.transports.http_values import ApiKey, Response
from notifykit.transports.sendgrid_payload import encoded

URLS = {"us": "https://api.sendgrid.com", "eu": "https://api.eu.sendgrid.com"}


class SendGridTransport(Transport):
    """
    Sends through ``POST /v3/mail/send`` (twilio.com/docs/sendgrid/api-reference/mail-send).

    ::

        SendGridTransport("SG.…", sender=Address("shop@example.com", "Магазин"))

    Args:
        api_key: With the scope ``mail.send``.
        sender: A verified sender identity of the account.
        region: ``us`` or ``eu``; keys of an EU subuser belong to ``eu``.
        url: Another address, for tests and proxies.
        cafile: Trust these certificates (PEM) in place of the system's.
        timeout: Seconds for each step: connecting, which has no more than 10, writing, and waiting
            for the answer; twice that for all of them together.

    Clicks and openings are not tracked. The Message-ID goes along as a header and reaches the
    reader, but SendGrid's events may name another: ``metadata`` (at most 10,000 bytes, no personal
    data) is what they hand back. SendGrid writes its own Date and bounce address. It garbles or
    loses attachments with other than Latin names: ``Заказ.xlsx`` arrives as ``Zakaz.xlsx``.
    An email has at most 30 MB, attachments counted as base64. To test without sending, use
    `notifykit.simulators.SendGridServer`.

    Raises:
        ConfigurationError: The key, the region or the URL cannot be right.
    """

    name = "sendgrid"

    def __init__(
        self,
        api_key: str | SecretStr,
        *,
        sender: Address | None = None,
        region: str = "us",
        url: str | None = None,
        cafile: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.sender = sender
        url = url or regional(self.name, URLS, region)
        key = ApiKey.bearer(api_key)
        self._api = HttpApi(self.name, url, key, cafile=cafile, timeout=timeout)

    @property
    def endpoint(self) -> tuple[str, int]:
        return self._api.endpoint

    async def send(self, email: Email) -> Receipt:
        email = email.via(self.sender)
        body = await asyncio.to_thread(encoded, email)
        response = await self._api.call("POST", "/v3/mail/send", json=body)
        sandbox = response.code == HTTPStatus.OK and not response.text.strip()
        if response.code == HTTPStatus.ACCEPTED or sandbox:
            return Receipt(self.name, _message_id(response), email.envelope.rcpt_to)
        raise self._api.unreadable(response)

    async def check(self) -> None:
        """Ask which scopes the key has; ``mail.send`` must be one of them. Sends nothing."""
        response = await self._api.probe("GET", "/v3/scopes")
        found = response.json()
        scopes = found.get("scopes") if isinstance(found, dict) else None
        if not isinstance(scopes, list):
            raise self._api.refusal(Response(404, text="this address is not SendGrid's API"))
        if "mail.send" not in scopes:
            text = "access forbidden: the key has no scope mail.send"
            raise error_for(Reply(provider=self.name, stage="http", code=403, text=text))

    async def aclose(self) -> None:
        await self._api.aclose()


def _message_id(response: Response) -> str | None:
    found = response.headers.get("x-message-id", "")
    return found if re.fullmatch(r"[!-~]{1,255}", found) else None
