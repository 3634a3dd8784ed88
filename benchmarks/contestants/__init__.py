"""
Queues of mails in PostgreSQL, each set up as its own documentation says.

Each runs in a process of its own: ``python -m benchmarks.contestants NAME COMMAND`` reads its
options as JSON from standard input and prints the seconds it took.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec

from benchmarks.contestants.base import Contestant, Mail

# Name, module with the class `Entry`, and the packages it needs.
_KNOWN = {
    "notifykit": ("own", ("asyncpg", "alembic")),
    "django-post_office": ("post_office", ("post_office", "django", "psycopg")),
    "procrastinate": ("procrastinate", ("procrastinate", "psycopg_pool")),
    "django-mailer": ("django_mailer", ("mailer", "django", "psycopg")),
}
NAMES = tuple(_KNOWN)


def missing(name: str) -> list[str]:
    """Name the packages that are not installed here."""
    return [package for package in _KNOWN[name][1] if find_spec(package) is None]


def contestant(name: str, url: str, mail: Mail | None = None) -> Contestant:
    """Make one, working on the database at a URL."""
    found = import_module(f"benchmarks.contestants.{_KNOWN[name][0]}").Entry(url, mail)
    assert isinstance(found, Contestant)
    return found
