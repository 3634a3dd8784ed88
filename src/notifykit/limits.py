"""How much may be sent in how much time, and how much at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from typing import Any, Protocol, Self

from notifykit.errors import ConfigurationError, LimitExceededError, StorageError
from notifykit.rates import Rate
from notifykit.submission import Submission

__all__ = ["Limits", "Rate", "Share", "accept", "share_of_provider", "shares_of_new"]

_OF_A_CONVERSATION = Rate(20, timedelta(hours=1), burst=10)
_OF_A_RECIPIENT = Rate(600, timedelta(hours=1), burst=300)
_OFF = ("off", "none", "no")
_OWN = ("conversation", "recipient", "concurrency")
_MOST_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    What a bot may do in how much time.

    An agent that has run wild calls its tools over and over, each time with other words, so that
    nothing is a repeat. ``conversation`` and ``recipient`` stop it before anything is kept; a
    normal bot never meets them. Whoever brings more than ten new orders at once, and then one every
    five minutes, is no client; 300 mails to one mailbox at once, and then one every twelve seconds,
    are the daily quota of a Gmail or Yandex account within an hour, and more than people can read.

    There is no rate for a provider unless it is said: each provider enforces its own quota, and is
    held when it says so. Setting one leaves room for people who send from the same account, or
    keeps within a plan. An email waits for its turn then; it never fails by it.

    Attributes:
        providers: By the transport's name, how many emails it gets, from all workers of a source.
        conversation: New submissions from one dialogue; ``None``: as many as come.
        recipient: New submissions to one recipient; ``None``: as many as come.
        concurrency: Emails handed to one provider at once by this process; ``None``: what its
            transport says, which is two by SMTP, as each is a connection, and 32 by HTTP.

    Raises:
        ConfigurationError: ``concurrency`` is no number from 1 to 1,000.
    """

    providers: Mapping[str, Rate] = field(default_factory=dict)
    conversation: Rate | None = _OF_A_CONVERSATION
    recipient: Rate | None = _OF_A_RECIPIENT
    concurrency: int | None = None

    def __post_init__(self) -> None:
        if self.concurrency is not None and not 1 <= self.concurrency <= _MOST_AT_ONCE:
            raise ConfigurationError(f"concurrency: 1 to {_MOST_AT_ONCE}")

    @classmethod
    def parse(cls, text: str) -> Self:
        """
        Read ``gmail=500/day, conversation=20/hour, recipient=off, concurrency=4``.

        What is not named stays as it is by default; ``off`` alone switches all of them off. Of the
        limits on conversations and recipients half may come at once where no ``burst`` is named: a
        client may well order three things in a row.

        Raises:
            ConfigurationError: A part of it is written otherwise, or a name comes twice.
        """
        if text.strip().lower() in _OFF:
            return cls(conversation=None, recipient=None)
        parts = [_pair(part) for part in text.split(",") if part.strip()]
        named = dict(parts)
        if len(named) < len(parts):
            raise ConfigurationError("a limit is named twice")
        own: dict[str, Any] = {
            name: _number(value) if name == "concurrency" else _half_at_once(_rate(value))
            for name, value in named.items()
            if name in _OWN
        }
        rates = {name: _rate(value) for name, value in named.items() if name not in _OWN}
        return cls(providers={name: rate for name, rate in rates.items() if rate}, **own)

    def __str__(self) -> str:
        own = {name: getattr(self, name) for name in _OWN}
        own |= {name: "off" for name in _OWN[:2] if own[name] is None}
        said = {**self.providers, **{name: value for name, value in own.items() if value}}
        return ", ".join(f"{name}={value}" for name, value in said.items())


@dataclass(frozen=True, slots=True)
class Share:
    """
    What one email takes of one limit.

    Attributes:
        name: The bucket's, within a source. People in it are hashed.
        rate: How fast it fills.
        cost: How much is taken.
    """

    name: str
    rate: Rate
    cost: int = 1


class Store(Protocol):
    """What of a repository, or of a host's transaction, is needed to accept within limits."""

    async def take(self, source: str, name: str, rate: Rate, *, cost: int = 1) -> timedelta:
        """See `SubmissionRepository.take`."""
        ...

    async def known(
        self, submission: Submission, *, window: timedelta | None = None
    ) -> Submission | None:
        """See `SubmissionRepository.known`."""
        ...


async def accept(
    store: Store,
    draft: Submission,
    shares: Sequence[Share],
    *,
    add: Callable[..., Awaitable[Submission]],
    window: timedelta | None,
) -> Submission:
    """
    Add a submission, if it is a repeat or there is enough left of every limit; repeats are free.

    Args:
        store: Where limits are counted.
        draft: To be added.
        shares: What it takes, where it is new.
        add: Adds it, as `SubmissionRepository.add` does.
        window: How old the first one may be for this one to be a repeat.

    Raises:
        LimitExceededError: It is new, and too many. Nothing was added.
        StorageError: The store is out of reach.
    """
    try:
        await _take_all(store, draft.source, shares)
    except LimitExceededError:
        first = await store.known(draft, window=window)
        if first is None:
            raise
        return first
    kept = await add(draft, window=window)
    if kept.repeated:
        with suppress(StorageError):  # what was accepted is told, whatever else fails
            await _give_back(store, draft.source, shares)
    return kept


def share_of_provider(limits: Limits | None, provider: str, recipients: int) -> Share | None:
    """Say what one email to so many recipients takes of a provider; ``None``: it has no limit."""
    rate = limits.providers.get(provider) if limits else None
    if rate is None:
        return None
    return Share(f"provider:{provider}", rate, recipients if rate.recipients else 1)


def shares_of_new(
    limits: Limits | None, submission: Submission, conversation: str | None
) -> list[Share]:
    """Say what a new submission takes of the limits on conversations and recipients."""
    if limits is None:
        return []
    shares = []
    if limits.conversation and conversation:
        shares.append(Share(_hashed("conversation", conversation), limits.conversation))
    if limits.recipient:
        rate, whom = limits.recipient, {one.lower() for one in submission.recipients}
        shares += [Share(_hashed("recipient", one), rate) for one in sorted(whom)]
    return shares


async def _take_all(store: Store, source: str, shares: Sequence[Share]) -> None:
    """Take all of them or none."""
    takes = (store.take(source, share.name, share.rate, cost=share.cost) for share in shares)
    waits = await asyncio.gather(*takes)
    if not any(waits):
        return
    taken = [share for share, wait in zip(shares, waits, strict=True) if not wait]
    await _give_back(store, source, taken)
    longest, share = max(zip(waits, shares, strict=True), key=lambda pair: pair[0])
    raise LimitExceededError(share.name.partition(":")[0], str(share.rate), retry_after=longest)


async def _give_back(store: Store, source: str, shares: Sequence[Share]) -> None:
    gifts = (store.take(source, share.name, share.rate, cost=-share.cost) for share in shares)
    await asyncio.gather(*gifts)


def _hashed(kind: str, whom: str) -> str:
    # Who wrote to whom is personal, and kept elsewhere, where it can be erased.
    return f"{kind}:{sha256(whom.encode()).hexdigest()[:32]}"


def _pair(part: str) -> tuple[str, str]:
    name, equals, value = part.partition("=")
    if not equals or not name.strip():
        raise ConfigurationError("limits are written like gmail=500/day, conversation=20/hour")
    return name.strip().lower(), value.strip().lower()


def _rate(value: str) -> Rate | None:
    return None if value in _OFF else Rate.parse(value)


def _half_at_once(rate: Rate | None) -> Rate | None:
    if rate is None or rate.burst is not None:
        return rate
    return replace(rate, burst=(rate.count + 1) // 2)


def _number(value: str) -> int | None:
    if value in _OFF:
        return None
    if not value.isdecimal():
        raise ConfigurationError("concurrency is a whole number")
    return int(value)
