"""``notifykit show``: one submission whole, told so that nobody has to know SMTP."""

from __future__ import annotations

import json
from collections.abc import Sequence
from uuid import UUID

from notifykit.cli import trouble
from notifykit.cli.context import Context
from notifykit.cli.forms import submission_json
from notifykit.cli.problems import NotFoundError
from notifykit.cli.screen import Piece, Styled
from notifykit.cli.submissions import kind, standing, tell
from notifykit.ids import normal_reference
from notifykit.settings import Settings
from notifykit.storage.base import Filter, SubmissionRepository
from notifykit.submission import Attempt, Outcome, Submission


async def run(context: Context) -> int:
    """Show it, or list those that have the same reference."""
    settings = context.reading().settings
    repository = settings.repository()
    try:
        found = await _find(repository, context.options.wanted)
    finally:
        await repository.aclose()
    if not found:
        raise NotFoundError(context.say("show.none", wanted=context.options.wanted))
    if context.options.json:
        forms = [submission_json(context, submission) for submission in found]
        context.screen.json(forms[0] if len(forms) == 1 else forms)
    elif len(found) == 1:
        _tell(context, settings, found[0])
    else:
        _tell_several(context, settings, found)
    return 0


async def _find(repository: SubmissionRepository, wanted: str) -> Sequence[Submission]:
    try:
        ids = [str(UUID(wanted.strip()))]
    except ValueError:
        reference = normal_reference(wanted)
        ids = [found.id for found in await repository.recent(Filter(reference=reference))]
    # A list comes without the emails.
    whole = [await repository.get(id_) for id_ in ids]
    return [submission for submission in whole if submission is not None]


def _tell_several(context: Context, settings: Settings, found: Sequence[Submission]) -> None:
    context.screen.line(context.say("show.several", wanted=context.options.wanted))
    context.screen.line()
    tell(context, settings, found)
    context.screen.line()
    for submission in found:
        context.screen.line(f"  notifykit show {submission.id}")


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
    """Tell one attempt: who was asked, what came of it, and what to do."""
    took = ""
    if attempt.finished_at:
        seconds = (attempt.finished_at - attempt.started_at).total_seconds()
        took = f", {context.say('seconds', seconds=f'{seconds:.1f}')}"
    well = attempt.outcome is Outcome.ACCEPTED
    context.screen.line(
        f"  {number}. {'✅' if well else '❌'} ",
        Styled(attempt.provider, "strong"),
        "  ",
        Styled(context.say(f"outcome.{attempt.outcome}"), "good" if well else "bad"),
        Styled(f"  {context.time(attempt.started_at, settings)}{took}", "dim"),
    )
    context.screen.facts(
        [*trouble.facts(context, attempt), *_results(context, attempt), *more], indent=8
    )


def _results(context: Context, attempt: Attempt) -> list[tuple[str, Piece]]:
    refused = "\n".join(f"{refusal.recipient}: {refusal.text}" for refusal in attempt.refused)
    return [
        (context.say("show.accepted"), ", ".join(attempt.accepted)),
        (context.say("show.refused"), Styled(refused, "bad")),
        (context.say("show.their_id"), attempt.provider_message_id or ""),
    ]
