"""What an event makes of a submission's ``delivery``: pure, and tested as a table."""

from __future__ import annotations

from notifykit.submission import EventKind

DELIVERED = "delivered"
BOUNCED = "bounced"
COMPLAINED = "complained"

# From what matters least; whatever was told before or after, the last word here wins.
_WORDS = (None, DELIVERED, BOUNCED, COMPLAINED)

_MEANS = {
    EventKind.DELIVERED: DELIVERED,
    # Nobody opens what no mailbox has, and the event that says so may come late or never.
    EventKind.OPENED: DELIVERED,
    EventKind.CLICKED: DELIVERED,
    EventKind.BOUNCED: BOUNCED,
    EventKind.REJECTED: BOUNCED,
    EventKind.COMPLAINED: COMPLAINED,
}


def reception(word: str | None, kind: EventKind) -> str | None:
    """
    Say how the submission's ``delivery`` stands once this was told too.

    In whichever order events come, and however often, they come to the same: a complaint stays
    before a bounce, a bounce before a delivery. So with several recipients one bounce stays to be
    seen. ``ACCEPTED`` and ``DEFERRED`` change nothing.

    Args:
        word: How it stood before.
        kind: What was told.
    """
    return max(word, _MEANS.get(kind), key=_weight)


def _weight(word: str | None) -> int:
    # A word of somebody else's, written by other means, gives way to every word of ours.
    return _WORDS.index(word) if word in _WORDS else 0
