"""A PostgreSQL that commits to the disk, with databases for the contestants."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.contestants import base
from benchmarks.support.content import mail

_ROOT = Path(__file__).parents[2]
# Enough for a million rows to be filled in; what commits is left as it comes.
_SETTINGS = {"max_wal_size": "4GB", "maintenance_work_mem": "256MB", "shared_buffers": "256MB"}


@contextmanager
def postgres() -> Iterator[Any]:
    """Start the tests' server with fsync, or take the one that was named."""
    sys.path.append(str(_ROOT / "tests"))
    from postgres_server import running  # noqa: PLC0415 - it is no package

    with running(_SETTINGS) as server:
        yield server


def facts(url: str) -> str:
    """Say what makes a commit there."""
    names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
    with psycopg.connect(url) as connection:
        values = (connection.execute(f"SHOW {name}").fetchone() for name in names)
        found = ", ".join(f"{name} {value}" for name, (value,) in zip(names, values, strict=True))
    return f"PostgreSQL: {found}"


@cache
def _mail() -> base.Mail:
    made = mail()
    return {"subject": made.subject, "text": made.text, "html": made.html or ""}


def run(name: str, command: str, url: str, **options: Any) -> float:
    """Let a contestant do something in a process of its own; give the seconds."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.contestants", name, command],
        cwd=_ROOT,
        input=json.dumps({"url": url, "mail": _mail(), **options}),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{name} {command} failed:\n{done.stderr[-4000:]}")
    return float(json.loads(done.stdout.splitlines()[-1])["seconds"] or 0)


def prepare(name: str, url: str, fill: tuple[str, ...], rows: int) -> None:
    """Make a contestant's tables with so many old rows."""
    run(name, "prepare", url)
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in fill if rows else ():
            connection.execute(statement.replace("%(count)s", str(rows)))
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")


def count(url: str, query: str) -> int:
    """Ask for one number."""
    with psycopg.connect(url) as connection:
        found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0
