"""What a provider said, what it means, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from notifykit.cli.context import Context
from notifykit.cli.screen import Piece, Styled
from notifykit.errors import DeliveryError
from notifykit.settings import Settings
from notifykit.submission import Attempt, Hold

Fact = tuple[str, Piece]

_REPEATED = re.compile(r"(?m)^\s*[245]\.\d{1,3}\.\d{1,3}\s+")


def facts(context: Context, trouble: DeliveryError | Attempt) -> list[Fact]:
    """Tell the code, the provider's words, the cause and the advice."""
    words = trouble.message if isinstance(trouble, DeliveryError) else trouble.error
    # Servers repeat the enhanced code in every line; it is told once.
    words = " ".join(_REPEATED.sub("", words or "").split())
    diagnosis = trouble.diagnosis
    codes = " ".join(str(code) for code in (trouble.code, trouble.enhanced_code) if code)
    return [
        (context.say("trouble.code"), codes),
        (context.say("trouble.words"), words),
        (
            context.say("trouble.cause"),
            Styled(diagnosis.cause(context.locale) if diagnosis else "", "strong"),
        ),
        (
            context.say("trouble.advice"),
            Styled(diagnosis.advice(context.locale) if diagnosis else "", "warn"),
        ),
        (
            context.say("trouble.link"),
            Styled((diagnosis.link if diagnosis else None) or "", "link"),
        ),
    ]


def tell_holds(context: Context, settings: Settings, holds: Iterable[Hold]) -> None:
    """Name the providers that are left alone for now, until when and why."""
    for hold in holds:
        until = context.time(hold.until, settings)
        reason = hold.diagnosis.cause(context.locale) if hold.diagnosis else hold.reason
        line = context.say("worker.held", provider=hold.provider, until=until, reason=reason)
        context.screen.paragraph(line, style="warn")


def as_json(context: Context, trouble: DeliveryError | Attempt) -> dict[str, Any]:
    """Give the same for programs."""
    diagnosis = trouble.diagnosis
    return {
        "stage": trouble.stage,
        "code": trouble.code,
        "enhanced_code": trouble.enhanced_code,
        "error": trouble.message if isinstance(trouble, DeliveryError) else trouble.error,
        "diagnosis": diagnosis.id if diagnosis else None,
        "cause": diagnosis.cause(context.locale) if diagnosis else None,
        "advice": diagnosis.advice(context.locale) if diagnosis else None,
        "link": diagnosis.link if diagnosis else None,
    }
