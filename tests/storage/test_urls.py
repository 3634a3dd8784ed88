import importlib.util
from contextlib import nullcontext

import pytest
from pydantic import SecretStr

from notifykit.errors import ConfigurationError
from notifykit.settings.databases import fault
from notifykit.storage import SqlRepository
from notifykit.storage.schemes import DRIVERS
from notifykit.storage.urls import database

SECRET = "pa55-w0rd"  # a password that no test may find in an error


@pytest.mark.parametrize(
    ("spelling", "driver"),
    [
        ("postgres", "postgresql+asyncpg"),
        ("postgresql", "postgresql+asyncpg"),
        ("POSTGRESQL", "postgresql+asyncpg"),
        ("postgresql+asyncpg", "postgresql+asyncpg"),
        ("postgresql+psycopg", "postgresql+psycopg"),
        ("postgresql+psycopg2", "postgresql+psycopg"),
    ],
)
def test_postgresql_is_known_in_every_spelling(spelling: str, driver: str) -> None:
    url = database(f" {spelling}://user:p%40ss@db.example.com:6432/shop\n").url

    assert driver == url.drivername
    assert ("user", "p@ss", "db.example.com", 6432, "shop") == (
        url.username,
        url.password,
        url.host,
        url.port,
        url.database,
    )


@pytest.mark.parametrize("spelling", ["sqlite", "sqlite+aiosqlite", "sqlite+pysqlite"])
def test_sqlite_is_known_in_every_spelling(spelling: str) -> None:
    assert "sqlite+pysqlite:///notifykit.db" == str(database(f"{spelling}:///notifykit.db").url)


@pytest.mark.parametrize(
    ("query", "arguments"),
    [
        ("sslmode=require", {"dsn": "postgresql://?sslmode=require"}),
        ("ssl=verify-full", {"dsn": "postgresql://?sslmode=verify-full"}),
        ("application_name=bot", {"dsn": "postgresql://?application_name=bot"}),
        ("target_session_attrs=primary", {"dsn": "postgresql://?target_session_attrs=primary"}),
        ("connect_timeout=10", {"timeout": 10.0}),
        ("connect_timeout=0", {"timeout": None}),
        ("channel_binding=prefer&gssencmode=disable&client_encoding=utf8", {}),
        ("", {}),
    ],
)
def test_what_libpq_knows_is_said_to_asyncpg_in_its_own_words(
    query: str, arguments: dict[str, object]
) -> None:
    found = database(f"postgresql://user:{SECRET}@db.example.com/shop?{query}")

    assert arguments == found.connect_args
    assert {} == dict(found.url.query)


def test_behind_a_pooler_statements_have_no_names() -> None:
    found = database("postgresql://db.example.com/shop?pgbouncer=true")
    arguments = found.connect_args

    assert found.is_pooled
    assert 0 == arguments["statement_cache_size"] == arguments["prepared_statement_cache_size"]
    assert "" == arguments["prepared_statement_name_func"]()


@pytest.mark.parametrize(("word", "is_pooled"), [("true", True), ("false", False)])
def test_psycopg_is_told_of_a_pooler_in_its_own_words(word: str, is_pooled: bool) -> None:
    found = database(f"postgresql+psycopg://h/shop?pgbouncer={word}")

    assert {} == dict(found.url.query)
    assert is_pooled == found.is_pooled == ("prepare_threshold" in found.connect_args)
    assert found.connect_args.get("prepare_threshold") is None


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg"])
@pytest.mark.parametrize("word", ["1", "True", "yes"])
def test_no_other_word_about_a_pooler_is_dropped_in_silence(scheme: str, word: str) -> None:
    with pytest.raises(ConfigurationError, match="pgbouncer"):
        database(f"{scheme}://h/shop?pgbouncer={word}")


def test_a_socket_folder_stays_the_address() -> None:
    url = database("postgresql:///shop?host=/var/run/postgresql").url

    assert {"host": "/var/run/postgresql"} == dict(url.query)


def test_psycopg_gets_what_libpq_knows_untouched() -> None:
    url = database("postgresql+psycopg://h/shop?channel_binding=require&sslmode=require").url

    assert {"channel_binding": "require", "sslmode": "require"} == dict(url.query)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"postgresql://u:{SECRET}@h/n?channel_binding=require", "channel_binding"),
        (f"postgresql://u:{SECRET}@h/n?krbsrvname=a&requirepeer=b", "krbsrvname, requirepe"),
        (f"postgresql://u:{SECRET}@h/n?keepalives_idle={SECRET}", "keepalives_idle"),
        (f"postgresql://u:{SECRET}@h/n?connect_timeout={SECRET}", "connect_timeout"),
        (f"postgresql://u:{SECRET}@h:{SECRET}/n", "%40"),
        (f"mysql://u:{SECRET}@h/n", "mysql://"),
        (SECRET, "not a URL"),
        ("", "not a URL"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_and_without_secrets(url: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        database(SecretStr(url))

    assert told in str(caught.value)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("scheme", "driver", "extra"),
    [
        ("postgresql", "asyncpg", "'notifykit-mail[postgres]'"),
        ("postgresql+psycopg", "psycopg", "'psycopg[binary]' alembic"),
    ],
)
def test_a_missing_driver_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, scheme: str, driver: str, extra: str
) -> None:
    def find_spec(name: str) -> object:
        return None if name == driver else importlib.util.find_spec(name)

    monkeypatch.setattr("notifykit.storage.urls.find_spec", find_spec)

    with pytest.raises(ConfigurationError) as caught:
        database(f"{scheme}://host/name")

    assert f"{driver} is not installed: pip install {extra}" in str(caught.value)


@pytest.mark.parametrize(
    "scheme", [*DRIVERS, *map(str.upper, DRIVERS), "mysql", "postgresql+pg8000"]
)
def test_settings_take_a_url_just_where_the_store_does(scheme: str) -> None:
    url = f"{scheme}:///shop"
    taken = fault(url) is None
    with nullcontext() if taken else pytest.raises(ConfigurationError):
        database(url)

    assert (scheme.lower() in DRIVERS) is taken


def test_a_repository_shows_where_it_keeps_things_and_no_secret() -> None:
    url = f"postgresql://user:{SECRET}@db.example.com/shop?sslpassword={SECRET}"

    assert "<SqlRepository PostgreSQL shop at db.example.com>" == repr(SqlRepository(url))
    assert SECRET not in repr(database(url))


@pytest.mark.parametrize(
    ("place", "shown"),
    [
        ("db.example.com:5432", "db.example.com"),
        ("db.example.com:6432", "db.example.com:6432"),
        ("[::1]:6432", "[::1]:6432"),
    ],
)
def test_an_unusual_port_is_shown(place, shown):
    assert f"PostgreSQL shop at {shown}" == database(f"postgresql://bot@{place}/shop").name
