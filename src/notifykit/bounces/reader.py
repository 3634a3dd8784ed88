"""Looks through a mailbox for reports, without blocking the event loop."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from notifykit.bounces.answers import Fetched
from notifykit.bounces.report import Bounce, may_report, parse
from notifykit.bounces.session import Session
from notifykit.diagnosis import find
from notifykit.errors import UnavailableError
from notifykit.settings.mailboxes import Mailbox
from notifykit.transports.smtp_trust import TrustStore

# So many of the newest mails are looked at in each folder, and so many of its reports are read.
MOST_MAILS = 5_000
MOST_REPORTS = 500
_LONGEST = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a folder was read: UIDs mean something within one UIDVALIDITY only."""

    validity: int = 0
    uid: int = 0


Marks = Mapping[str, Mark]


@dataclass(slots=True)
class Look:
    """
    What one look found.

    Attributes:
        bounces: What the reports say, oldest first in each folder.
        mails, reports: How many were looked at, and how many of them were read whole.
        left_out: How many there were beyond the limits.
        marks: Where the next look may begin.
    """

    bounces: list[Bounce] = field(default_factory=list)
    mails: int = 0
    reports: int = 0
    left_out: int = 0
    marks: dict[str, Mark] = field(default_factory=dict)


class Reader:
    """
    Reads the reports in one mailbox.

    Nothing in the mailbox changes, nothing is marked as read. Only headers are fetched, and whole
    mails where the header is one of a report.

    Args:
        mailbox: Where.
    """

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox
        self._trust = TrustStore(mailbox.known_as, mailbox.cafile)

    async def look(self, since: datetime, marks: Marks) -> Look:
        """
        Look through the inbox and the folder for spam.

        Args:
            since: Older mails are left alone; whole days count, as IMAP has no finer ones.
            marks: Of an earlier look: what was looked at then is left alone too.

        Raises:
            DeliveryError: The mailbox cannot be read, with the reason. See `Session`.
        """
        tls = await self._trust.context()
        work = _Work(self._mailbox, since, marks)
        try:
            async with asyncio.timeout(_LONGEST.total_seconds()):
                return await asyncio.to_thread(work.look, tls)
        except TimeoutError as error:
            raise UnavailableError(
                "the answer timed out",
                provider=self._mailbox.known_as,
                stage="imap",
                diagnosis=find("imap.unreachable"),
            ) from error
        finally:
            # Whoever is cancelled must not wait for a server that says nothing.
            work.abort()


class _Work:
    """One look, as it is done in a thread; only `abort` is for others."""

    def __init__(self, mailbox: Mailbox, since: datetime, marks: Marks) -> None:
        self._mailbox = mailbox
        self._since = since
        self._marks = marks
        self._found = Look()
        self._lock = threading.Lock()
        self._over = False
        self._session: Session | None = None

    def look(self, tls: ssl.SSLContext) -> Look:
        session = Session(self._mailbox, tls)
        with self._lock:
            self._session = session
            if self._over:
                session.abort()
        try:
            for folder in session.folders():
                self._look_into(session, folder)
            return self._found
        finally:
            session.close()

    def abort(self) -> None:
        with self._lock:
            self._over = True
            if self._session is not None:
                self._session.abort()

    def _look_into(self, session: Session, folder: str) -> None:
        mark, validity = self._marks.get(folder, Mark()), session.examine(folder)
        after = mark.uid if mark.validity == validity else 0
        # The server's day may be another one than ours.
        uids = session.search((self._since - timedelta(days=1)).date(), after=after)
        headers = session.headers(uids[-MOST_MAILS:])
        reports = [one for one in headers if self._is_wanted(one)]
        for one in reports[-MOST_REPORTS:]:
            received_at = one.received_at or self._since
            self._found.bounces += parse(session.mail(one.uid), received_at=received_at)
        self._found.mails += min(len(uids), MOST_MAILS)
        self._found.reports += min(len(reports), MOST_REPORTS)
        self._found.left_out += max(0, len(uids) - MOST_MAILS)
        self._found.left_out += max(0, len(reports) - MOST_REPORTS)
        self._found.marks[folder] = Mark(validity, max([after, *uids]))

    def _is_wanted(self, one: Fetched) -> bool:
        return may_report(one.content) and (one.received_at or self._since) >= self._since
