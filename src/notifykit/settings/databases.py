"""What is wrong with a database's URL, told without connecting, and mostly without SQLAlchemy."""

from __future__ import annotations

import re
from importlib.util import find_spec

from notifykit.storage.schemes import DRIVERS, INSTALL

_URL = re.compile(r"(?P<scheme>[a-zA-Z][\w+]*)://(?P<rest>.*)")
_PORT = re.compile(r":(?P<port>[^:/\]]*)$")
_HIGHEST_PORT = 65_535


def fault(url: str) -> str | None:
    """
    Say what is wrong with a URL as a kind of `texts.WRONG`; ``None``: nothing.

    What PostgreSQL's driver cannot do is known to `storage.urls`, which is asked only where the URL
    has parameters.
    """
    found = _URL.fullmatch(url.strip())
    if found is None:
        return "database-shape"
    scheme = found["scheme"].lower()
    driver = DRIVERS.get(scheme)
    if driver is None:
        return f"database-kind:{scheme}"
    if driver == "sqlite3":
        # sqlite://file is a host, and sqlite:// without anything is memory.
        return "database-shape" if re.match("[^/?]", found["rest"]) else None
    if find_spec(driver) is None:
        return f"database-driver:{INSTALL[driver]}"
    return _misshapen(found["rest"]) or _options(url, found["rest"])


def _misshapen(rest: str) -> str | None:
    login, _, place = rest.rpartition("@")
    port = _PORT.search(re.split(r"[/?]", place)[0])
    password = login.partition(":")[2]
    wrong = "@" in password or (port and not _is_port(port["port"]))
    return "database-shape" if wrong else None


def _is_port(text: str) -> bool:
    return not text or (bool(re.fullmatch("[0-9]{1,5}", text)) and 0 < int(text) <= _HIGHEST_PORT)


def _options(url: str, rest: str) -> str | None:
    if "?" not in rest:
        return None
    from notifykit.errors import ConfigurationError  # noqa: PLC0415 - only for what follows
    from notifykit.storage.urls import database  # noqa: PLC0415 - brings sqlalchemy along

    try:
        database(url)
    except ConfigurationError as error:
        said = str(error)
        if known := re.search(r"cannot do what (.+?) asks for", said):
            return f"database-options:{known[1]}"
        # Of a parameter, such as pgbouncer: the name, never the value.
        known = re.match(r"DATABASE_URL: (\w+) is (?:true|a whole|a number)", said)
        return f"database-value:{known[1]}" if known else "database-shape"
    return None
