"""One submission: its story, its mail, and what can be done about it."""

from __future__ import annotations

import asyncio
import json

from starlette.requests import Request
from starlette.responses import Response

from notifykit import story
from notifykit.dashboard.desk import desk_of
from notifykit.dashboard.facts import Facts
from notifykit.dashboard.pages.acting import possible
from notifykit.dashboard.pages.mails import found, readable_source
from notifykit.dashboard.paper import locale_of, page


async def detail(request: Request) -> Response:
    """Show everything that is known."""
    desk, submission = desk_of(request), await found(request)
    events = await desk.repository.events(submission.id)
    decisions = await desk.repository.decisions(submission_id=submission.id)
    email = submission.email
    source = await asyncio.to_thread(readable_source, request, email) if email else ""
    return page(
        request,
        "detail.html",
        submission=submission,
        facts=Facts(submission),
        story=story.tell(submission, events, decisions, locale=locale_of(request)),
        events=events,
        decisions=decisions,
        actions=await possible(desk, submission),
        source=source,
        raw=json.dumps(dict(submission.notification), ensure_ascii=False, indent=2),
    )
