"""``notifykit show``: one submission whole, told so that nobody has to know SMTP."""

from __future__ import annotations

import json

from notifykit.cli import trouble
from notifykit.cli.context import Context
from notifykit.cli.finding import find, tell_several
from notifykit.cli.forms import submission_json
from notifykit.cli.screen import Piece, Styled
from notifykit.cli.submissions import kind, standing
from notifykit.settings import Settings
from notifykit.submission import OPERATOR, Attempt, Outcome, Submission


async def run(context: Context) -> int:
    """Show it, or list those that have the same reference."""
    settings = context.stored()
    repository = settings.repository()
    try:
        found = await find(context, repository)
    finally:
        await repository.aclose()
    if len(found) > 1:
        tell_several(context, settings, found)
    elif context.options.json:
        context.screen.json(submission_json(context, found[0]))
    else:
        _tell(context, settings, found[0])
    return 0


def _tell(context: Context, settings: Settings, submission: Submission) -> None:
    screen = context.screen
    screen.line(Styled(submission.reference, "strong"), "  ", standing(context, submission))
    screen.line()
    screen.facts(_facts(context, settings, submission))
    screen.heading(context.say("show.attempts"))
    for number, attempt in enumerate(submission.attempts, 1):
        digest = (context.say("show.sha256"), Styled(attempt.sha256 or "", "dim"))
        tell_attempt(context, settings, number, attempt, digest)
    if not submission.attempts:
        screen.line("  ", context.say("show.no_attempts"))
    if submission.email:
        screen.heading(context.say("show.message"))
        for line in submission.email.text.splitlines():
            screen.line("  ", line)  # as it is: it has columns, and tabs to be copied
    else:
        screen.heading(context.say("show.notification"))
        content = json.dumps(dict(submission.notification), ensure_ascii=False, indent=2)
        screen.paragraph(content, indent=2)


def _facts(context: Context, settings: Settings, submission: Submission) -> list[tuple[str, Piece]]:
    lease = submission.lease_owner and f"{submission.lease_owner} ({submission.fence})"
    facts: dict[str, Piece | None] = {
        "subject": Styled(submission.subject, "strong"),
        "recipients": ", ".join(submission.recipients),
        "kind": kind(context, submission),
        "status": submission.status.value,
        "delivery": submission.delivery,
        "created": context.time(submission.created_at, settings),
        "sent": context.time(submission.sent_at, settings),
        "updated": context.time(submission.updated_at, settings),
        "due": context.time(submission.due_at, settings),
        "lease": lease,
        "source": submission.source,
        "id": submission.id,
        "message_id": submission.message_id,
        "key": submission.idempotency_key,
    }
    return [(context.say(f"show.{name}"), fact or "") for name, fact in facts.items()]


def tell_attempt(
    context: Context, settings: Settings, number: int, attempt: Attempt, *more: trouble.Fact
) -> None:
    """Tell one attempt: who was asked, what came of it, what to do; or what a person decided."""
    mark, who, style = _actor(context, attempt)
    took = ""
    if attempt.finished_at and attempt.provider != OPERATOR:
        seconds = (attempt.finished_at - attempt.started_at).total_seconds()
        took = f", {context.say('seconds', seconds=f'{seconds:.1f}')}"
    context.screen.line(
        f"  {number}. {mark} ",
        Styled(who, "strong"),
        "  ",
        Styled(context.say(f"outcome.{attempt.outcome}"), style),
        Styled(f"  {context.time(attempt.started_at, settings)}{took}", "dim"),
    )
    context.screen.facts(
        [*trouble.facts(context, attempt), *_results(context, attempt), *more], indent=8
    )


def _actor(context: Context, attempt: Attempt) -> tuple[str, str, str]:
    if attempt.provider == OPERATOR:
        return "👤", attempt.decided_by or context.say("operator"), "warn"
    if attempt.outcome is Outcome.ACCEPTED:
        return "✅", attempt.provider, "good"
    return "❌", attempt.provider, "bad"


def _results(context: Context, attempt: Attempt) -> list[tuple[str, Piece]]:
    refused = "\n".join(f"{refusal.recipient}: {refusal.text}" for refusal in attempt.refused)
    return [
        (context.say("show.accepted"), ", ".join(attempt.accepted)),
        (context.say("show.refused"), Styled(refused, "bad")),
        (context.say("show.their_id"), attempt.provider_message_id or ""),
    ]
