"""A database's URL, in whatever spelling people have it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from notifykit.errors import ConfigurationError
from notifykit.storage.liveness import DEFAULTS
from notifykit.storage.schemes import DRIVERS, INSTALL

# For how long a process waits for another one that writes to the same SQLite file.
BUSY_SECONDS = 30

_USUAL_PORT = 5432

# What asyncpg reads from a URL of its own just as libpq does, and what SQLAlchemy reads.
_AS_LIBPQ = frozenset(
    [
        "application_name",
        "options",
        "passfile",
        "sslcert",
        "sslcrl",
        "sslkey",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "target_session_attrs",
    ]
)
_ADDRESS = frozenset({"host", "port"})
# What asyncpg does anyway: asking for it changes nothing.
_AS_IT_IS = {
    "channel_binding": {"disable", "prefer"},
    "client_encoding": {"auto", "utf8", "utf-8"},
    "gssencmode": {"disable", "prefer"},
    "load_balance_hosts": {"disable"},
    "sslcompression": {"0"},
}
# A pooler that hands out a connection per transaction mixes up statements by name, and keeps them
# for ever. What has no name, asyncpg parses again in the journey that brings its values.
_UNPREPARED: Mapping[str, Any] = {
    "statement_cache_size": 0,
    "prepared_statement_cache_size": 0,
    "prepared_statement_name_func": lambda: "",
}


@dataclass(frozen=True, slots=True)
class Database:
    """
    Where the tables are, and how to connect.

    Attributes:
        url: As SQLAlchemy wants it.
        connect_args: What the driver wants besides.
        liveness: What has to be set of every connection's socket, as of `liveness.DEFAULTS`;
            empty where the driver does it.
        is_pooled: A pooler hands out a connection for each transaction, as ``?pgbouncer=true``
            says: nothing may be left behind on one, neither a statement nor a ``LISTEN``.
    """

    url: URL = field(repr=False)
    connect_args: Mapping[str, Any] = field(default_factory=dict, repr=False)
    liveness: Mapping[str, int] = field(default_factory=dict, repr=False)
    is_pooled: bool = False

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file, or memory, of this process's own."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def name(self) -> str:
        """What to call it in front of people: neither user nor password is in it."""
        if self.is_sqlite:
            return f"SQLite {self.url.database or ':memory:'}"
        host = f"[{self.url.host}]" if ":" in (self.url.host or "") else self.url.host
        port = f":{self.url.port}" if self.url.port not in (None, _USUAL_PORT) else ""
        place = f" at {host}{port}" if host else ""
        # What stands before an @ here could be the end of a password.
        database = (self.url.database or "").rpartition("@")[2]
        return f"PostgreSQL {database}{place}".replace("  ", " ")


def database(url: str | SecretStr) -> Database:
    """
    Read a URL.

    PostgreSQL is reached through asyncpg, or through psycopg where the URL says so. What libpq
    knows and asyncpg does not is translated or refused, never dropped where it would matter
    (parameters: https://www.postgresql.org/docs/current/libpq-connect.html).

    Raises:
        ConfigurationError: It cannot be read, its driver is not installed, or it asks for
            something that the driver cannot do. The URL itself is never in the error.
    """
    parsed = _parsed(url.get_secret_value() if isinstance(url, SecretStr) else url)
    driver = DRIVERS.get(parsed.drivername.lower())
    if driver is None:
        raise _wrong(f"{parsed.drivername}:// is neither postgresql:// nor sqlite:///")
    if find_spec(driver) is None:
        raise _wrong(f"{driver} is not installed: pip install {INSTALL.get(driver, driver)}")
    if driver == "sqlite3":
        waiting = {} if "timeout" in parsed.query else {"timeout": BUSY_SECONDS}
        return Database(parsed.set(drivername="sqlite+pysqlite"), waiting)
    is_pooled = _is_pooled(parsed)
    parsed = parsed.difference_update_query(["pgbouncer"]).set(drivername=f"postgresql+{driver}")
    read = _for_asyncpg if driver == "asyncpg" else _for_psycopg
    return read(parsed, is_pooled=is_pooled)


def _parsed(text: str) -> URL:
    # Not raised from what is met here: it may quote the password.
    with suppress(ArgumentError, ValueError):
        url = make_url(text.strip())
        # No host has one: it is the end of a password, and a host is shown.
        if "@" not in (url.host or ""):
            return url
    raise _wrong(
        "this is not a URL such as postgresql://user:password@host:5432/name; in user and "
        "password @ is %40, : is %3A, / is %2F and % is %25"
    )


def _is_pooled(url: URL) -> bool:
    said = url.query.get("pgbouncer", "false")
    if said not in ("true", "false"):
        raise _wrong("pgbouncer is true or false")
    return said == "true"


def _for_psycopg(url: URL, *, is_pooled: bool) -> Database:
    arguments: dict[str, Any] = {name: DEFAULTS[name] for name in DEFAULTS if name not in url.query}
    if is_pooled:
        arguments["prepare_threshold"] = None
    return Database(url, arguments, is_pooled=is_pooled)


def _for_asyncpg(url: URL, *, is_pooled: bool) -> Database:
    query = dict(url.query)
    liveness = {name: _whole(query.pop(name, default), name) for name, default in DEFAULTS.items()}
    arguments: dict[str, Any] = {}
    if "ssl" in query:
        query["sslmode"] = query.pop("ssl")
    if "connect_timeout" in query:
        arguments["timeout"] = _seconds(query.pop("connect_timeout"))
    if is_pooled:
        arguments |= _UNPREPARED
    unknown = sorted(
        name
        for name, value in query.items()
        if name not in _AS_LIBPQ | _ADDRESS and value not in _AS_IT_IS.get(name, ())
    )
    if unknown:
        raise _wrong(
            f"asyncpg cannot do what {', '.join(unknown)} asks for: take it out, or write "
            "postgresql+psycopg:// and install 'psycopg[binary]'"
        )
    if as_libpq := {name: value for name, value in query.items() if name in _AS_LIBPQ}:
        arguments["dsn"] = f"postgresql://?{urlencode(as_libpq)}"
    address = {name: value for name, value in query.items() if name in _ADDRESS}
    return Database(url.set(query=address), arguments, liveness, is_pooled)


def _whole(value: Any, name: str) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise _wrong(f"{name} is a whole number") from None


def _seconds(text: str | tuple[str, ...]) -> float | None:
    try:
        # libpq: zero, negative or not specified means wait indefinitely
        return seconds if isinstance(text, str) and (seconds := float(text)) > 0 else None
    except ValueError:
        raise _wrong("connect_timeout is a number of seconds") from None


def _wrong(problem: str) -> ConfigurationError:
    return ConfigurationError(f"DATABASE_URL: {problem}")
