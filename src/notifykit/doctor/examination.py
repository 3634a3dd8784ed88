"""The thorough look: everything of the check, and everything around it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from notifykit.doctor.accounts import accounts, credentials, senders
from notifykit.doctor.checking import Checked, check_settings
from notifykit.doctor.connection import PATIENCE
from notifykit.doctor.domains import domain_of
from notifykit.doctor.envelopes import envelopes
from notifykit.doctor.finding import Finding
from notifykit.doctor.queue import Queue
from notifykit.doctor.records import records
from notifykit.doctor.resolving import Resolver, installed_resolver
from notifykit.doctor.trial import trial
from notifykit.doctor.variables import variables
from notifykit.errors import NotifykitError
from notifykit.settings import Settings, Sources
from notifykit.settings.model import Reading
from notifykit.settings.providers import Way, plan

_RIGHT = timedelta(seconds=60)
_LOST = "NK207"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """
    What an examination looks through; each can be another one in tests.

    Attributes:
        resolver: Asks DNS; ``None``: dnspython is not installed.
        mounts: See `container.vanishes`; ``None``: this process's own.
        folder: Where the program runs.
        patience: Seconds for each provider.
    """

    resolver: Resolver | None = field(default_factory=installed_resolver)
    mounts: str | None = None
    folder: Path = field(default_factory=Path.cwd)
    patience: float = PATIENCE


async def examine(
    reading: Reading[Settings],
    sources: Sources,
    *,
    tools: Tools | None = None,
    send: bool = False,
) -> Checked:
    """
    Look at everything; see `check_settings`.

    Each provider is logged in to once, whatever is asked of it.

    Args:
        reading: The settings as far as they can be read.
        sources: The variables as they stand.
        send: Send one test mail to ``SALES_EMAIL``.

    Returns:
        Its ``notifier`` is the caller's to close.
    """
    tools = tools or Tools()
    checked = await check_settings(reading, patience=tools.patience, mounts=tools.mounts)
    found = [*variables(sources, tools.folder), *checked.findings]
    for way in plan(reading.settings).ways:
        found += [finding async for finding in _provider(reading, checked, way, tools.resolver)]
    found += _clocks(checked)
    found += [finding async for finding in _queue(reading.settings, checked)]
    if send:
        found.append(await _mail(reading.settings, checked, found))
    checked.findings = found
    return checked


async def _provider(
    reading: Reading[Settings], checked: Checked, way: Way, resolver: Resolver | None
) -> AsyncIterator[Finding]:
    settings = reading.settings
    known = credentials(settings, way)
    for finding in accounts(known):
        yield finding
    # Without a login and MAIL_FROM a stand-in is in the sender's place.
    nobody = bool(way.lacks) and domain_of(way.sender.email) == "localhost"
    if known.way in ("console", "file") or nobody or "MAIL_FROM" in reading.problems:
        return
    for finding in senders(settings, known, way.sender):
        yield finding
    if resolver is None:
        yield Finding(id="NK341", subject=known.way)
    else:
        vouching = settings.mailgun_domain if known.way == "mailgun" else None
        async for finding in records(resolver, known, way.sender.email, vouching):
            yield finding
    async for finding in _envelopes(settings, checked, way):
        yield finding


async def _envelopes(settings: Settings, checked: Checked, way: Way) -> AsyncIterator[Finding]:
    people = {address.email: address for address in (*settings.sales, *settings.managers)}
    visited = checked.visits.get(way.provider)
    if checked.notifier is None or not people or visited is None or visited.error:
        return
    for transport in checked.notifier.transports:
        if transport.name == way.provider:
            async for finding in envelopes(transport, way.sender, tuple(people.values())[:50]):
                yield finding


def _clocks(checked: Checked) -> Iterator[Finding]:
    told = {name: visit.ahead for name, visit in checked.visits.items()}
    for name, ahead in {**told, "PostgreSQL": checked.ahead}.items():
        if ahead is not None:
            seen = {"seconds": round(ahead.total_seconds()), "with": name}
            id_ = "fine.clock" if abs(ahead) < _RIGHT else "NK521"
            yield Finding(id=id_, subject="clock", seen=(seen,))


async def _queue(settings: Settings, checked: Checked) -> AsyncIterator[Finding]:
    if checked.notifier is None or checked.condition is None:
        return
    queue = Queue(checked.notifier.repository, settings.source, checked.condition.now)
    try:
        async for finding in queue.findings():
            yield finding
    except NotifykitError as error:
        yield Finding(id="NK501", subject="queue", seen=({"error": str(error)},))


async def _mail(settings: Settings, checked: Checked, found: Sequence[Finding]) -> Finding:
    # A connection that was lost meanwhile would be a second login.
    lost = {finding.subject for finding in found if finding.id == _LOST}
    ready = [name for name, visit in checked.visits.items() if visit.error is None]
    ready = [name for name in ready if name not in lost]
    if checked.notifier is None or not settings.sales:
        return Finding(id="skipped.mail", subject="mail", seen=({},))
    return await trial(
        checked.notifier,
        ready,
        sender=settings.sender,
        sales=settings.sales,
        renderer=settings.renderer(),
    )
