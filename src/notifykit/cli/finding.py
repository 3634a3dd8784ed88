"""Finds the submission that a person means."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from notifykit.cli.context import Context
from notifykit.cli.forms import submission_json
from notifykit.cli.problems import NotFoundError
from notifykit.cli.submissions import tell
from notifykit.ids import normal_reference
from notifykit.settings import Settings
from notifykit.storage.base import Filter, SubmissionRepository
from notifykit.submission import Submission


async def find(context: Context, repository: SubmissionRepository) -> Sequence[Submission]:
    """
    Find what was typed, an id or a reference; several submissions may have one reference.

    Raises:
        NotFoundError: There is none.
    """
    wanted = context.options.wanted
    try:
        ids = [str(UUID(wanted.strip()))]
    except ValueError:
        reference = normal_reference(wanted)
        ids = [found.id for found in await repository.recent(Filter(reference=reference))]
    # A list comes without the emails.
    whole = [await repository.get(id_) for id_ in ids]
    found = [submission for submission in whole if submission is not None]
    if not found:
        raise NotFoundError(context.say("show.none", wanted=wanted))
    return found


def tell_several(context: Context, settings: Settings, found: Sequence[Submission]) -> None:
    """List those that have the same reference, and what to type for each."""
    if context.options.json:
        context.screen.json([submission_json(context, submission) for submission in found])
        return
    context.screen.line(context.say("show.several", wanted=context.options.wanted))
    context.screen.line()
    tell(context, settings, found)
    context.screen.line()
    for submission in found:
        context.screen.line(f"  notifykit {context.options.command} {submission.id}")
