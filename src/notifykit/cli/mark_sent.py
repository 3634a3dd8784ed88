"""``notifykit mark-sent``: settles a lost answer, because somebody knows that the mail arrived."""

from __future__ import annotations

from notifykit.cli.context import Context
from notifykit.cli.deciding import carry_out
from notifykit.cli.problems import RefusedError
from notifykit.notifier import Notifier
from notifykit.submission import Submission, unresolved


async def run(context: Context) -> int:
    """Settle it; ``SENT`` is said only of what a provider may have taken."""

    async def mark_sent(notifier: Notifier, submission: Submission) -> Submission | None:
        if unresolved(submission.attempts) is None:
            raise RefusedError(context.say("mark-sent.known", reference=submission.reference))
        return await notifier.mark_sent(
            submission.id, by=context.options.by, fence=submission.fence
        )

    return await carry_out(context, mark_sent)
