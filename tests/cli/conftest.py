"""The command line in a folder of its own, and providers on this machine to talk to."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from notifykit.cli import main
from notifykit.settings.texts import SAID
from notifykit.simulators import LocalCertificates, SmtpServer, local_certificates

PASSWORD = "abcdefghijklmnop"


@dataclass(frozen=True)
class Run:
    """What one command came to."""

    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Shell:
    """A person at a terminal of 100 columns."""

    def __init__(self, folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self._capfd = capfd

    def __call__(self, *argv: str) -> Run:
        self._capfd.readouterr()
        code = main(argv)
        out, err = self._capfd.readouterr()
        return Run(code, out, err)

    def write(self, name: str, content) -> str:
        text = content if isinstance(content, str) else json.dumps(content, ensure_ascii=False)
        (self.folder / name).write_text(text, "utf-8")
        return name


@pytest.fixture
def shell(tmp_path, monkeypatch, capfd) -> Shell:
    for name in SAID:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capfd)


@pytest.fixture
def outbox(shell, monkeypatch) -> Path:
    """Settings that send into a folder."""
    for name, value in {
        "MAIL_PROVIDER": "file",
        "SALES_EMAIL": "sales@example.com",
        "MAIL_FROM": "bot@example.com",
    }.items():
        monkeypatch.setenv(name, value)
    return shell.folder / "outbox"


@pytest.fixture(scope="session")
def certificates() -> LocalCertificates:
    return local_certificates()


@pytest.fixture
def gmail(certificates) -> Iterator[SmtpServer]:
    """Gmail in a thread: the command under test has an event loop of its own."""
    users = {"bot@example.com": PASSWORD}
    server = SmtpServer("gmail", security="starttls", tls=certificates.server, users=users)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    asyncio.run_coroutine_threadsafe(server.__aenter__(), loop).result(10)
    try:
        yield server
    finally:
        asyncio.run_coroutine_threadsafe(server.__aexit__(None, None, None), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture
def gmail_variables(shell, gmail, certificates, monkeypatch) -> dict[str, str]:
    """What an application would have in its environment for that Gmail."""
    variables = {
        "MAIL_PROVIDER": "gmail",
        "SMTP_SERVER": gmail.host,
        "SMTP_PORT": str(gmail.port),
        "SMTP_SECURITY": "starttls",
        "SMTP_USER": "bot@example.com",
        "SMTP_PASSWORD": PASSWORD,
        "SALES_EMAIL": "sales@example.com",
        "SSL_CERT_FILE": certificates.save(shell.folder),
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables
