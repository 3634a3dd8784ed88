"""Mailgun's messages API."""

from __future__ import annotations

import re
from http import HTTPStatus

import idna
from pydantic import SecretStr

from notifykit.diagnosis import Reply, error_for
from notifykit.errors import ConfigurationError, DeliveryError
from notifykit.message import Address, Email
from notifykit.submission import Receipt
from notifykit.transports.base import Transport, reached
from notifykit.transports.http import TIMEOUT, HttpApi, regional
from notifykit.transports.http_values import ApiKey, Response
from notifykit.transports.mailgun_form import fields, files

URLS = {"us": "https://api.mailgun.net", "eu": "https://api.eu.mailgun.net"}


_ANOTHER = Response(404, text="this address is not Mailgun's API")


class MailgunTransport(Transport):
    """
    Sends through ``POST /v3/<domain>/messages`` (documentation.mailgun.com, "Messages").

    ::

        MailgunTransport("key-…", "mg.example.com", sender=Address("shop@mg.example.com"))

    Args:
        api_key: A sending key of the domain, or a key of the account.
        domain: The sending domain.
        sender: An address at the domain.
        region: ``us`` or ``eu``: where the domain lives.
        url: Another address, for tests and proxies.
        cafile: Trust these certificates (PEM) in place of the system's.
        timeout: Seconds for each step: connecting, which has no more than 10, writing, and waiting
            for the answer; twice that for all of them together.

    Clicks and openings are not tracked. Message-ID and Date are ours; the bounce address is
    Mailgun's. ``metadata`` comes back in events and is kept out of the headers that readers see;
    with all headers and options it has 16 KB. In an inline image the content id is the file's name.
    Quotes, commas and brackets beside other than Latin letters in a person's name become spaces,
    as Mailgun encodes them wrongly. An email has at most 25 MB. To test without sending, use
    `notifykit.simulators.MailgunServer`.

    Raises:
        ConfigurationError: The key, the domain, the region or the URL cannot be right.
    """

    name = "mailgun"

    def __init__(  # noqa: PLR0913 - all by name, and each the account's own
        self,
        api_key: str | SecretStr,
        domain: str,
        *,
        sender: Address | None = None,
        region: str = "us",
        url: str | None = None,
        cafile: str | None = None,
        timeout: float = TIMEOUT,
    ) -> None:
        self.sender = sender
        self._domain = _ascii(domain)
        url = url or regional(self.name, URLS, region)
        key = ApiKey.basic("api", api_key)
        self._api = HttpApi(self.name, url, key, cafile=cafile, timeout=timeout)

    @property
    def endpoint(self) -> tuple[str, int]:
        return self._api.endpoint

    async def send(self, email: Email) -> Receipt:
        email = email.via(self.sender)
        path = f"/v3/{self._domain}/messages"
        response = await self._api.call("POST", path, form=fields(email), files=files(email))
        if "Mailgun Magnificent API" in response.text:
            # 200 with a greeting: the address leads to no endpoint, nothing was taken.
            raise self._api.refusal(response)
        message_id = _message_id(response)
        if response.code != HTTPStatus.OK or message_id is None:
            raise self._api.unreadable(response)
        return Receipt(self.name, message_id, email.envelope.rcpt_to)

    async def check(self) -> None:
        """
        Ask for the domain's state; it must be active. Sends nothing.

        A sending key may not ask that: 401, exactly like a wrong key. What tells them apart is a
        message without recipients, which nobody could deliver: a key that may send hears what is
        missing (400), a wrong one 401 again. The domain's state stays unproven then.
        """
        try:
            response = await self._api.probe("GET", f"/v4/domains/{self._domain}")
        except DeliveryError as error:
            if error.code != HTTPStatus.UNAUTHORIZED:
                raise
            await self._check_sending_key()
            return
        found = response.json()
        domain = found.get("domain") if isinstance(found, dict) else None
        if not isinstance(domain, dict):
            raise self._api.refusal(_ANOTHER)
        if domain.get("state") != "active":
            raise error_for(_not_allowed(f"The domain is {domain.get('state')}"))

    async def _check_sending_key(self) -> None:
        path = f"/v3/{self._domain}/messages"
        try:
            await self._api.probe("POST", path, form=[("o:testmode", "yes")])
        except DeliveryError as error:
            if error.code != HTTPStatus.BAD_REQUEST or "is missing" not in error.message:
                raise
            reached("sending-key")
        else:
            raise self._api.refusal(_ANOTHER)

    async def aclose(self) -> None:
        await self._api.aclose()


def _not_allowed(why: str) -> Reply:
    text = f"is not allowed to send: {why}"
    return Reply(provider="mailgun", stage="http", code=403, text=text)


def _ascii(domain: str) -> str:
    # A slash in it would lead to another endpoint, which greets with 200.
    try:
        ascii_domain = idna.encode(domain.strip(), uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError):
        ascii_domain = ""
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", ascii_domain):
        raise ConfigurationError("mailgun: the domain must be like mg.example.com")
    return ascii_domain


def _message_id(response: Response) -> str | None:
    found = response.json()
    given = found.get("id") if isinstance(found, dict) else None
    message_id = given.strip("<>") if isinstance(given, str) else ""
    return message_id if re.fullmatch(r"[!-~]{1,255}", message_id) else None
