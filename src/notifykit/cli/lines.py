"""Findings as people read them: a line each, and what to do where something is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Any

from notifykit.cli.context import Context
from notifykit.cli.masking import scrubbed
from notifykit.cli.russian import in_russian
from notifykit.cli.screen import Piece, Styled, cells
from notifykit.cli.variables import as_in_use
from notifykit.doctor import Finding, Severity
from notifykit.notifier import Notifier

_MARKS = {
    Severity.FINE: "✅",
    Severity.SKIPPED: "➖",
    Severity.WARNING: "⚠️",
    Severity.ERROR: "❌",
}
_VERDICTS = {
    Severity.FINE: "check.ok",
    Severity.WARNING: "check.warned",
    Severity.ERROR: "check.bad",
}
_MARKED = 3  # cells of a mark and a space
_STYLES = {
    Severity.FINE: "good",
    Severity.SKIPPED: "dim",
    Severity.WARNING: "warn",
    Severity.ERROR: "bad",
}
_WRONG_SETTINGS = "NK101"
_FAREWELL = 5.0


async def closed(notifier: Notifier | None) -> None:
    """Close what a check opened; a database that is out of reach does not hold us up."""
    if notifier is not None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL):
                await notifier.aclose()


def ends(findings: Iterable[Finding]) -> int:
    """Give the exit code: 2 where the settings are wrong, 1 where something else is."""
    errors = {finding.id for finding in findings if finding.severity is Severity.ERROR}
    return 2 if _WRONG_SETTINGS in errors else int(bool(errors))


def tell(context: Context, findings: Sequence[Finding]) -> None:
    """Write the findings by what was looked at, and one line on all of them."""
    column = max((cells(finding.step(context.locale)) for finding in findings), default=0)
    for subject in dict.fromkeys(finding.subject for finding in findings):
        context.screen.heading(_heading(context, subject))
        for finding in findings:
            if finding.subject == subject:
                _line(context, finding, column)
    context.screen.line()
    found = {finding.severity for finding in findings}
    worst = next((one for one in (Severity.ERROR, Severity.WARNING) if one in found), Severity.FINE)
    context.screen.line(Styled(context.say(_VERDICTS[worst]), _STYLES[worst]))


def _heading(context: Context, subject: str) -> str:
    key = f"subject.{subject}"
    return context.say(key) if context.knows(key) else subject


def _line(context: Context, finding: Finding, column: int) -> None:
    locale, style = context.locale, _STYLES[finding.severity]
    wrong = finding.severity in (Severity.WARNING, Severity.ERROR)
    said = finding.cause(locale) if wrong else _evidence(context, finding)
    if finding.seconds is not None:
        took = context.say("seconds", seconds=f"{finding.seconds:.2f}")
        said = f"{said} ({took})"
    label = f"{_MARKS[finding.severity]} {finding.step(locale)}"
    context.screen.facts([(label, Styled(said, style))], label=column + _MARKED)
    if wrong:
        context.screen.facts(_facts(context, finding), indent=5)
    elif steps := _steps(context, finding):
        context.screen.facts([(context.say("trouble.advice"), _numbered(steps))], indent=5)


def _facts(context: Context, finding: Finding) -> list[tuple[str, Piece]]:
    words = "trouble.words" if finding.error else "trouble.evidence"
    return [
        (context.say("trouble.number"), finding.number or ""),
        (context.say(words), _evidence(context, finding)),
        (
            context.say("trouble.advice"),
            Styled(_numbered(_steps(context, finding)), "warn"),
        ),
        (context.say("trouble.link"), Styled(finding.link or "", "link")),
    ]


def _numbered(steps: Sequence[str]) -> str:
    if len(steps) < 2:  # noqa: PLR2004 - a single one needs no number
        return "".join(steps)
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, 1))


def _evidence(context: Context, finding: Finding) -> str:
    said = finding.evidence(context.locale)
    # A provider may quote what it was sent, and a template what stands in it.
    said = scrubbed(said, context.environment.values)
    return _named(context, finding, in_russian(said) if context.locale == "ru" else said)


def _steps(context: Context, finding: Finding) -> list[str]:
    return [_named(context, finding, step) for step in finding.steps(context.locale)]


def _named(context: Context, finding: Finding, said: str) -> str:
    # Elsewhere a variable is named because it stands there, not because it is in use.
    in_use = finding.subject == "database"
    return as_in_use(said, context.environment.values) if in_use else said


def as_json(context: Context, findings: Sequence[Finding]) -> dict[str, Any]:
    """Give the same for programs."""
    return {
        "ok": not any(finding.severity is Severity.ERROR for finding in findings),
        "findings": [_as_json(context, finding) for finding in findings],
    }


def _as_json(context: Context, finding: Finding) -> dict[str, Any]:
    error, diagnosis = finding.error, finding.diagnosis
    return {
        "subject": finding.subject,
        "step": finding.entry.step,
        "severity": finding.severity.value,
        "number": finding.number,
        "cause": finding.cause(context.locale) or None,
        "evidence": _evidence(context, finding),
        "steps": _steps(context, finding),
        "link": finding.link,
        "diagnosis": diagnosis.id if diagnosis else None,
        "stage": error.stage if error else None,
        "code": error.code if error else None,
        "enhanced_code": error.enhanced_code if error else None,
        "seconds": None if finding.seconds is None else round(finding.seconds, 3),
    }
