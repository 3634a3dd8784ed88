"""What a person can do about a submission or a provider: asked first, done once, recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from notifykit.dashboard.desk import Desk, desk_of, visit_of
from notifykit.dashboard.facts import Facts
from notifykit.dashboard.forms import posted
from notifykit.dashboard.pages.front import held
from notifykit.dashboard.pages.mails import found
from notifykit.dashboard.paper import page, url
from notifykit.errors import ChangedError
from notifykit.notifier import Notifier
from notifykit.submission import Action, Outcome, Status, Submission

# A provider may take its time; the page goes on, and shows the result when it is there.
_PATIENCE = 8.0
_OPEN = (Status.QUEUED, Status.UNCONFIRMED, Status.FAILED)
_SEE_OTHER = 303

Deed = Callable[[Notifier, Submission, str], Awaitable[Submission | None]]


@dataclass(frozen=True, slots=True)
class Way:
    """
    One thing that can be done.

    Attributes:
        deed: Does it; raises `ChangedError` where somebody was faster, perhaps in another process.
        possible: Whether it makes sense now; the notifier decides again when it is done.
    """

    deed: Deed
    possible: Callable[[Submission], bool]


async def _acknowledged(notifier: Notifier, submission: Submission, by: str) -> Submission:
    await notifier.acknowledge(submission.id, by=by, first=True)
    return submission


WAYS: Mapping[str, Way] = {
    "resend": Way(
        lambda notifier, submission, by: notifier.resend(
            submission.id, by=by, fence=submission.fence
        ),
        lambda submission: submission.status in _OPEN,
    ),
    "mark_sent": Way(
        lambda notifier, submission, by: notifier.mark_sent(
            submission.id, by=by, fence=submission.fence
        ),
        lambda submission: submission.status is Status.UNCONFIRMED,
    ),
    "cancel": Way(
        lambda notifier, submission, by: notifier.cancel(
            submission.id, by=by, fence=submission.fence
        ),
        lambda submission: submission.status is Status.QUEUED and not may_be_out(submission),
    ),
    "acknowledge": Way(
        _acknowledged,
        lambda submission: submission.kind == "manager_call",
    ),
}


def may_be_out(submission: Submission) -> bool:
    """Whether a copy may have reached somebody although no provider said so."""
    lost = (Outcome.UNKNOWN, Outcome.STARTED)
    return any(attempt.outcome in lost for attempt in submission.attempts)


def version(submission: Submission) -> str:
    """Name the state that a person saw: it changes with every try and every decision."""
    return f"{submission.fence}.{submission.status}.{len(submission.attempts)}"


async def possible(desk: Desk, submission: Submission) -> list[str]:
    """List what can be done about a submission now."""
    ways = _ways(desk, submission)
    if "acknowledge" in ways and await _taken(desk, submission):
        ways.remove("acknowledge")
    return ways


async def ask(request: Request) -> Response:
    """Ask whether it shall be done."""
    desk, submission = desk_of(request), await found(request)
    name = request.path_params["action"]
    if name not in WAYS:
        raise HTTPException(404)
    if name not in _ways(desk, submission):
        return _back(request, submission, "impossible")
    if name == "acknowledge" and await _taken(desk, submission):
        return _back(request, submission, "taken")
    return _question(request, name, submission)


async def act(request: Request) -> Response:
    """Do it, unless something has changed since the visitor was asked."""
    fields, desk = await posted(request), desk_of(request)
    name = request.path_params["action"]
    if name not in WAYS:
        raise HTTPException(404)
    if desk.notifier is None:
        raise HTTPException(409, "looks")
    visitor = _decider(request, fields)
    async with desk.one_at_a_time(request.path_params["id"]):
        submission = await found(request)
        # Whoever takes a call takes it whether its mail went out meanwhile or not.
        if name != "acknowledge" and fields.get("seen") != version(submission):
            return _back(request, submission, "changed")
        if name not in _ways(desk, submission):
            return _back(request, submission, "impossible")
        if name == "resend" and may_be_out(submission) and fields.get("risk") != "known":
            return _question(request, name, submission, status=422, missing=True)
        try:
            after = await _done(desk.notifier, WAYS[name].deed, submission, visitor)
        except ChangedError:
            overtaken = "taken" if name == "acknowledge" else "overtaken"
            return _back(request, submission, overtaken)
    return _back(request, submission, _outcome(name, submission, after))


async def ask_release(request: Request) -> Response:
    """Ask whether a provider shall be tried again."""
    desk, provider = desk_of(request), request.path_params["provider"]
    if not await _is_held(desk, provider):
        return RedirectResponse(url(request), _SEE_OTHER)
    return page(
        request,
        "ask.html",
        action="release",
        subject=provider,
        target=f"/holds/{provider}",
        facts=None,
        seen="",
        risky=False,
        missing=False,
    )


async def release(request: Request) -> Response:
    """Let a provider be tried again."""
    fields, desk = await posted(request), desk_of(request)
    if desk.notifier is None:
        raise HTTPException(409, "looks")
    provider = request.path_params["provider"]
    async with desk.one_at_a_time(f"hold {provider}"):
        if await _is_held(desk, provider):
            await desk.notifier.release(provider, by=_decider(request, fields))
    return RedirectResponse(url(request, "/", {"done": "release"}), _SEE_OTHER)


def _ways(desk: Desk, submission: Submission) -> list[str]:
    if desk.notifier is None or submission.source != desk.source:
        return []
    return [name for name, way in WAYS.items() if way.possible(submission)]


def _question(
    request: Request, name: str, submission: Submission, status: int = 200, *, missing: bool = False
) -> Response:
    return page(
        request,
        "ask.html",
        status,
        action=name,
        subject=submission.reference,
        target=f"/submissions/{submission.id}/{name}",
        facts=Facts(submission),
        seen=version(submission),
        risky=name == "resend" and may_be_out(submission),
        missing=missing,
    )


def _decider(request: Request, fields: Mapping[str, str]) -> str:
    """Find who decides; the host application's word counts more than what is typed."""
    visit = visit_of(request)
    if desk_of(request).auth is None:
        visit = visit.named(fields.get("by", ""))
        request.state.visit = visit
    return visit.name or "dashboard"


async def _done(
    notifier: Notifier, deed: Deed, submission: Submission, by: str
) -> Submission | None:
    try:
        async with asyncio.timeout(_PATIENCE):
            return await deed(notifier, submission, by)
    except TimeoutError:
        return None  # the notifier sees it through; the page will show what came of it


def _outcome(name: str, before: Submission, after: Submission | None) -> str:
    if after is None:
        return "resend_SENDING" if name == "resend" else "slow"
    if name != "acknowledge" and version(after) == version(before):
        return "busy"
    if name == "mark_sent" and after.status is not Status.SENT:
        return "slow"  # the database went away in between
    return f"{name}_{after.status}" if name == "resend" else name


def _back(request: Request, submission: Submission, done: str) -> Response:
    return RedirectResponse(
        url(request, f"/submissions/{submission.id}", {"done": done}), _SEE_OTHER
    )


async def _taken(desk: Desk, submission: Submission) -> bool:
    return bool(
        await desk.repository.decisions(
            submission_id=submission.id, action=Action.ACKNOWLEDGED, limit=1
        )
    )


async def _is_held(desk: Desk, provider: str) -> bool:
    return any(
        hold.provider == provider and hold.source == desk.source for hold in await held(desk)
    )
