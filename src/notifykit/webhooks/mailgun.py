"""Mailgun's events (documentation.mailgun.com, "Webhooks" and "Event Structure")."""

from __future__ import annotations

from datetime import datetime

from notifykit.diagnosis import Reply
from notifykit.submission import Event, EventKind
from notifykit.webhooks.reading import Fields, Ignored, Note, Unreadable, code_in, diagnosed

NAME = "mailgun"

KINDS = {
    "accepted": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "failed": EventKind.BOUNCED,
    "rejected": EventKind.REJECTED,
    "complained": EventKind.COMPLAINED,
    "opened": EventKind.OPENED,
    "clicked": EventKind.CLICKED,
}
# Mailgun's own: the address is on a list of those that bounced, unsubscribed or complained.
_SUPPRESSED = range(605, 608)


def note(fields: Fields, token: str, now: datetime) -> Note | Ignored:
    """
    Read one event.

    Args:
        fields: Of ``event-data``.
        token: Of the signature, which names the event: ``event-data.id`` is unique for a day only.
        now: Aware.

    Raises:
        Unreadable: It has no name.
    """
    name = fields.text("event")
    if name is None:
        raise Unreadable("an event has a name")
    if name not in KINDS:
        return Ignored()
    kind = _kind(fields, name)
    text = (
        fields.words("delivery-status", "message")
        or fields.words("delivery-status", "description")
        or fields.words("reject", "reason")
        or fields.words("reason")
    )
    code = fields.code("delivery-status", "code") or code_in(text)
    enhanced = fields.enhanced("delivery-status", "enhanced-code")
    whose = NAME if kind is EventKind.REJECTED else "smtp"
    reply = Reply(provider=whose, stage="rcpt", code=code, enhanced_code=enhanced, text=text or "")
    event = Event(
        id=token,
        submission_id=fields.text("user-variables", "submission_id") or "",
        provider=NAME,
        kind=kind,
        recipient=fields.text("recipient"),
        code=code,
        enhanced_code=enhanced,
        text=text,
        diagnosis=diagnosed(kind, reply),
        occurred_at=fields.moment("timestamp", now=now),
    )
    message_id = fields.text("message", "headers", "message-id", most=998)
    return Note(event=event, message_id=message_id and f"<{message_id.strip('<>')}>")


def _kind(fields: Fields, name: str) -> EventKind:
    if name != "failed":
        return KINDS[name]
    if fields.text("severity") == "temporary":
        return EventKind.DEFERRED
    reason = fields.text("reason") or ""
    if reason.startswith("suppress-") or fields.code("delivery-status", "code") in _SUPPRESSED:
        return EventKind.REJECTED
    return EventKind.BOUNCED
