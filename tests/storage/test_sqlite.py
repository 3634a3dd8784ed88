from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from notifykit.storage import SqlRepository
from notifykit.storage.base import SubmissionRepository
from notifykit.testing.repositories import RepositoryContract


class TestSqliteFile(RepositoryContract):
    @pytest.fixture(autouse=True)
    def _prepare(self, tmp_path: Path) -> None:
        self.now = datetime.now(UTC)
        self.url = f"sqlite:///{tmp_path / 'notifykit.db'}"

    async def make_repository(self) -> SubmissionRepository:
        return SqlRepository(self.url, clock=lambda: self.now)

    async def advance(self, by: timedelta) -> None:
        self.now += by


class TestSqliteMemory(TestSqliteFile):
    @pytest.fixture(autouse=True)
    def _prepare(self) -> None:
        self.now = datetime.now(UTC)
        self.url = "sqlite://"
