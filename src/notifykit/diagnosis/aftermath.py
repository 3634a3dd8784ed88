"""What became of a mail after a provider took it: nobody tries again, unless the provider does."""

from __future__ import annotations

from dataclasses import replace

from notifykit.diagnosis.classify import diagnose
from notifykit.diagnosis.model import Diagnosis, Kind, Reply, Retry

# Advice for these is for whoever sends, and what came back is about somebody else's server.
_NOT_OURS = (Kind.CREDENTIAL, Kind.CONFIG, Kind.PROVIDER, Kind.NETWORK, Kind.RATE, Kind.UNKNOWN)


def returned(reply: Reply) -> Diagnosis:
    """
    Say what the words mean with which a server gave an accepted mail back.

    They mean the same whether we hear them or a report quotes them. Only what would be tried again
    by itself is another thing here: nobody will.

    Args:
        reply: Its stage does not matter: no report says whether the recipient or the content was
            refused.
    """
    # What the words and the enhanced code know comes before the code, which says the same of both.
    without_code = replace(reply, code=None)
    heard = (
        diagnose(replace(without_code, stage="rcpt")),
        diagnose(replace(without_code, stage="content")),
        diagnose(replace(reply, stage="rcpt")),
        diagnose(replace(reply, stage="returned")),
    )
    fitting = (known for known in heard if _is_final(known) and known.kind not in _NOT_OURS)
    return next(fitting, None) or _without_words("returned")


def dropped(reply: Reply) -> Diagnosis:
    """Say why the provider itself gave up an accepted mail, before any other server saw it."""
    known = diagnose(replace(reply, stage="rcpt"))
    fits = _is_final(known) and known.kind is not Kind.UNKNOWN
    return known if fits else _without_words("dropped")


def delayed(reply: Reply) -> Diagnosis:
    """Say why a server does not take a mail yet that the provider goes on trying to deliver."""
    known = diagnose(replace(reply, stage="rcpt"))
    fits = known.retry is Retry.LATER and known.kind is not Kind.UNKNOWN
    return known if fits else _without_words("delayed")


def complained() -> Diagnosis:
    """Say what it means that a reader called the mail spam."""
    return _without_words("complaint")


def _is_final(known: Diagnosis) -> bool:
    return known.retry not in (Retry.LATER, Retry.UNKNOWN)


def _without_words(stage: str) -> Diagnosis:
    return diagnose(Reply(provider="smtp", stage=stage))
