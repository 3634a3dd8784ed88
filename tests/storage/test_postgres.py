from datetime import UTC, datetime, timedelta

import pytest

from notifykit.storage import SqlRepository
from notifykit.storage.base import SubmissionRepository
from notifykit.testing.repositories import RepositoryContract


class TestAsyncpg(RepositoryContract):
    driver = "postgresql"

    @pytest.fixture(autouse=True)
    def _prepare(self, postgres_url: str) -> None:
        self.now = datetime.now(UTC)
        self.url = postgres_url.replace("postgresql", self.driver, 1)

    async def make_repository(self) -> SubmissionRepository:
        return SqlRepository(self.url, clock=lambda: self.now)

    async def advance(self, by: timedelta) -> None:
        self.now += by


class TestPsycopg(TestAsyncpg):
    driver = "postgresql+psycopg"
