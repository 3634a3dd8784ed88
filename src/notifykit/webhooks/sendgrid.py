"""SendGrid's events (twilio.com/docs/sendgrid/for-developers/tracking-events/event)."""

from __future__ import annotations

from datetime import datetime

from notifykit.diagnosis import Reply
from notifykit.submission import Event, EventKind
from notifykit.webhooks.reading import Fields, Ignored, Note, Unreadable, code_in, diagnosed

NAME = "sendgrid"

# A bounce of the type "blocked" is one too: this mail did not arrive, whatever the next one does.
KINDS = {
    "processed": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DEFERRED,
    "bounce": EventKind.BOUNCED,
    "dropped": EventKind.REJECTED,
    "spamreport": EventKind.COMPLAINED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
}


def note(fields: Fields, now: datetime) -> Note | Ignored:
    """
    Read one event.

    Raises:
        Unreadable: It has no name.
    """
    name = fields.text("event")
    if name is None:
        raise Unreadable("an event has a name")
    kind = KINDS.get(name)
    if kind is None:
        return Ignored()
    # "reason" of a bounce or a drop; "response" of what the receiving server said otherwise.
    text = fields.words("reason") or fields.words("response")
    code = None if kind is EventKind.REJECTED else code_in(text)
    enhanced = fields.enhanced("status")
    whose = NAME if kind is EventKind.REJECTED else "smtp"
    reply = Reply(provider=whose, stage="rcpt", code=code, enhanced_code=enhanced, text=text or "")
    event = Event(
        id=fields.text("sg_event_id") or fields.fingerprint(),
        submission_id=fields.text("submission_id") or "",
        provider=NAME,
        kind=kind,
        recipient=fields.text("email"),
        code=code,
        enhanced_code=enhanced,
        text=text,
        diagnosis=diagnosed(kind, reply),
        occurred_at=fields.moment("timestamp", now=now),
    )
    # Through SMTP our own id does not come back; there "smtp-id" is our Message-ID.
    return Note(event=event, message_id=fields.text("smtp-id", most=998))
