"""Complaints: somebody called the mail spam, and his provider passes that on (RFC 5965)."""

from __future__ import annotations

from collections.abc import Iterator

from notifykit.bounces.finding import Finding, address, host
from notifykit.bounces.parts import Part, first, read_fields
from notifykit.submission import EventKind

TYPE = "message/feedback-report"

# "not-spam" is the opposite (RFC 6430), and "auth-failure" is about DNS (RFC 6591).
_COMPLAINTS = ("abuse", "fraud", "virus", "other", "opt-out")
_MOST_RECIPIENTS = 100


def findings(mail: Part) -> Iterator[Finding]:
    """Read a complaint; where it does not say whose, the only recipient of the original counts."""
    report = next(part for part in mail.walk() if part.content_type == TYPE)
    fields = read_fields(report.text())
    kind = first(fields, "feedback-type").strip().lower()
    if not kind.startswith(_COMPLAINTS):
        return
    named = fields.get("original-rcpt-to", ())[:_MOST_RECIPIENTS]
    for recipient in [address(name) for name in named] or [_only_recipient(mail)]:
        yield Finding(
            recipient=recipient,
            kind=EventKind.COMPLAINED,
            text=f"Feedback-Type: {kind}",
            server=host(first(fields, "reporting-mta").rpartition(";")[2]),
        )


def _only_recipient(mail: Part) -> str | None:
    originals = (part.original() for part in mail.walk())
    to = next((first(original, "to") for original in originals if original is not None), "")
    return address(to) if to.count("@") == 1 else None
