"""What a database's errors mean, in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from notifykit.errors import ConfigurationError, NotifykitError, StorageError

_POOLED = "a pooler mixes up our statements: write ?pgbouncer=true at the end of DATABASE_URL"
_MIGRATE = "the tables are missing or of another version: run `notifykit migrate`"

# SQLSTATE, the longest match first: https://www.postgresql.org/docs/current/errcodes-appendix.html
_POSTGRES = {
    "42P01": _MIGRATE,
    "42703": _MIGRATE,
    "42P10": _MIGRATE,
    "28P01": "the login is refused: check user and password in DATABASE_URL",
    "28": "the login is refused: check user, password and pg_hba.conf",
    "3D000": "there is no database of this name: create it, or mend DATABASE_URL",
    "23": "this breaks a rule of the tables",
    "26": _POOLED,
    "42P05": _POOLED,
    "25006": "the database is read-only: connect to the primary",
    "42501": "this user may not do that: grant it the rights on our tables",
    "53100": "the disk is full: make room, nothing was kept",
    "53300": "it has no connection to spare: raise max_connections or use fewer workers",
    "53": "it has run out of resources",
    "57P": "it is shutting down or starting up",
    "40": "it could not finish because of other transactions; try again",
    "08": "the connection broke",
    "08001": "it cannot be reached: is it running, and are host and port right?",
}
# No server sends these.
_TLS = {
    "TLS-NONE": "sslmode asks for TLS, which the server does not do: switch it on there, or mend "
    "sslmode in DATABASE_URL",
    "TLS-ROOT": "the root certificate is not there: name its file by sslrootcert in DATABASE_URL",
    "TLS-MODE": "sslmode in DATABASE_URL is none of disable, allow, prefer, require, verify-ca and "
    "verify-full",
}
# https://www.sqlite.org/rescode.html
_SQLITE = {
    "SQLITE_BUSY": "another process has been writing for too long",
    "SQLITE_LOCKED": "another connection has been writing for too long",
    "SQLITE_FULL": "the disk is full: make room, nothing was kept",
    "SQLITE_READONLY": "the file or its folder is read-only: give this user the right to write",
    "SQLITE_CANTOPEN": "the file cannot be opened: does its folder exist, and may this user write?",
    "SQLITE_NOTADB": "the file is not an SQLite database",
    "SQLITE_CORRUPT": "the file is damaged: bring it back from a backup",
    "SQLITE_IOERR": "reading or writing the file failed",
    "SQLITE_TOOBIG": "this is more than SQLite keeps in one row",
    "SQLITE_CONSTRAINT": "this breaks a rule of the tables",
}
_SQLITE_TABLES = ("no such table", "no such column")
# What asyncpg and libpq say, the more telling words first.
_ASKING_FOR_TLS = {
    "rejected ssl upgrade": "TLS-NONE",
    "does not support ssl": "TLS-NONE",
    "root certificate file": "TLS-ROOT",
    "sslmode": "TLS-MODE",
}
# libpq gives words and no SQLSTATE while it connects.
_CONNECTING = {
    **_ASKING_FOR_TLS,
    "password": "28P01",
    "authentication": "28000",
    "pg_hba.conf": "28000",
    'database "': "3D000",
    "too many": "53300",
    "connection slots": "53300",
    "starting up": "57P03",
    "shutting down": "57P01",
    "connect": "08001",
    "resolve host": "08001",
}
_PLAIN = _POSTGRES | _TLS | _SQLITE
_DRIVERS = frozenset({"asyncpg", "psycopg", "sqlite3"})


@contextmanager
def in_plain_words(name: str) -> Iterator[None]:
    """
    Turn every error of SQLAlchemy, of a driver or of the network into ours.

    Raises:
        StorageError: With what happened and what to do, and with no values and no secrets.
        ConfigurationError: The tables are missing.
    """
    try:
        yield
    except NotifykitError:
        raise
    except ValidationError as error:
        raise StorageError(f"{name}: a stored email cannot be read by this version") from error
    except Exception as error:
        if not _is_the_stores(error):
            raise
        _forget_frames(error)
        meaning = _meaning(error)
        kind = ConfigurationError if meaning is _MIGRATE else StorageError
        raise kind(f"{name}: {meaning}") from error


def _forget_frames(error: BaseException | None) -> None:
    """Whoever reports errors shows the variables of every frame: a driver's hold the password."""
    while error is not None and error.__traceback__ is not None:
        error.__traceback__ = None
        _forget_frames(error.__cause__)
        error = error.__context__


def _is_the_stores(error: Exception) -> bool:
    ours = isinstance(error, SQLAlchemyError | OSError)
    return ours or type(error).__module__.partition(".")[0] in _DRIVERS


def _meaning(error: Exception) -> str:
    if isinstance(error, NoConnectionError):
        return "all connections have been busy for too long"
    if isinstance(error, TimeoutError):
        return "it did not answer in time: is a lock held for long, or the network broken?"
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = _code(cause)
    matches = [known for known in _PLAIN if code.startswith(known)]
    return _PLAIN[max(matches, key=len)] if matches else f"it refused ({code})"


def _code(cause: BaseException | None) -> str:
    words = str(cause).lower()
    if words.startswith(_SQLITE_TABLES):  # SQLite has no code for it
        return "42P01"
    named = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
    if named:
        return str(named)
    network = isinstance(cause, OSError)
    telling = _ASKING_FOR_TLS if network else _CONNECTING
    guessed = (code for fragment, code in telling.items() if fragment in words)
    return next(guessed, "08001" if network else type(cause).__name__)
