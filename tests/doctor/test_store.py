"""Whether the database can be used, and will still be there tomorrow."""

import sqlite3
from pathlib import Path

import pytest

from notifykit.doctor.container import mounts_of_this_process, vanishes
from notifykit.doctor.store import store
from notifykit.storage import MemoryRepository, SqlRepository

LAYER = "1 0 0:50 / / rw - overlay overlay rw,lowerdir=/x\n"
VOLUME = "2 1 8:1 /data /app/data rw - ext4 /dev/sda1 rw\n"
SPACED = "3 1 8:1 /data /app/my\\040data rw - ext4 /dev/sda1 rw\n"
HOST = "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
MEMORY = "4 1 0:60 / /run rw - tmpfs tmpfs rw\n"


@pytest.mark.parametrize(
    ("file", "mounts", "lost"),
    [
        ("/app/notifykit.db", LAYER, True),
        ("/app/notifykit.db", LAYER + VOLUME, True),
        ("/app/data/notifykit.db", LAYER + VOLUME, False),
        ("/app/my data/notifykit.db", LAYER + SPACED, False),
        ("/app/data2/notifykit.db", LAYER + VOLUME, True),
        ("/run/notifykit.db", LAYER + MEMORY, True),
        ("/app/notifykit.db", HOST, False),
        ("/app/notifykit.db", "", False),
        ("/app/notifykit.db", "nonsense\n" + LAYER, True),
    ],
)
def test_a_file_in_a_containers_own_layer_is_found(file, mounts, lost):
    assert lost is vanishes(Path(file), mounts)


def test_the_mounts_of_this_process_are_read_where_there_are_any():
    assert isinstance(mounts_of_this_process(), str)


def ids(findings):
    return [finding.id for finding in findings]


@pytest.fixture
def sqlite(tmp_path):
    return tmp_path / "notifykit.db"


async def looked(url, mounts=""):
    repository = SqlRepository(url)
    try:
        found, _, ahead = await store(repository, mounts)
    finally:
        await repository.aclose()
    assert None is ahead  # no other machine's clock
    return found


async def test_a_file_that_outlives_us_is_fine(sqlite):
    assert ["fine.database"] == ids(await looked(f"sqlite:///{sqlite}"))


async def test_a_file_that_goes_with_its_container_is_warned_of(sqlite):
    found = await looked(f"sqlite:///{sqlite}", LAYER)

    assert ["fine.database", "NK504"] == ids(found)
    assert str(sqlite.parent) in found[1].steps("ru")[0]


async def test_memory_is_warned_of():
    found, _, _ = await store(MemoryRepository())

    assert ["fine.database", "NK505"] == ids(found)
    assert ["fine.database", "NK505"] == ids(await looked("sqlite://"))


async def test_a_missing_folder_is_a_database_out_of_reach(tmp_path):
    found = await looked(f"sqlite:///{tmp_path}/missing/notifykit.db")

    assert ["NK501"] == ids(found)


async def test_a_file_that_another_process_holds_is_told_as_locked(sqlite):
    await looked(f"sqlite:///{sqlite}")
    writer = sqlite3.connect(sqlite, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    found = await looked(f"sqlite:///{sqlite}?timeout=0")
    writer.close()

    assert ["NK506"] == ids(found)


async def test_tables_of_another_version_want_a_migration(sqlite):
    await looked(f"sqlite:///{sqlite}")
    with sqlite3.connect(sqlite) as connection:
        connection.execute("DROP TABLE provider_holds")
    connection.close()

    found = await looked(f"sqlite:///{sqlite}")

    assert ["NK502"] == ids(found)
    assert "provider_holds" in found[0].evidence("en")


async def test_postgres_without_tables_wants_a_migration(empty_postgres_url):
    assert ["NK502"] == ids(await looked(empty_postgres_url))


async def test_postgres_that_may_be_written_is_fine_and_tells_its_time(postgres_url):
    repository = SqlRepository(postgres_url)
    found, condition, ahead = await store(repository)
    await repository.aclose()

    assert ["fine.database"] == ids(found)
    assert condition.lasting
    assert abs(ahead.total_seconds()) < 60
