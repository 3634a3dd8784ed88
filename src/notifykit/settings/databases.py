"""What is wrong with a database's URL, told without connecting, and mostly without SQLAlchemy."""

from __future__ import annotations

import re
from importlib.util import find_spec

from notifykit.storage.schemes import DRIVERS, INSTALL

_URL = re.compile(r"(?P<scheme>[a-zA-Z][\w+]*)://(?P<rest>.*)")
_PORT = re.compile(r":(?P<port>[^:/\]]*)$")


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
        return None
    if find_spec(driver) is None:
        return f"database-driver:{INSTALL[driver]}"
    return _misshapen(found["rest"]) or _options(url, found["rest"])


def _misshapen(rest: str) -> str | None:
    login, _, place = rest.rpartition("@")
    port = _PORT.search(re.split(r"[/?]", place)[0])
    password = login.partition(":")[2]
    wrong = "@" in password or (port and not re.fullmatch(r"\d*", port["port"]))
    return "database-shape" if wrong else None


def _options(url: str, rest: str) -> str | None:
    if "?" not in rest:
        return None
    from notifykit.errors import ConfigurationError  # noqa: PLC0415 - only for what follows
    from notifykit.storage.urls import database  # noqa: PLC0415 - brings sqlalchemy along

    try:
        database(url)
    except ConfigurationError as error:
        known = re.search(r"cannot do what (.+?) asks for", str(error))
        return f"database-options:{known[1]}" if known else "database-shape"
    return None
