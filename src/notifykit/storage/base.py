"""The port to whatever keeps the submissions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from notifykit.storage.metering import Metering
from notifykit.storage.overview import Overview
from notifykit.submission import Event, Hold, Lease, Status, Submission


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """
    Which submissions to list; what is ``None`` does not matter.

    Attributes:
        status: One, or several of which any will do.
        message_id: The email's, with its angle brackets: at most one submission has it.
        before: Only those whose id sorts before this one: the last id of the page before.
        created_before: Only those that are older than this moment, aware.
        created_after: Only those that are not older than this moment, aware. What has an id that
            was made a day or more off the store's time may be missed by both.
        provider: Only those that this provider was asked to take at least once.
        delivery: As in `Submission.delivery`.
        acknowledged: Whether somebody has acknowledged it.
        search: As people type it: a reference, words of the customer's name, a phone in any
            spelling, an email, a Telegram name, the ERP code of any line, the order's number or a
            Message-ID. All words must be found, the last one may be unfinished: see
            `notifykit.words`.
    """

    source: str | None = None
    status: Status | tuple[Status, ...] | None = None
    kind: str | None = None
    reference: str | None = None
    message_id: str | None = None
    before: str | None = None
    created_before: datetime | None = None
    created_after: datetime | None = None
    provider: str | None = None
    delivery: str | None = None
    acknowledged: bool | None = None
    search: str | None = None

    @property
    def statuses(self) -> tuple[Status, ...]:
        """The statuses of which any will do; none: all of them."""
        if self.status is None:
            return ()
        return (self.status,) if isinstance(self.status, Status) else self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """
    What a store says of itself.

    Attributes:
        name: For people; neither user nor password is in it.
        now: The store's own time, aware, in UTC.
        file: The file of an SQLite database, as it was written; ``None``: there is none.
        lasting: Whether what is kept outlives this process.
    """

    name: str
    now: datetime
    file: Path | None = None
    lasting: bool = True


class SubmissionRepository(Overview, Metering, Protocol):
    """
    Keeps every submission and every attempt.

    Implementations prove themselves with `notifykit.testing.RepositoryContract`. Leases, due times
    and holds use one clock, the store's own, however many hosts there are.
    All methods raise `StorageError` where the store cannot be reached; then nothing was changed.
    """

    async def add(
        self,
        submission: Submission,
        *,
        lease: Lease | None = None,
        window: timedelta | None = None,
    ) -> Submission:
        """
        Keep a new submission durably, or find the one that has its idempotency key already.

        Key and source are unique together; of concurrent calls with one key exactly one adds. A
        submission that ``FAILED`` gives its key up, and with a ``window`` one that is older than
        that: it is kept as ``<key>:<its id>`` from then on. With a ``lease`` the new one is
        ``SENDING``, with fence 1 and due when the lease runs out; without, ``QUEUED``, with fence 0
        and due at once. Either way it has no attempts yet, and ``created_at`` and ``updated_at``
        are the store's time.

        Returns:
            What is kept now: the new one, or the first one with ``repeated`` set and its attempts.
        """
        ...

    async def get(self, id: str) -> Submission | None:  # noqa: A002 - the attribute has this name
        """Find a submission with its attempts by id."""
        ...

    async def claim(
        self,
        *,
        source: str,
        lease: Lease,
        limit: int = 1,
        id: str | None = None,  # noqa: A002 - the attribute has this name
        fence: int | None = None,
    ) -> Sequence[Submission]:
        """
        Take the submissions of one source that have been due for the longest.

        With an ``id`` take that one, due or not, whatever its status: only not where it is
        ``SENT``, where somebody's lease on it is in force, or where it is another source's. With a
        ``fence`` besides, only where that is still the kept one: of several who have seen it as it
        is, one gets it, and the others do not, however soon that one is done.

        Each becomes ``SENDING``, gets the lease's owner and a fence one higher, is due again when
        the lease runs out, and has ``updated_at`` set. No submission is given to two callers at
        once. They come with email and attempts, in the order in which they were accepted. Where
        they are heavy, fewer than ``limit`` may come although more are due, but never none.
        """
        ...

    async def renew(self, submission: Submission, lease: Lease) -> None:
        """
        Let the lease on a claimed submission run for its duration from now on.

        This keeps a slow send ours, and tells whoever was asleep whether it still is: one that ran
        out is renewed too, as long as nobody else claimed it meanwhile.

        Raises:
            LeaseLostError: Somebody else claimed it meanwhile, or it is not ``SENDING`` any more.
        """
        ...

    async def save(
        self, submission: Submission, *, again_in: timedelta | None = None
    ) -> Submission:
        """
        Keep the submission's state and its newest attempt, durably and in one commit.

        The state is ``status``, ``last_error`` and ``diagnosis``; nothing else of a submission ever
        changes by saving (``delivery`` is what `record` makes of events), so one that came without
        ``email`` can be saved too. The newest attempt is the last one; it is kept in the place of
        the one with its id, or added. An answer that is known is never replaced by none.

        While the status is ``SENDING`` the lease is left as it is. With any other the lease is
        given up, and the submission is due after ``again_in``, or never where that is ``None``.
        ``updated_at`` is set, and ``sent_at`` when it becomes ``SENT``.

        Whoever saves may not know yet what another one found out. Where, whether the lease was
        lost or not, the submission is left ``UNCONFIRMED`` and never due although nothing is
        unknown any more, or everybody is known to have it, it is due now instead.

        Returns:
            What is kept now, with all attempts; ``email`` is the one that was passed in.

        Raises:
            LeaseLostError: Somebody else claimed it meanwhile: the fence is not the kept one. The
                attempt was kept all the same, unless it was about to begin (``STARTED``): nothing
                was sent then, and nothing will be. The rest was not kept.
            GoneError: There is no such submission, or it was removed meanwhile.
        """
        ...

    async def recent(self, filter: Filter = Filter(), *, limit: int = 50) -> Sequence[Submission]:  # noqa: A002 - frozen value; the word of the field
        """
        List submissions, newest first, with their attempts and without ``email``.

        Newest is by id, which begins with the time it was made at.
        """
        ...

    async def record(self, event: Event) -> Submission | None:
        """
        Keep something that was told after acceptance, durably and once, and what it means.

        Provider and id name an event: the same again changes nothing. The submission's ``delivery``
        becomes what `notifykit.reception.reception` makes of the kind, in whichever order events
        come; nothing else of it changes, whoever works on it. Of a submission whose email was
        erased or purged no words and no erased mailbox are kept.

        Returns:
            What is kept of the submission now, with its attempts and without ``email``;
            ``repeated`` is set where the event had been kept before. ``None``, and nothing is
            kept, where no submission has that id.
        """
        ...

    async def events(self, submission_id: str) -> Sequence[Event]:
        """List what was told about a submission, in the order in which it happened."""
        ...

    async def changed(self, source: str, *, within: timedelta) -> None:
        """
        Wait until a submission of this source may have become due, at most for so long.

        It returns early where somebody else added one, made one due at once by saving it, or
        lifted a hold, as far as the store can tell; also what happened since the last call counts.
        It may return early for nothing. To sleep for ``within`` is right for every store, and
        slow. What becomes due by time alone wakes nobody.
        """
        ...

    async def hold(self, hold: Hold, *, lasting: timedelta) -> None:
        """Leave a provider alone for so long from now, in place of any hold before."""
        ...

    async def release(self, source: str, provider: str) -> None:
        """Lift a hold; nothing happens where there is none."""
        ...

    async def holds(self, source: str) -> Sequence[Hold]:
        """List the holds of one source that are in force now, by provider."""
        ...

    async def probe(self) -> Condition:
        """
        Make sure that everything that is needed is there, can be read and can be written.

        Nothing is changed by it.

        Raises:
            ConfigurationError: The tables are missing or of another version.
        """
        ...

    async def aclose(self) -> None:
        """Let go of connections. Safe to call twice."""
        ...
