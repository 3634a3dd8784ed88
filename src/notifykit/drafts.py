"""Turns a notification into a submission: rendered, addressed, keyed and frozen, not yet kept."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeVar

from notifykit.delivery import Clock
from notifykit.errors import ConfigurationError, InvalidEmailError, RenderError
from notifykit.ids import new_reference, uuid7
from notifykit.message import MAX_BODY, Address, Attachment, Email
from notifykit.mime import digest
from notifykit.notifications import Audience, Notification
from notifykit.rendering import Rendered, Renderer
from notifykit.submission import Submission

MAX_KEY = 200

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """
    What the calling code, never a model, decides about one notification.

    Attributes:
        to: In place of the settings' recipients.
        attachments: Files to go along.
        idempotency_key: In place of the one made from the content.
        force: A new submission whatever was sent before.
    """

    to: tuple[Address, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    idempotency_key: str | None = None
    force: bool = False


def key_for(notification: Notification, wishes: Wishes) -> str:
    """
    Make the idempotency key: equal for what is the same business.

    It is a hash of the kind, of what the notification calls its identity, and of recipients and
    attachments where the calling code chose them.

    Raises:
        InvalidEmailError: A key of the caller's own is empty or too long.
    """
    if wishes.force:
        return f"{notification.kind}:forced:{uuid7()}"
    if wishes.idempotency_key is not None:
        if not 0 < len(wishes.idempotency_key) <= MAX_KEY:
            raise InvalidEmailError(f"idempotency_key: 1 to {MAX_KEY} characters are wanted")
        return f"{notification.kind}:own:{wishes.idempotency_key}"
    content: dict[str, Any] = {"identity": notification.identity()}
    if wishes.to:
        content["to"] = sorted(address.email.lower() for address in wishes.to)
    if wishes.attachments:
        content["attachments"] = sorted(
            f"{file.filename} {sha256(file.content).hexdigest()}" for file in wishes.attachments
        )
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{notification.kind}:{sha256(canonical.encode()).hexdigest()}"


class Drafts:
    """
    Drafts submissions for one bot.

    Args:
        renderer: Makes the content.
        sender: From.
        audiences: Who gets which notifications.
        source: The bot's name.
        clock: Tells the time.
    """

    def __init__(
        self,
        renderer: Renderer,
        *,
        sender: Address,
        audiences: Mapping[Audience, tuple[Address, ...]],
        source: str,
        clock: Clock,
    ) -> None:
        self._renderer = renderer
        self._sender = sender
        self._audiences = audiences
        self._source = source
        self._clock = clock

    async def draft(self, notification: Notification, wishes: Wishes) -> Submission:
        """
        Draft a submission.

        Raises:
            RenderError: A template does not fit.
            InvalidEmailError: Beyond a limit.
        """
        key = _of(notification, "identity", lambda: key_for(notification, wishes))
        content = _of(notification, "content", lambda: notification.model_dump(mode="json"))
        reference, now = new_reference(), self._clock()
        id_ = str(uuid7())
        email, digested = await asyncio.to_thread(
            self._written, id_, notification, wishes, (reference, now)
        )
        return Submission(
            id=id_,
            source=self._source,
            kind=notification.kind,
            reference=reference,
            recipients=email.envelope.rcpt_to,
            subject=email.subject,
            notification=content,
            email=email,
            message_id=email.message_id,
            sha256=digested,
            idempotency_key=key,
            created_at=now,
            updated_at=now,
        )

    def _written(
        self, id_: str, notification: Notification, wishes: Wishes, shown: tuple[str, datetime]
    ) -> tuple[Email, str]:
        """Make the email and its digest; in a thread, as both take a while."""
        rendered = self._render(notification, *shown)
        email = self._email(id_, notification, rendered, wishes)
        # Only what was made of it, read again and compared counts as an email that can be sent.
        return email, digest(email)

    def _render(self, notification: Notification, reference: str, now: datetime) -> Rendered:
        try:
            return self._renderer.render(notification, reference=reference, created_at=now)
        except RenderError:
            raise
        except Exception as error:
            kind = notification.kind
            raise RenderError(f"{kind}: the renderer failed: {type(error).__name__}") from error

    def _email(
        self, id_: str, notification: Notification, rendered: Rendered, wishes: Wishes
    ) -> Email:
        reply_to = notification.reply_to
        return Email(
            sender=self._sender,
            to=wishes.to or self._audiences[notification.audience],
            reply_to=(reply_to,) if reply_to else (),
            subject=rendered.subject,
            text=rendered.text,
            # Text alone is better than an order that is refused for its size.
            html=rendered.html if len(rendered.html or "") <= MAX_BODY else None,
            attachments=(*rendered.inline, *wishes.attachments),
            headers=notification.headers,
            metadata={
                "submission_id": id_,
                "source": self._source,
                "kind": notification.kind,
            },
            message_id=f"<{id_}@{self._sender.email.rpartition('@')[2]}>",
            date=self._clock(),
        )


def _of(notification: Notification, part: str, made: Callable[[], T]) -> T:
    try:
        return made()
    except (TypeError, ValueError) as error:
        if isinstance(error, InvalidEmailError):
            raise
        raise RenderError(
            f"{notification.kind}: its {part} cannot be written as JSON: {type(error).__name__}"
        ) from error


def addresses(given: Iterable[Address | str]) -> tuple[Address, ...]:
    """
    Read addresses, each as `Address` or as text.

    Raises:
        InvalidEmailError: One of them is none.
    """
    if isinstance(given, str):
        given = (given,)
    return tuple(
        address if isinstance(address, Address) else Address.parse(address) for address in given
    )


def audiences(
    sales: Iterable[Address | str], managers: Iterable[Address | str] | None
) -> dict[Audience, tuple[Address, ...]]:
    """
    Say who gets which notifications; managers what sales get where there are none.

    Raises:
        ConfigurationError: There is nobody to send to.
        InvalidEmailError: An address is none.
    """
    for_sales = addresses(sales)
    if not for_sales:
        raise ConfigurationError("a notifier needs somebody to send to: sales=[…] is empty")
    return {
        Audience.SALES: for_sales,
        Audience.MANAGER: addresses(managers or ()) or for_sales,
    }
