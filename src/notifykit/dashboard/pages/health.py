"""For machines: whether it lives, whether it works, and figures to draw."""

from __future__ import annotations

import base64
import binascii
import inspect
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from notifykit.dashboard.desk import Desk, desk_of
from notifykit.dashboard.pages.front import held
from notifykit.errors import NotifykitError
from notifykit.storage.overview import Backlog, Period, Tally
from notifykit.submission import Hold

# https://prometheus.io/docs/instrumenting/exposition_formats/
_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_LATE = timedelta(minutes=15)
_DAY = timedelta(days=1)

Labels = Mapping[str, str]


async def alive(request: Request) -> Response:
    """Answer that the process lives; nothing else is asked."""
    return JSONResponse({"alive": True})


async def ready(request: Request) -> Response:
    """
    Say whether mails go out: the database answers, nothing waits for too long, nobody is held.

    It tells nothing that is not for everybody, so it needs no login.
    """
    desk = desk_of(request)
    try:
        backlog = await desk.repository.backlog(desk.source)
        holds = [hold for hold in await held(desk) if desk.source in (None, hold.source)]
    except NotifykitError:
        found = {"database": False}
    else:
        waits = backlog.queued_since
        found = {
            "database": True,
            "queue": waits is None or desk.now() - waits < _LATE,
            "providers": not _all_held(desk, holds),
        }
    well = all(found.values())
    return JSONResponse({"ready": well, **found}, 200 if well else 503)


async def metrics(request: Request) -> Response:
    """Give the figures to Prometheus, which shows the password as ``Basic`` or ``Bearer``."""
    desk = desk_of(request)
    await _let_in(request, desk)
    now = desk.now()
    period = Period(since=now - _DAY, until=now + timedelta(minutes=1))
    lines = figures(
        await desk.repository.backlog(), await desk.repository.tally(period), await held(desk), desk
    )
    return PlainTextResponse("".join(f"{line}\n" for line in lines), media_type=_FORMAT)


def figures(backlog: Backlog, tally: Tally, holds: Sequence[Hold], desk: Desk) -> Iterator[str]:
    """Write the figures in Prometheus' text format."""
    now = desk.now()
    open_now = {"QUEUED": backlog.queued, "SENDING": backlog.sending}
    open_now["UNCONFIRMED"] = backlog.unconfirmed
    yield from _head("open_submissions", "Submissions that are open now, by status.")
    for status, count in open_now.items():
        yield _line("open_submissions", {"status": status}, count)
    waited = now - backlog.queued_since if backlog.queued_since else timedelta(0)
    yield from _head("oldest_queued_seconds", "For how long the oldest queued submission waits.")
    yield _line("oldest_queued_seconds", {}, max(0.0, waited.total_seconds()))
    yield from _head("calls_waiting", "Calls for a manager that nobody has acknowledged.")
    yield _line("calls_waiting", {}, backlog.calls)
    yield from _head("accepted_last_day", "Submissions accepted in 24 hours, by status now.")
    yield from _summed(
        "accepted_last_day",
        [({"source": each.source, "status": each.status}, each.count) for each in tally.accepted],
    )
    yield from _head("attempts_last_day", "Attempts in 24 hours, by provider and outcome.")
    yield from _summed(
        "attempts_last_day",
        [
            ({"provider": each.provider, "outcome": each.outcome}, each.count)
            for each in tally.tried
        ],
    )
    if tally.pace is not None:
        yield from _head("accept_to_sent_seconds", "From accepted to sent, in 24 hours.")
        for quantile, span in (("0.5", tally.pace.p50), ("0.95", tally.pace.p95)):
            yield _line("accept_to_sent_seconds", {"quantile": quantile}, span.total_seconds())
    yield from _head("provider_held", "1 while a provider is left alone.")
    for hold in holds:
        yield _line("provider_held", {"source": hold.source, "provider": hold.provider}, 1)


def _head(name: str, meaning: str) -> Iterator[str]:
    yield f"# HELP notifykit_{name} {meaning}"
    yield f"# TYPE notifykit_{name} gauge"


def _summed(name: str, counted: list[tuple[Labels, int]]) -> Iterator[str]:
    sums: dict[tuple[tuple[str, str], ...], int] = {}
    for labels, count in counted:
        key = tuple(labels.items())
        sums[key] = sums.get(key, 0) + count
    for key, count in sorted(sums.items()):
        yield _line(name, dict(key), count)


def _line(name: str, labels: Labels, value: float) -> str:
    inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
    return f"notifykit_{name}{{{inner}}} {value}" if inner else f"notifykit_{name} {value}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _all_held(desk: Desk, holds: list[Hold]) -> bool:
    if desk.notifier is None:
        return bool(holds)
    names = {transport.name for transport in desk.notifier.transports}
    return names <= {hold.provider for hold in holds}


async def _let_in(request: Request, desk: Desk) -> None:
    if desk.auth is not None:
        said = desk.auth(request)
        if not (await said if inspect.isawaitable(said) else said):
            raise HTTPException(403, "stranger")
    elif desk.password is not None:
        _know(request, desk)


def _know(request: Request, desk: Desk) -> None:
    address = request.client.host if request.client else ""
    if wait := desk.throttle.wait(address):
        raise HTTPException(429, headers={"Retry-After": f"{wait:.0f}"})
    if not desk.seal.knows(_presented(request)):
        if "authorization" in request.headers:
            desk.throttle.failed(address)
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="notifykit"'})


def _presented(request: Request) -> str:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    try:
        said = base64.b64decode(value, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, ValueError):
        return ""
    return said.partition(":")[2]
