"""``notifykit send``: an order or a call from a JSON file."""

from __future__ import annotations

import sys
from contextlib import nullcontext, redirect_stdout

from notifykit.cli.context import Context
from notifykit.cli.forms import submission_json
from notifykit.cli.problems import UsageError
from notifykit.cli.reading import notification
from notifykit.cli.screen import Styled
from notifykit.cli.show import tell_attempt
from notifykit.cli.submissions import STYLES
from notifykit.drafts import MAX_KEY
from notifykit.errors import InvalidEmailError
from notifykit.message import Address
from notifykit.notifier import Notifier
from notifykit.settings import Settings
from notifykit.submission import Status, Submission


async def run(context: Context) -> int:
    """Send it, and tell what became of it."""
    options, settings = context.options, context.settings()
    if options.key is not None and not 0 < len(options.key) <= MAX_KEY:
        raise UsageError(context.say("send.key"))
    to, told = _recipients(context), notification(context)
    notifier = Notifier.from_settings(settings)
    try:
        # MAIL_PROVIDER=console writes to standard output, which belongs to the JSON then.
        with redirect_stdout(sys.stderr) if options.json else nullcontext():
            submission = await notifier.send(
                told, to=to, idempotency_key=options.key, force=options.force
            )
    finally:
        await notifier.aclose()
    if options.json:
        context.screen.json(submission_json(context, submission))
    else:
        _tell(context, settings, submission)
    return 0 if submission.status is Status.SENT else 1


def _recipients(context: Context) -> list[Address]:
    typed = [part for to in context.options.to or () for part in to.split(",") if part.strip()]
    found = []
    for text in typed:
        try:
            found.append(Address.parse(text))
        except InvalidEmailError:
            raise UsageError(context.say("send.to", address=text.strip())) from None
    return found


def _tell(context: Context, settings: Settings, submission: Submission) -> None:
    screen = context.screen
    if submission.repeated:
        created = context.time(submission.created_at, settings)
        screen.line(Styled(context.say("send.repeated", created=created), "warn"))
    due = context.time(submission.due_at, settings) or None
    mark = context.say(f"mark.{submission.status}")
    said = context.say(f"send.{submission.status}", reference=submission.reference, due=due)
    screen.paragraph(f"{mark} {said}", style=STYLES[submission.status])
    screen.line()
    for number, attempt in enumerate(submission.attempts, 1):
        tell_attempt(context, settings, number, attempt)
    screen.line()
    hint = context.say("listing.show", reference=submission.reference)
    screen.line(Styled(hint, "dim"))
