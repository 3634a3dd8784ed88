"""``notifykit submissions``: what became of the mails, newest first."""

from __future__ import annotations

from collections.abc import Sequence

from notifykit.cli.context import Context
from notifykit.cli.forms import submission_json
from notifykit.cli.screen import Piece, Styled, cells
from notifykit.cli.texts import TEXTS
from notifykit.settings import Settings
from notifykit.storage.base import Filter
from notifykit.submission import OPERATOR, Status, Submission

STYLES = {
    Status.SENT: "good",
    Status.FAILED: "bad",
    Status.UNCONFIRMED: "warn",
    Status.QUEUED: "warn",
    Status.SENDING: "strong",
}
_SUBJECT = 3


async def run(context: Context) -> int:
    """List them."""
    options, settings = context.options, context.stored()
    status = Status(options.status) if options.status else None
    wanted = Filter(status=status, kind=options.kind, source=options.source)
    repository = settings.repository()
    try:
        found = await repository.recent(wanted, limit=options.limit)
    finally:
        await repository.aclose()
    if options.json:
        context.screen.json([submission_json(context, submission) for submission in found])
    elif found:
        tell(context, settings, found)
        context.screen.line()
        if len(found) == options.limit:
            context.screen.line(Styled(context.say("listing.more", count=len(found)), "dim"))
        hint = context.say("listing.show", reference=found[0].reference)
        context.screen.line(Styled(hint, "dim"))
    else:
        everything = wanted == Filter()
        context.screen.line(context.say("listing.nothing" if everything else "listing.filtered"))
    return 0


def tell(context: Context, settings: Settings, found: Sequence[Submission]) -> None:
    """Write two lines for each: where it stands, and whom it is for."""
    rows = [_row(context, settings, submission) for submission in found]
    several = len({submission.source for submission in found}) > 1
    for row, submission in zip(context.screen.columns(rows, cut=_SUBJECT), found, strict=True):
        context.screen.line(row[0], *(piece for cell in row[1:] for piece in ("  ", cell)))
        indent = cells(row[0] if isinstance(row[0], str) else row[0].text) + 2
        about = f"{kind(context, submission)} → {', '.join(submission.recipients)}"
        source = f"{submission.source}: " if several else ""
        context.screen.paragraph(source + about, indent=indent, style="dim")
        if submission.diagnosis and submission.status is not Status.SENT:
            cause = submission.diagnosis.cause(context.locale)
            context.screen.paragraph(cause, indent=indent, style=STYLES[submission.status])


def standing(context: Context, submission: Submission) -> Styled:
    """Tell the status with its mark."""
    status = submission.status
    word = f"{context.say(f'mark.{status}')} {context.say(f'status.{status}')}"
    return Styled(word, STYLES[status])


def kind(context: Context, submission: Submission) -> str:
    """Name the kind; one of the user's own by its own name."""
    return TEXTS[context.locale].get(f"kind.{submission.kind}", submission.kind)


def _row(context: Context, settings: Settings, submission: Submission) -> list[Piece]:
    asked = [each.provider for each in submission.attempts if each.provider != OPERATOR]
    tried, last = len(asked), asked[-1] if asked else "–"
    return [
        Styled(context.time(submission.created_at, settings, "clock.short"), "dim"),
        Styled(submission.reference, "strong"),
        standing(context, submission),
        submission.subject,
        f"{last} ×{tried}" if tried > 1 else last,
    ]
