from datetime import UTC, datetime, timedelta

from notifykit.storage import MemoryRepository
from notifykit.storage.base import SubmissionRepository
from notifykit.testing.repositories import RepositoryContract
from notifykit.testing.repository_case import make_submission


class TestMemoryRepository(RepositoryContract):
    def setup_method(self) -> None:
        self.now = datetime.now(UTC)

    async def make_repository(self) -> SubmissionRepository:
        return MemoryRepository(clock=lambda: self.now)

    async def advance(self, by: timedelta) -> None:
        self.now += by


async def test_without_a_clock_the_time_is_the_one_of_this_process() -> None:
    before = datetime.now(UTC)

    kept = await MemoryRepository().add(make_submission())

    assert before <= kept.created_at <= datetime.now(UTC)
