"""What ``notifykit resend`` and ``notifykit mark-sent`` have in common: a person decides."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from contextlib import nullcontext, redirect_stdout
from datetime import UTC, datetime

from notifykit.cli import trouble
from notifykit.cli.context import Context
from notifykit.cli.finding import find, tell_several
from notifykit.cli.forms import submission_json
from notifykit.cli.problems import RefusedError, UsageError
from notifykit.cli.screen import Styled
from notifykit.cli.show import tell_attempt
from notifykit.cli.submissions import STYLES
from notifykit.errors import ChangedError
from notifykit.notifier import Notifier
from notifykit.settings import Settings
from notifykit.submission import OPERATOR, Hold, Status, Submission

Decide = Callable[[Notifier, Submission], Awaitable[Submission | None]]


async def carry_out(context: Context, decide: Decide) -> int:
    """
    Find the submission, let the decision be made, and tell what it came to.

    Returns:
        0 where the submission is ``SENT`` afterwards.

    Raises:
        NotFoundError: There is no such submission.
        UsageError: It belongs to another bot.
        RefusedError: Nothing was done: somebody works on it, or was faster.
    """
    settings = context.settings()
    notifier = Notifier.from_settings(settings)
    try:
        found = await find(context, notifier.repository)
        if len(found) > 1:
            tell_several(context, settings, found)
            return 2
        # MAIL_PROVIDER=console writes to standard output, which belongs to the JSON then.
        with redirect_stdout(sys.stderr) if context.options.json else nullcontext():
            kept = await _decided(context, notifier, found[0], decide)
        holds = await notifier.worker.delivery.held(settings.source)
    finally:
        await notifier.aclose()
    if context.options.json:
        context.screen.json(submission_json(context, kept))
    else:
        _tell(context, settings, before=found[0], after=kept)
        _tell_holds(context, settings, kept, holds)
    return 0 if kept.status is Status.SENT else 1


async def _decided(
    context: Context, notifier: Notifier, submission: Submission, decide: Decide
) -> Submission:
    if submission.status is Status.SENT:
        return submission
    if submission.source != notifier.options.source:
        raise UsageError(context.say("decide.source", source=submission.source))
    # By this machine's clock, so that nobody is asked in vain; the store's own decides after all.
    if submission.due_at and submission.due_at > datetime.now(UTC):
        _must_be_free(context, submission)
    try:
        kept = await decide(notifier, submission) or submission
    except ChangedError:
        names = {"reference": submission.reference, "id": submission.id}
        raise RefusedError(context.say("decide.changed", **names)) from None
    if _decisions(kept) == _decisions(submission):
        _must_be_free(context, kept)
    return kept


def _must_be_free(context: Context, submission: Submission) -> None:
    if submission.status is Status.SENDING:
        names = {"reference": submission.reference, "owner": submission.lease_owner}
        raise RefusedError(context.say("decide.busy", **names))


def _decisions(submission: Submission) -> set[str]:
    return {attempt.id for attempt in submission.attempts if attempt.provider == OPERATOR}


def _tell(context: Context, settings: Settings, *, before: Submission, after: Submission) -> None:
    screen, command = context.screen, context.options.command
    key = "decide.already" if before.status is Status.SENT else f"{command}.{after.status}"
    said = context.say(
        key,
        reference=after.reference,
        sent=context.time(after.sent_at, settings) or None,
        due=context.time(after.due_at, settings) or None,
    )
    screen.paragraph(f"{context.say(f'mark.{after.status}')} {said}", style=STYLES[after.status])
    known = {attempt.id for attempt in before.attempts}
    for number, attempt in enumerate(after.attempts, 1):
        if attempt.id not in known:
            tell_attempt(context, settings, number, attempt)
    hint = context.say("listing.show", reference=after.reference)
    screen.line(Styled(hint, "dim"))


def _tell_holds(
    context: Context, settings: Settings, submission: Submission, holds: list[Hold]
) -> None:
    if submission.status is not Status.SENT:
        trouble.tell_holds(context, settings, holds)
