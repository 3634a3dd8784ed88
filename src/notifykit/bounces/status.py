"""Delivery status notifications: RFC 3464, and RFC 6533 for addresses beyond ASCII."""

from __future__ import annotations

import re
from collections.abc import Iterator

from notifykit.bounces.finding import Finding, address, codes, host
from notifykit.bounces.parts import Fields, first, read_fields
from notifykit.submission import EventKind

TYPES = ("message/delivery-status", "message/global-delivery-status")

_MOST_RECIPIENTS = 100
_BETWEEN_BLOCKS = re.compile(r"\n[ \t]*\n")
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
# RFC 3464, 2.3.3. "relayed", "delivered" and "expanded" are good news.
_ACTIONS = {"failed": EventKind.BOUNCED, "delayed": EventKind.DEFERRED}
_GOOD_NEWS = ("relayed", "delivered", "expanded")
_CLASSES = {"5": EventKind.BOUNCED, "4": EventKind.DEFERRED}


def findings(report: str, *, words: str) -> Iterator[Finding]:
    """
    Read a report's blocks, one for each recipient.

    Args:
        report: The part ``message/delivery-status``, as text.
        words: What stands before it for people; quoted where no server's words are given.
    """
    blocks = [read_fields(block) for block in _BETWEEN_BLOCKS.split(report, _MOST_RECIPIENTS)]
    reporter = _value(first(blocks[0], "reporting-mta"))
    for block in blocks:
        kind = _kind(block)
        if kind is not None and _recipient(block):
            yield _finding(block, kind, reporter, words)


def _finding(block: Fields, kind: EventKind, reporter: str, words: str) -> Finding:
    said = _value(first(block, "diagnostic-code"))
    found = codes(said)
    known = _STATUS.match(first(block, "status"))
    return Finding(
        recipient=_recipient(block),
        kind=kind,
        code=found.code,
        # Many put 5.0.0 there although the server's words say more.
        enhanced_code=found.enhanced or (known[0] if known else None),
        text=said or words,
        server=host(_value(first(block, "remote-mta")) or reporter),
    )


def _kind(block: Fields) -> EventKind | None:
    action = first(block, "action").lower()
    if action.startswith(_GOOD_NEWS):
        return None
    by_action = (kind for word, kind in _ACTIONS.items() if action.startswith(word))
    return next(by_action, _CLASSES.get(first(block, "status")[:1]))


def _recipient(block: Fields) -> str | None:
    # The original one is the one that we know; the final one may be where it was forwarded to.
    fields = (first(block, name) for name in ("original-recipient", "final-recipient"))
    return next((found for field in fields if (found := address(_value(field)))), None)


def _value(field: str) -> str:
    """Give what stands behind the type: ``rfc822; a@example.com``, ``smtp; 550 …``."""
    kind, typed, value = field.partition(";")
    return (value if typed and kind.strip().replace("-", "").isalnum() else field).strip()
