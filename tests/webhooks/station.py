"""Signs and tells what providers tell, and asks an ASGI application."""

from __future__ import annotations

import hmac
import json
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from notifykit import Notifier, Submission
from notifykit.alarms import Alarm
from notifykit.testing import FakeTransport
from notifykit.webhooks import Webhooks

MAILGUN_KEY = "test-signing-key"


@dataclass(frozen=True)
class Reply:
    """What an ASGI application answered."""

    code: int
    headers: Mapping[bytes, bytes]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    application: Any,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    method: str = "POST",
    chunk: int = 65_536,
) -> Reply:
    """Send one request to an ASGI application, in chunks."""
    chunks = [body[at : at + chunk] for at in range(0, len(body), chunk)] or [b""]
    incoming = [
        {"type": "http.request", "body": one, "more_body": at < len(chunks) - 1}
        for at, one in enumerate(chunks)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    raw = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "method": method, "path": path, "headers": raw}
    await application(scope, receive, send)
    start, end = sent
    return Reply(start["status"], dict(start["headers"]), end["body"])


class SendGrid:
    """Signs as SendGrid does."""

    def __init__(self) -> None:
        self._private = ec.generate_private_key(ec.SECP256R1())
        der = self._private.public_key().public_bytes(
            Encoding.DER, PublicFormat.SubjectPublicKeyInfo
        )
        self.key = b64encode(der).decode()

    def signed(self, body: bytes, timestamp: int) -> dict[str, str]:
        signature = self._private.sign(str(timestamp).encode() + body, ec.ECDSA(SHA256()))
        return {
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(signature).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": str(timestamp),
        }


def mailgun_body(
    event: Any, timestamp: int, *, token: str | None = None, key: str = MAILGUN_KEY
) -> bytes:
    """Sign as Mailgun does."""
    token = token or uuid4().hex
    digest = hmac.new(key.encode(), f"{timestamp}{token}".encode(), "sha256").hexdigest()
    signature = {"timestamp": str(timestamp), "token": token, "signature": digest}
    return json.dumps({"signature": signature, "event-data": event}).encode()


@dataclass
class Station:
    """Everything that an event goes through."""

    notifier: Notifier
    repository: Any
    fake: FakeTransport
    sendgrid: SendGrid
    webhooks: Webhooks
    clock: Any
    alarms: list[Alarm] = field(default_factory=list)

    @property
    def now(self) -> int:
        return int(self.clock().timestamp())

    async def tell_sendgrid(self, *events: Any, path: str = "/sendgrid") -> Reply:
        body = json.dumps(list(events)).encode() + b"\r\n"
        return await ask(self.webhooks, path, body, self.sendgrid.signed(body, self.now))

    async def tell_mailgun(self, event: Any, **signing: Any) -> Reply:
        return await ask(self.webhooks, "/mailgun", mailgun_body(event, self.now, **signing))

    async def found(self, submission: Submission) -> Submission:
        kept = await self.repository.get(submission.id)
        assert kept is not None
        return replace(kept, email=None)


def from_sendgrid(submission: Submission, event: str, **fields: Any) -> dict[str, Any]:
    """Say what SendGrid says about a submission."""
    return {
        "email": submission.recipients[0],
        "event": event,
        "sg_event_id": uuid4().hex,
        "sg_message_id": "LRzXl_NHStOGhQ4kofSm_A.filterdrecv-1-18-5F5FC76C-9.0",
        "submission_id": submission.id,
        "timestamp": 1_795_348_800,
        **fields,
    }


def from_mailgun(submission: Submission, event: str, **fields: Any) -> dict[str, Any]:
    """Say what Mailgun says about a submission."""
    return {
        "event": event,
        "id": "DACSsAdVSeGpLid7TN03WA",
        "recipient": submission.recipients[0],
        "timestamp": 1_795_348_800.123,
        "user-variables": {"submission_id": submission.id},
        "message": {"headers": {"message-id": submission.message_id.strip("<>")}},
        **fields,
    }


MakeStation = Callable[..., Awaitable[Station]]
