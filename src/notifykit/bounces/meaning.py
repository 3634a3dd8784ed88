"""What a report means for whoever waits for the mail."""

from __future__ import annotations

from notifykit.bounces.report import Bounce
from notifykit.diagnosis import Diagnosis, Kind, Reply, Retry, diagnose
from notifykit.settings.accounts import known_by
from notifykit.submission import EventKind

_AFTER_THE_CONTENT = ("end of data", "after data", "after end of")
_STAGES = {EventKind.DEFERRED: "delayed", EventKind.COMPLAINED: "complaint"}
# Advice for these is for whoever sends, and a report is about somebody else's server.
_NOT_OURS = (Kind.CREDENTIAL, Kind.CONFIG, Kind.PROVIDER, Kind.NETWORK, Kind.RATE, Kind.UNKNOWN)


def diagnosed(bounce: Bounce) -> Diagnosis:
    """
    Say what came back means, and what to do.

    The server's words mean the same whether we hear them or a report quotes them. Only what would
    be tried again by itself is another thing here: nobody will.
    """
    if bounce.kind in _STAGES:
        return _diagnosis(bounce, _STAGES[bounce.kind], "smtp")
    words = bounce.text.lower()
    stage = "content" if any(hint in words for hint in _AFTER_THE_CONTENT) else "rcpt"
    heard = _diagnosis(bounce, stage, known_by(bounce.server) or "smtp")
    if heard.retry is Retry.LATER or heard.retry is Retry.UNKNOWN or heard.kind in _NOT_OURS:
        return _diagnosis(bounce, "returned", "smtp")
    return heard


def _diagnosis(bounce: Bounce, stage: str, provider: str) -> Diagnosis:
    return diagnose(
        Reply(
            provider=provider,
            stage=stage,
            code=bounce.code,
            enhanced_code=bounce.enhanced_code,
            text=bounce.text,
        )
    )
