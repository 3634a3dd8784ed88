import asyncio
from pathlib import Path

import psycopg
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url

from notifykit.storage import SqlRepository
from notifykit.storage.migrate import VERSION_TABLE, migrate
from notifykit.storage.tables import metadata
from notifykit.testing.repository_case import make_submission

STEPS = [
    "0001 Submissions, attempts and holds.",
    "0002 Who decided, and erasures.",
    "0003 Events after acceptance, shared limits, and the digest of each email.",
    "0004 Words to search by, what people decided, and indexes for lists and figures.",
    "0005 Emails are packed the quick way, where the server can.",
]


def engine_for(url: str):
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"))


async def test_the_migrated_tables_are_those_of_the_code(empty_postgres_url: str) -> None:
    await migrate(empty_postgres_url)
    engine = engine_for(empty_postgres_url)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"version_table": VERSION_TABLE, "compare_type": True}
        )
        differences = compare_metadata(context, metadata)
    engine.dispose()

    assert [] == differences


async def test_the_migrated_indexes_are_those_of_the_code(
    empty_postgres_url: str, postgres
) -> None:
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
    await migrate(empty_postgres_url)
    with postgres.database() as created, psycopg.connect(empty_postgres_url) as migrated:
        engine = engine_for(created)
        metadata.create_all(engine)
        engine.dispose()
        with psycopg.connect(created) as plain:
            expected = plain.execute(indexes).fetchall()
        found = migrated.execute(indexes).fetchall()

    assert expected == [row for row in found if VERSION_TABLE not in row[0]]
    assert any(definition.endswith("WHERE (due_at IS NOT NULL)") for _, definition in found)


async def test_migrating_again_changes_nothing(empty_postgres_url: str) -> None:
    assert STEPS == list(await migrate(empty_postgres_url))

    repository = SqlRepository(empty_postgres_url)
    kept = await repository.add(make_submission())

    assert [] == list(await migrate(empty_postgres_url))
    assert kept == await repository.get(kept.id)
    await repository.aclose()


async def test_psycopg_migrates_too(empty_postgres_url: str) -> None:
    url = empty_postgres_url.replace("postgresql", "postgresql+psycopg", 1)

    assert STEPS == list(await migrate(url))
    assert [] == list(await migrate(url))


async def test_hosts_that_migrate_at_the_same_time_wait_for_one_another(
    empty_postgres_url: str,
) -> None:
    taken = await asyncio.gather(*(migrate(empty_postgres_url) for _ in range(5)))

    assert [[], [], [], [], STEPS] == sorted(map(list, taken))


async def test_the_host_applications_alembic_is_left_alone(empty_postgres_url: str) -> None:
    with psycopg.connect(empty_postgres_url, autocommit=True) as connection:
        connection.execute("CREATE TABLE alembic_version (version_num text)")
        connection.execute("INSERT INTO alembic_version VALUES ('theirs')")
        await migrate(empty_postgres_url)
        theirs = connection.execute("SELECT version_num FROM alembic_version").fetchall()
        ours = connection.execute(f"SELECT version_num FROM {VERSION_TABLE}").fetchall()

    assert ([("theirs",)], [("0005",)]) == (theirs, ours)


async def test_sqlite_has_the_same_columns(empty_postgres_url: str, tmp_path: Path) -> None:
    assert [] == list(await migrate(f"sqlite:///{tmp_path}/notifykit.db"))
    await migrate(empty_postgres_url)
    engines = (
        engine_for(empty_postgres_url),
        create_engine(f"sqlite:///{tmp_path}/notifykit.db"),
    )
    postgres, sqlite = (
        {table: columns(engine, table) for table in metadata.tables} for engine in engines
    )
    for engine in engines:
        engine.dispose()

    assert postgres == sqlite


def columns(engine, table: str) -> list[tuple[str, bool]]:
    return [(column["name"], column["nullable"]) for column in inspect(engine).get_columns(table)]


async def test_emails_are_packed_the_quick_way_where_the_server_can(
    empty_postgres_url: str,
) -> None:
    await migrate(empty_postgres_url)
    packing = "SELECT attcompression FROM pg_attribute WHERE attname IN ('email', 'notification')"
    with psycopg.connect(empty_postgres_url) as connection:
        methods = connection.execute(
            "SELECT enumvals FROM pg_settings WHERE name = 'default_toast_compression'"
        ).fetchone()
        found = connection.execute(packing).fetchall()

    assert [("l",)] * 2 == found if "lz4" in methods[0] else [("",)] * 2 == found
