"""One real mail, for the question whether it ends in Spam."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime

from notifykit.doctor.finding import Finding
from notifykit.doctor.samples import ORDER
from notifykit.errors import DeliveryError, NotifykitError
from notifykit.message import Address, Email
from notifykit.notifier import Notifier
from notifykit.rendering.base import Renderer

_MARK = "notifykit doctor"


async def trial(
    notifier: Notifier,
    ready: Collection[str],
    *,
    sender: Address,
    sales: tuple[Address, ...],
    renderer: Renderer,
) -> Finding:
    """
    Send one sample order through the first provider that is ready; nothing is stored.

    Args:
        ready: The providers that a check found ready; they are logged in already.
    """
    transport = next((one for one in notifier.transports if one.name in ready), None)
    if transport is None:
        return Finding(id="skipped.mail", subject="mail", seen=({},))
    started = time.perf_counter()
    try:
        email = await asyncio.to_thread(_email, renderer, transport.sender or sender, sales)
        receipt = await transport.send(email)
    except DeliveryError as error:
        seconds = time.perf_counter() - started
        return Finding(id="NK701", subject="mail", error=error, seconds=seconds)
    except NotifykitError as error:  # the templates, which were told before
        seen = {"error": str(error)}
        return Finding(id="NK601", subject="mail", seen=(seen,))
    seen = {
        "provider": transport.name,
        "recipients": ", ".join(receipt.accepted),
        "message_id": email.message_id,
        "id": receipt.message_id or "–",
    }
    seconds = time.perf_counter() - started
    return Finding(id="fine.mail", subject="mail", seen=(seen,), seconds=seconds)


def _email(renderer: Renderer, sender: Address, sales: tuple[Address, ...]) -> Email:
    content = renderer.render(ORDER, reference="TEST-0000", created_at=datetime.now(UTC))
    return Email(
        sender=sender,
        to=sales,
        subject=f"{_MARK}: {content.subject}"[:255],
        text=content.text,
        html=content.html,
        attachments=content.inline,
    )
