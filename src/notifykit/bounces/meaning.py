"""What a report means for whoever waits for the mail."""

from __future__ import annotations

from notifykit.bounces.report import Bounce
from notifykit.diagnosis import Diagnosis, Reply, complained, delayed, returned
from notifykit.settings.accounts import known_by
from notifykit.submission import EventKind


def diagnosed(bounce: Bounce) -> Diagnosis:
    """Say what came back means, and what to do."""
    if bounce.kind is EventKind.COMPLAINED:
        return complained()
    if bounce.kind is EventKind.DEFERRED:
        return delayed(_reply(bounce, "smtp"))
    return returned(_reply(bounce, known_by(bounce.server) or "smtp"))


def _reply(bounce: Bounce, provider: str) -> Reply:
    return Reply(
        provider=provider,
        stage="returned",
        code=bounce.code,
        enhanced_code=bounce.enhanced_code,
        text=bounce.text,
    )
