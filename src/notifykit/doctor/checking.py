"""The quick check: every provider, the database and the templates, without sending anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain
from typing import Self

from notifykit.doctor.connection import PATIENCE, Visit, visit
from notifykit.doctor.container import mounts_of_this_process
from notifykit.doctor.finding import Finding
from notifykit.doctor.mails import mails
from notifykit.doctor.store import Stored, store
from notifykit.errors import ConfigurationError
from notifykit.notifier import Notifier, Options
from notifykit.settings import Settings
from notifykit.settings.model import Reading
from notifykit.settings.providers import Way, plan
from notifykit.storage.base import Condition, SubmissionRepository
from notifykit.transports.base import Transport


@dataclass(slots=True)
class Checked:
    """
    What a check came to, and what a longer examination goes on with.

    Attributes:
        findings: In the order in which they are told.
        visits: What the look at each provider came to, by name.
        notifier: With every provider that can be tried; to be closed. ``None``: there is none.
        condition: What the store says of itself; ``None``: it cannot be used.
        ahead: How far this machine's clock is ahead of the database's; ``None``: it has none.
    """

    findings: list[Finding] = field(default_factory=list)
    visits: dict[str, Visit] = field(default_factory=dict)
    notifier: Notifier | None = None
    condition: Condition | None = None
    ahead: timedelta | None = None


async def check(notifier: Notifier, *, patience: float = PATIENCE) -> Sequence[Finding]:
    """
    Look at everything that a notifier needs, sending nothing; it may be in use meanwhile.

    Each provider is connected to once at most, and logged in to once at most. Holds are lifted as
    by `Notifier.check`. Trouble is a finding; nothing is raised for it.

    Args:
        patience: Seconds for each provider; all are looked at together.
    """
    (stored, *_), visits, templates = await asyncio.gather(
        store(notifier.repository, mounts_of_this_process()),
        _visited(notifier, patience),
        asyncio.to_thread(mails, notifier.renderer),
    )
    found = [visits[transport.name].findings for transport in notifier.transports]
    return [*chain.from_iterable(found), *stored, *templates]


async def check_settings(
    reading: Reading[Settings], *, patience: float = PATIENCE, mounts: str | None = None
) -> Checked:
    """
    Look at everything that the settings ask for, and name what is wrong in them.

    What lacks a variable is not tried; all the rest is.

    Args:
        reading: The settings as far as they can be read.
        patience: Seconds for each provider.
        mounts: In place of this process's own; see `container.vanishes`.

    Returns:
        Its ``notifier`` is the caller's to close.
    """
    settings, checked = reading.settings, Checked()
    mounts = mounts_of_this_process() if mounts is None else mounts
    chain_ = _Chain.of(reading)
    repository, stands = _repository(reading)
    checked.notifier = _notifier(settings, chain_.transports, repository)
    (stored, checked.condition, checked.ahead), checked.visits, templates = await asyncio.gather(
        _stored(repository, mounts, stands),
        _visited(checked.notifier, patience),
        asyncio.to_thread(_mails, settings),
    )
    if checked.notifier is None and repository is not None:
        await repository.aclose()
    providers = [line for way in chain_.ways for line in chain_.lines(way, checked.visits)]
    checked.findings = [*_settings(reading), *providers, *stored, *templates]
    return checked


async def _visited(notifier: Notifier | None, patience: float) -> dict[str, Visit]:
    visits: dict[str, Visit] = {}

    async def look(transport: Transport) -> None:
        seen = visits[transport.name] = await visit(transport, patience=patience)
        if seen.error is not None:
            raise seen.error

    if notifier is not None:
        await notifier.check(look)
    return visits


async def _stored(
    repository: SubmissionRepository | None, mounts: str, stands: list[Finding]
) -> Stored:
    if repository is None:
        return stands, None, None
    return await store(repository, mounts)


@dataclass(frozen=True, slots=True)
class _Chain:
    """The providers that the settings name, those that can be tried, and what the others lack."""

    ways: list[Way]
    transports: tuple[Transport, ...]
    lacking: Mapping[str, set[str]]
    broken: Mapping[str, str]

    @classmethod
    def of(cls, reading: Reading[Settings]) -> Self:
        """Build what can be built."""
        ways = plan(reading.settings).ways
        lacking = {way.provider: _lacks(way, reading.problems) for way in ways}
        built, broken = [], {}
        for way in ways:
            try:
                built += [] if lacking[way.provider] else [way.build()]
            except ConfigurationError as error:
                broken[way.provider] = str(error)
        return cls(ways, tuple(built), lacking, broken)

    def lines(self, way: Way, visits: Mapping[str, Visit]) -> Iterator[Finding]:
        """Tell what was found at one of them."""
        name = way.provider
        if problem := self.broken.get(name):
            yield Finding(id="NK101", subject=name, seen=({"problem": problem},))
        elif names := self.lacking[name]:
            yield _skipped("provider", names, name)
        else:
            seen = {"place": way.place, "sender": way.sender}
            yield Finding(id="fine.settings", subject=name, seen=(seen,))
            yield from visits[name].findings


def _lacks(way: Way, problems: Mapping[str, str]) -> set[str]:
    """Name what has to be mended before this provider is worth a try."""
    own = {
        "sendgrid": ("SENDGRID_",),
        "mailgun": ("MAILGUN_",),
        "console": (),
        "file": ("NOTIFYKIT_OUTBOX_DIR",),
    }
    prefixes = (*own.get(way.provider, ("SMTP_", f"{way.provider.upper()}_")), "SSL_CERT_FILE")
    return {*way.lacks, *(name for name in problems if name.startswith(prefixes))}


def _notifier(
    settings: Settings,
    transports: Sequence[Transport],
    repository: SubmissionRepository | None,
) -> Notifier | None:
    if not transports:
        return None
    return Notifier(
        *transports,
        sender=settings.sender,
        sales=settings.sales or [settings.sender],
        managers=settings.managers,
        repository=repository,
        options=Options(source=settings.source, locale=settings.locale),
    )


def _repository(
    reading: Reading[Settings],
) -> tuple[SubmissionRepository | None, list[Finding]]:
    """Build it, or say why not."""
    variable = reading.settings.database_variable
    if variable in reading.problems:
        return None, [_skipped("database", {str(variable)})]
    try:
        return reading.settings.repository(), []
    except ConfigurationError as error:
        return None, [Finding(id="NK501", subject="database", seen=({"error": str(error)},))]


def _settings(reading: Reading[Settings]) -> Iterator[Finding]:
    settings = reading.settings
    if problems := tuple({"problem": problem} for problem in reading.problems.values()):
        yield Finding(id="NK101", subject="settings", seen=problems)
    if settings.sales:
        seen = {
            "sales": ", ".join(map(str, settings.sales)),
            "managers": ", ".join(map(str, settings.managers)),
        }
        yield Finding(id="fine.addressed", subject="settings", seen=(seen,))


def _skipped(what: str, names: set[str], subject: str = "") -> Finding:
    seen = {"names": ", ".join(sorted(names))}
    return Finding(id=f"skipped.{what}", subject=subject or what, seen=(seen,))


def _mails(settings: Settings) -> list[Finding]:
    try:
        return mails(settings.renderer(), settings.templates)
    except ConfigurationError as error:
        return [Finding(id="NK601", subject="templates", seen=({"error": str(error)},))]
