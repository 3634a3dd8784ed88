"""``notifykit explain``: what happened to a submission, told in plain words."""

from __future__ import annotations

from notifykit.cli.context import Context
from notifykit.cli.finding import find, tell_several
from notifykit.cli.screen import Styled
from notifykit.cli.submissions import standing
from notifykit.settings import Settings
from notifykit.story import Line, Tone, tell
from notifykit.submission import Submission

_STYLES = {Tone.OK: "good", Tone.BAD: "bad", Tone.WAIT: "warn", Tone.INFO: "strong"}
_MARKS = {Tone.OK: "✅", Tone.BAD: "❌", Tone.WAIT: "⏳", Tone.INFO: "📌"}
_INDENT = len("14:03:12  ") + 3


async def run(context: Context) -> int:
    """Tell it, or list those that have the same reference."""
    settings = context.stored()
    repository = settings.repository()
    try:
        found = await find(context, repository)
        if len(found) > 1:
            tell_several(context, settings, found)
            return 2
        events = await repository.events(found[0].id)
        decisions = await repository.decisions(submission_id=found[0].id)
    finally:
        await repository.aclose()
    lines = tell(found[0], events, decisions, locale=context.locale)
    if context.options.json:
        context.screen.json([_form(line) for line in lines])
    else:
        _tell(context, settings, found[0], lines)
    return 0


def _form(line: Line) -> dict[str, str | None]:
    return {
        "at": line.at.isoformat(),
        "tone": line.tone.value,
        "text": line.text,
        "advice": line.advice,
        "link": line.link,
    }


def _tell(context: Context, settings: Settings, submission: Submission, lines: list[Line]) -> None:
    screen = context.screen
    screen.line(Styled(submission.reference, "strong"), "  ", standing(context, submission))
    day: str | None = None
    for line in lines:
        if (today := context.time(line.at, settings, "clock.day")) != day:
            screen.heading(today)
            day = today
        at = context.time(line.at, settings, "clock.time")
        head, *rest = screen.wrapped(line.text, _INDENT)
        screen.line(Styled(at, "dim"), f"  {_MARKS[line.tone]} ", Styled(head, _STYLES[line.tone]))
        for more in rest:
            screen.line(" " * _INDENT, Styled(more, _STYLES[line.tone]))
        if line.advice:
            advice = context.say("explain.advice", advice=line.advice)
            screen.paragraph(advice, indent=_INDENT, style="warn")
        if line.link:
            screen.line(" " * _INDENT, Styled(line.link, "link"))
