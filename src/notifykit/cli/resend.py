"""``notifykit resend``: tries a submission again now, because somebody wants it."""

from __future__ import annotations

import sys

from notifykit.cli.context import Context
from notifykit.cli.deciding import carry_out
from notifykit.cli.problems import RefusedError, UsageError
from notifykit.cli.screen import Screen
from notifykit.notifier import Notifier
from notifykit.submission import Submission, unresolved

_YES = ("y", "yes", "д", "да")


async def run(context: Context) -> int:
    """Resend it, once the risk of a second copy is accepted."""

    async def resend(notifier: Notifier, submission: Submission) -> Submission | None:
        if submission.email is None:
            raise RefusedError(context.say("resend.no_email", reference=submission.reference))
        if provider := unresolved(submission.attempts):
            _must_be_asked(context, notifier, provider)
            _must_be_wanted(context, submission, provider)
        return await notifier.resend(submission.id, by=context.options.by, fence=submission.fence)

    return await carry_out(context, resend)


def _must_be_asked(context: Context, notifier: Notifier, provider: str) -> None:
    # Anybody else could only send a second copy, so that nobody would be asked at all.
    if provider not in {transport.name for transport in notifier.transports}:
        raise UsageError(context.say("resend.elsewhere", provider=provider))


def _must_be_wanted(context: Context, submission: Submission, provider: str) -> None:
    if context.options.yes:
        return
    risk = context.say("resend.risk", reference=submission.reference, provider=provider)
    if not sys.stdin.isatty():
        raise UsageError(f"{risk} {context.say('resend.yes')}")
    # Standard output may belong to JSON.
    Screen(sys.stderr).paragraph(f"❓ {risk}", style="warn")
    print(context.say("resend.question"), end=" ", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in _YES:
        raise RefusedError(context.say("resend.left"))
