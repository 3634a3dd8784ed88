"""Keeps what providers answered, however long the database is away."""

from __future__ import annotations

import asyncio
import itertools
import logging
from datetime import timedelta

from notifykit.errors import GoneError, LeaseLostError, StorageError
from notifykit.journal import Journal
from notifykit.storage.base import SubmissionRepository
from notifykit.submission import Submission

# How long a caller waits for a database that is away, and the pauses between tries, in seconds.
_PATIENCE = 3.0
_PAUSES = (0.1, 0.3, 1.0, 3.0, 10.0)


class Keeper:
    """
    Keeps what a provider answered, even if the database is away at just this moment.

    An answer that is forgotten is a second copy later. So it goes on trying in the background for
    as long as this process lives, and the caller waits for a few seconds only. Where the submission
    is not kept any more there is nothing to keep an answer with: that is logged, and the end of it.

    Attributes:
        under_way: What could not be kept yet.
    """

    def __init__(self, repository: SubmissionRepository, journal: Journal) -> None:
        self._repository = repository
        self._journal = journal
        self.under_way: set[asyncio.Future[Submission]] = set()

    async def keep(self, submission: Submission, again_in: timedelta | None = None) -> Submission:
        """
        Save it; see `SubmissionRepository.save`.

        Raises:
            LeaseLostError: Somebody else works on it now; the attempt was kept.
            GoneError: It was removed meanwhile.
            StorageError: It was not kept yet, and is tried again.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + _PATIENCE
        try:
            async with asyncio.timeout_at(end):
                return await self._save(submission, again_in)
        except LeaseLostError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, what a provider answered is not forgotten
            keeping = self._go_on_keeping(submission, again_in)
        except asyncio.CancelledError:
            self._go_on_keeping(submission, again_in)
            raise
        done, _ = await asyncio.wait({keeping}, timeout=max(0.0, end - loop.time()))
        if done:
            return keeping.result()
        raise StorageError("what a provider answered could not be kept yet; trying again")

    def _go_on_keeping(
        self, submission: Submission, again_in: timedelta | None
    ) -> asyncio.Future[Submission]:
        keeping = asyncio.ensure_future(self._keep_trying(submission, again_in))
        self.under_way.add(keeping)
        keeping.add_done_callback(self._kept)
        return keeping

    def _kept(self, keeping: asyncio.Future[Submission]) -> None:
        self.under_way.discard(keeping)
        if not keeping.cancelled():
            keeping.exception()  # whoever still waited has it; nobody else needs a warning

    async def _keep_trying(self, submission: Submission, again_in: timedelta | None) -> Submission:
        for pause in itertools.chain(_PAUSES, itertools.repeat(_PAUSES[-1])):
            await asyncio.sleep(pause)
            try:
                return await self._save(submission, again_in)
            except LeaseLostError:
                raise
            except Exception:  # noqa: BLE001, S112 - whoever waited has been told, and it may still end
                continue
        raise AssertionError("the pauses never end")

    async def _save(self, submission: Submission, again_in: timedelta | None) -> Submission:
        try:
            return await self._repository.save(submission, again_in=again_in)
        except GoneError:
            self._tell(submission)
            raise

    def _tell(self, submission: Submission) -> None:
        last = submission.attempts[-1] if submission.attempts else None
        self._journal.write(
            logging.ERROR,
            "gone",
            submission_id=submission.id,
            reference=submission.reference,
            provider=last.provider if last else "–",
            outcome=last.outcome.value if last else submission.status.value,
        )
