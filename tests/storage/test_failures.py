import socket
import sqlite3
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from notifykit.cli.russian import in_russian
from notifykit.errors import ConfigurationError, NotifykitError, StorageError
from notifykit.storage import SqlRepository
from notifykit.testing.repository_case import make_submission

SECRET = "pa55-w0rd"  # a password that no test may find in an error


async def failure(url: str) -> NotifykitError:
    repository = SqlRepository(url)
    try:
        with pytest.raises(NotifykitError) as caught:
            await repository.add(make_submission())
    finally:
        await repository.aclose()
    return caught.value


def with_driver(url: str, driver: str, **changes: object) -> str:
    changed = make_url(url).set(drivername=driver, **changes)
    return changed.render_as_string(hide_password=False)


@pytest.fixture(params=["postgresql", "postgresql+psycopg"])
def driver(request) -> str:
    return request.param


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))  # bound and not listening: connections are refused
        yield probe.getsockname()[1]


async def test_a_wrong_password_is_named_and_not_shown(postgres_url: str, driver: str) -> None:
    error = await failure(with_driver(postgres_url, driver, password=SECRET))

    assert "the login is refused" in str(error)
    assert StorageError is type(error)
    assert SECRET not in "".join(traceback.format_exception(error))


async def test_a_missing_database_is_named(postgres_url: str, driver: str) -> None:
    error = await failure(with_driver(postgres_url, driver, database="nothing_here"))

    place = f"127.0.0.1:{make_url(postgres_url).port}"
    assert f"PostgreSQL nothing_here at {place}: there is no database of this name" in str(error)


async def test_a_pooler_that_mixes_up_statements_is_named(postgres_url: str, driver: str) -> None:
    repository = SqlRepository(with_driver(postgres_url, driver))
    with pytest.raises(StorageError, match=r"pooler.*\?pgbouncer=true"):
        await repository._read(lambda connection: connection.exec_driver_sql("EXECUTE somebodys"))
    await repository.aclose()


async def test_missing_tables_say_how_to_make_them(empty_postgres_url: str, driver: str) -> None:
    error = await failure(with_driver(empty_postgres_url, driver))

    assert ConfigurationError is type(error)
    assert "notifykit migrate" in str(error)


async def test_a_server_that_is_not_there_is_a_storage_error(driver: str, closed_port: int) -> None:
    error = await failure(f"{driver}://somebody:{SECRET}@127.0.0.1:{closed_port}/name")

    assert StorageError is type(error)
    assert "it cannot be reached" in str(error)
    assert SECRET not in "".join(traceback.format_exception(error))


async def test_a_server_without_tls_is_told_as_one(postgres_url: str, driver: str) -> None:
    error = await failure(with_driver(postgres_url, driver, query={"sslmode": "require"}))

    assert "sslmode asks for TLS, which the server does not do" in str(error)
    assert "сервер его не умеет" in in_russian(str(error))


async def test_a_misspelt_sslmode_is_named(driver: str, closed_port: int) -> None:
    error = await failure(f"{driver}://somebody@127.0.0.1:{closed_port}/name?sslmode=req")

    assert "sslmode in DATABASE_URL is none of disable, allow" in str(error)
    assert "должен быть одним из: disable, allow" in in_russian(str(error))


async def test_a_missing_root_certificate_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    error = await failure("postgresql://somebody@127.0.0.1/name?sslmode=verify-full")

    assert "name its file by sslrootcert" in str(error)
    assert "нет корневого сертификата" in in_russian(str(error))


async def test_a_read_only_server_says_so(postgres_url: str, driver: str) -> None:
    query = {"options": "-c default_transaction_read_only=on"}
    error = await failure(with_driver(postgres_url, driver, query=query))

    assert "the database is read-only" in str(error)


async def test_no_value_of_a_statement_is_in_an_error(postgres_url: str, driver: str) -> None:
    submission = make_submission()
    repository = SqlRepository(with_driver(postgres_url, driver))
    await repository.add(submission)
    with pytest.raises(StorageError) as caught:
        await repository.add(replace(submission, idempotency_key="another key, the same id"))
    await repository.aclose()

    assert "breaks a rule" in str(caught.value)
    assert "sales@example.com" not in "".join(traceback.format_exception(caught.value))


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    error = await failure(f"sqlite:///{tmp_path}/missing/notifykit.db")

    assert ConfigurationError is type(error)
    assert f"{tmp_path}/missing" in str(error)


async def test_a_file_that_is_no_database_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a database, " * 100)

    error = await failure(f"sqlite:///{tmp_path}/notes.txt")

    assert "is not an SQLite database" in str(error)


async def test_a_folder_in_place_of_the_file_is_said_to_be_wrong(tmp_path: Path) -> None:
    error = await failure(f"sqlite:///{tmp_path}")

    assert "the file cannot be opened" in str(error)


async def test_a_read_only_file_says_so(tmp_path: Path) -> None:
    repository = SqlRepository(f"sqlite:///{tmp_path}/notifykit.db")
    await repository.holds("bot")
    await repository.aclose()

    error = await failure(f"sqlite:///file:{tmp_path}/notifykit.db?mode=ro&uri=true")

    assert "read-only" in str(error)


async def test_a_file_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "notifykit.db")
    connection.execute("PRAGMA user_version = 99")
    connection.close()

    error = await failure(f"sqlite:///{tmp_path}/notifykit.db")

    assert "newer version" in str(error)


async def test_another_process_that_writes_for_too_long_is_a_storage_error(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/notifykit.db"
    repository = SqlRepository(url)
    await repository.add(make_submission())
    await repository.aclose()
    writer = sqlite3.connect(tmp_path / "notifykit.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    error = await failure(f"{url}?timeout=0")
    writer.close()

    assert "another process has been writing for too long" in str(error)
