"""Behind a real PgBouncer that lends a connection for one transaction and no longer."""

from __future__ import annotations

import asyncio
import os
import pwd
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import URL, make_url

from notifykit.storage import SqlRepository
from notifykit.storage.base import Filter
from notifykit.submission import Lease, Status, Submission
from notifykit.testing.repository_case import LEASE, make_attempt, make_submission
from pooler.install import found

POOL = 3
MANY = 120
MOMENT = timedelta(milliseconds=20)


@pytest.fixture
def pooler(postgres_url: str) -> Iterator[URL]:
    if (program := found()) is None:
        missing = "PgBouncer is not installed: make test-pooler"
        (pytest.fail if os.environ.get("NOTIFYKIT_TEST_POOLER") else pytest.skip)(missing)
    server = make_url(postgres_url)
    with socket.socket() as probe, tempfile.TemporaryDirectory(dir="/tmp") as folder:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        settings = Path(folder, "pgbouncer.ini")
        settings.write_text(
            f"[databases]\n{server.database} = host={server.host} port={server.port} "
            f"user={server.username} password={server.password}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\ndefault_pool_size = {POOL}\n"
        )
        probe.close()
        with _started(program, settings):
            yield server.set(host="127.0.0.1", port=port, password=None)


def _started(program: str, settings: Path) -> subprocess.Popen[str]:
    as_user = {}
    if os.geteuid() == 0:  # as which it refuses to run
        nobody = pwd.getpwnam("nobody")
        for path in (settings, settings.parent):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        as_user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
    process = _Ending([program, str(settings)], stderr=subprocess.PIPE, text=True, **as_user)
    assert process.stderr is not None
    said = []
    for line in process.stderr:
        said.append(line)
        if "process up" in line:
            return process
    raise RuntimeError("".join(said))


class _Ending(subprocess.Popen[str]):
    def __exit__(self, *error: object) -> None:
        self.terminate()
        super().__exit__(*error)


@pytest.fixture(params=["postgresql", "postgresql+psycopg"])
def url(request: pytest.FixtureRequest, pooler: URL) -> str:
    asked = pooler.set(drivername=request.param, query={"pgbouncer": "true"})
    return asked.render_as_string(hide_password=False)


async def deliver_all(repository: SqlRepository, owner: str) -> list[str]:
    lease, done = Lease(owner=owner, duration=LEASE.duration), []
    while claimed := await repository.claim(source="bot", lease=lease, limit=7):
        sent = [replace(one.with_attempt(make_attempt()), status=Status.SENT) for one in claimed]
        await asyncio.gather(*map(repository.save, sent))
        done += [one.id for one in claimed]
    return done


async def test_what_many_bring_and_several_deliver_is_delivered_once(url: str) -> None:
    repositories = [SqlRepository(url) for _ in range(2)]
    adding = (repositories[n % 2].add(make_submission()) for n in range(MANY))
    added: list[Submission] = await asyncio.gather(*adding)
    delivering = (deliver_all(repositories[n % 2], f"worker-{n}") for n in range(6))
    delivered = [id_ for ids in await asyncio.gather(*delivering) for id_ in ids]
    sent = await repositories[0].recent(Filter(status=Status.SENT), limit=MANY + 1)
    for repository in repositories:
        await repository.aclose()

    assert sorted(one.id for one in added) == sorted(delivered)
    assert sorted(delivered) == sorted(one.id for one in sent)


async def test_nothing_is_left_on_connections_that_others_get(url: str, pooler: URL) -> None:
    repository = SqlRepository(url)
    await asyncio.gather(*(repository.add(make_submission()) for _ in range(POOL)))
    await deliver_all(repository, "worker-1")
    await repository.changed("bot", within=MOMENT)
    await repository.aclose()
    place = pooler.set(drivername="postgresql").render_as_string(hide_password=False)
    others = [psycopg.connect(place, prepare_threshold=None) for _ in range(POOL)]
    left = [
        other.execute(
            "SELECT (SELECT count(*) FROM pg_prepared_statements WHERE name <> ''),"
            " (SELECT count(*) FROM pg_listening_channels())"
        ).fetchone()
        for other in others  # each in a transaction, so that each has a connection of its own
    ]
    for other in others:
        other.close()

    assert [(0, 0)] * POOL == left
