"""``notifykit cancel``: lets nobody be asked any more to take what waits."""

from __future__ import annotations

from notifykit.cli.context import Context
from notifykit.cli.deciding import carry_out
from notifykit.cli.problems import RefusedError
from notifykit.notifier import Notifier
from notifykit.submission import OPERATOR, Outcome, Status, Submission, unresolved


async def run(context: Context) -> int:
    """Cancel it; 0 where nobody will be asked any more."""
    done = False

    async def cancel(notifier: Notifier, submission: Submission) -> Submission | None:
        nonlocal done
        names = {"reference": submission.reference}
        if provider := unresolved(submission.attempts):
            raise RefusedError(context.say("cancel.unknown", **names, provider=provider))
        if submission.status is not Status.QUEUED:
            status = context.say(f"status.{submission.status}")
            raise RefusedError(context.say("cancel.not", **names, status=status))
        kept = await notifier.cancel(submission.id, by=context.options.by, fence=submission.fence)
        done = kept is not None and any(
            (attempt.provider, attempt.outcome) == (OPERATOR, Outcome.CANCELLED)
            for attempt in kept.attempts[-1:]
        )
        return kept

    code = await carry_out(context, cancel)
    return 0 if done else max(code, 1)
