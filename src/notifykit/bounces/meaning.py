"""What a report means for whoever waits for the mail."""

from __future__ import annotations

from dataclasses import replace

from notifykit.bounces.report import Bounce
from notifykit.diagnosis import Diagnosis, Kind, Reply, Retry, diagnose
from notifykit.settings.accounts import known_by
from notifykit.submission import EventKind

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
    provider = known_by(bounce.server) or "smtp"
    # No report says whether the recipient or the content was refused. What the words and the
    # enhanced code know comes before the code, which says the same of both.
    without_code = replace(bounce, code=None)
    heard = (
        _diagnosis(without_code, "rcpt", provider),
        _diagnosis(without_code, "content", provider),
        _diagnosis(bounce, "rcpt", provider),
    )
    fitting = (known for known in heard if _fits(known))
    return next(fitting, None) or _diagnosis(bounce, "returned", "smtp")


def _fits(known: Diagnosis) -> bool:
    return known.retry not in (Retry.LATER, Retry.UNKNOWN) and known.kind not in _NOT_OURS


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
