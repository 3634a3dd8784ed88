"""What every repository must say of itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from notifykit.testing.repository_case import RepositoryCase, make_submission

_SLACK = timedelta(minutes=1)


class Probing(RepositoryCase):
    """Finding out whether the store can be used."""

    async def test_a_probe_tells_the_name_and_the_time_of_the_store(self) -> None:
        """What was accepted just now was accepted at about the time that a probe tells."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            condition = await repository.probe()

        assert condition.name
        assert UTC.utcoffset(None) == condition.now.utcoffset()
        assert abs(condition.now - kept.created_at) < _SLACK
        assert isinstance(condition.now, datetime)

    async def test_a_probe_changes_nothing(self) -> None:
        """It may be made at any time."""
        async with self.opened() as repository:
            kept = await repository.add(make_submission())
            await repository.probe()
            again = await repository.get(kept.id)

        assert kept.updated_at == (again and again.updated_at)
