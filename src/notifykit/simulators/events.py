"""What SendGrid and Mailgun tell about emails that their simulators took, signed as they sign."""

from __future__ import annotations

import asyncio
import hmac
import http.client
import json
import secrets
import time
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import getaddresses
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notifykit.errors import ConfigurationError
from notifykit.simulators.http_talk import Request

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class EventPost:
    """
    One request with events, as the provider would post it.

    Attributes:
        headers: With the signature, where the provider puts it there.
        body: Exactly what was signed.
    """

    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    async def to(self, url: str) -> int:
        """Post it over plain HTTP to this machine; the status of the answer."""
        return await asyncio.to_thread(self._post, url)

    def _post(self, url: str) -> int:
        parts = urlsplit(url)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        try:
            connection.request("POST", parts.path, self.body, dict(self.headers))
            return connection.getresponse().status
        finally:
            connection.close()


class SendGridEvents:
    """
    Makes SendGrid's events; the signing key pair is new for each server.

    Needs the package cryptography (``notifykit-mail[webhooks]``).
    """

    taken: list[Request]

    @property
    def webhook_key(self) -> str:
        """The verification key, for ``SENDGRID_WEBHOOK_KEY``."""
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - of an extra

        key = self._private_key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        return b64encode(key).decode()

    def events(
        self, *names: str, about: Request | None = None, at: float | None = None, **fields: Any
    ) -> EventPost:
        """
        Make one request that tells these events of every recipient of an email.

        ::

            code = await server.events("processed", "delivered").to("http://127.0.0.1:8000/sendgrid")

        Args:
            names: SendGrid's own, such as ``delivered`` or ``bounce``.
            about: One of `taken`; the newest where left out.
            at: When, in Unix seconds; now where left out.
            fields: More fields of the events, such as ``reason="550 5.1.1 …"``.
        """
        mail = (about or self.taken[-1]).json()
        now = int(time.time() if at is None else at)
        told = [
            _sendgrid_event(mail, recipient, name, now) | fields
            for name in names
            for recipient in _sendgrid_recipients(mail)
        ]
        return self.signed(json.dumps(told, ensure_ascii=False).encode() + b"\r\n", at=now)

    def signed(self, body: bytes, *, at: float | None = None) -> EventPost:
        """Sign any body."""
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - of an extra
        from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - of an extra

        stamp = str(int(time.time() if at is None else at))
        signature = self._private_key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))
        headers = {
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        }
        return EventPost(_JSON | headers, body)

    @cached_property
    def _private_key(self) -> EllipticCurvePrivateKey:
        try:
            from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - of an extra
        except ImportError as error:
            raise ConfigurationError(
                "to sign SendGrid's events needs the package cryptography: "
                "pip install 'notifykit-mail[webhooks]'"
            ) from error
        return ec.generate_private_key(ec.SECP256R1())


class MailgunEvents:
    """
    Makes Mailgun's events.

    Attributes:
        webhook_key: The HTTP webhook signing key, for ``MAILGUN_WEBHOOK_KEY``.
    """

    taken: list[Request]

    @cached_property
    def webhook_key(self) -> str:
        return secrets.token_hex(16)

    def events(
        self, *names: str, about: Request | None = None, at: float | None = None, **fields: Any
    ) -> list[EventPost]:
        """
        Make a request for each of these events and each recipient of an email.

        Arguments are those of `SendGridEvents.events`; the names are Mailgun's own. A field whose
        name has a hyphen is given as ``**{"delivery-status": {…}}``.
        """
        form = (about or self.taken[-1]).fields()
        now = time.time() if at is None else at
        return [
            self.signed(_mailgun_event(form, recipient, name, now) | fields, at=now)
            for name in names
            for recipient in _mailgun_recipients(form)
        ]

    def signed(self, event: Any, *, at: float | None = None, token: str | None = None) -> EventPost:
        """Sign any event; the signature covers the moment and the token only."""
        stamp = str(int(time.time() if at is None else at))
        token = token or secrets.token_hex(25)
        key = self.webhook_key.encode()
        signature = {
            "timestamp": stamp,
            "token": token,
            "signature": hmac.new(key, (stamp + token).encode(), "sha256").hexdigest(),
        }
        body = json.dumps({"signature": signature, "event-data": event}, ensure_ascii=False)
        return EventPost(_JSON, body.encode())


def _sendgrid_recipients(mail: Mapping[str, Any]) -> list[str]:
    return [
        person["email"]
        for block in mail["personalizations"]
        for name in ("to", "cc", "bcc")
        for person in block.get(name, [])
    ]


def _sendgrid_event(mail: Mapping[str, Any], recipient: str, name: str, now: int) -> dict[str, Any]:
    own = secrets.token_urlsafe(16)
    return {
        **mail.get("custom_args", {}),
        "email": recipient,
        "event": name,
        "sg_event_id": secrets.token_urlsafe(24),
        "sg_message_id": f"{own}.filterdrecv-5645d9c87f-78xmg-1-5F5FC76C-9.0",
        "smtp-id": f"<{own}@geopod-ismtpd-1>",
        "timestamp": now,
    }


def _mailgun_recipients(form: Iterable[tuple[str, str]]) -> list[str]:
    people = [value for name, value in form if name in ("to", "cc", "bcc")]
    return [address for _, address in getaddresses(people)]


def _mailgun_event(
    form: Iterable[tuple[str, str]], recipient: str, name: str, now: float
) -> dict[str, Any]:
    own = {field[2:]: value for field, value in form if field.startswith("v:")}
    message_id = dict(form).get("h:Message-Id", "")
    return {
        "event": name,
        "id": secrets.token_urlsafe(16),
        "recipient": recipient,
        "timestamp": now,
        "user-variables": own,
        "message": {"headers": {"message-id": message_id.strip("<>")}},
        "flags": {"is-test-mode": False},
    }
