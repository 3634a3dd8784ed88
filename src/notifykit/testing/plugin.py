"""
Fixtures for pytest, there for every project that has notifykit installed.

Pytest loads this module at its start, so it imports nothing but pytest: what a fixture needs comes
when a test asks for it. Turn it off with ``-p no:notifykit``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from notifykit.simulators import MailgunServer, SendGridServer, SmtpServer
    from notifykit.testing.outbox import Outbox


@pytest.fixture
def outbox() -> Outbox:
    """What the test sent, through ``outbox.notifier``, ``outbox.transport`` or the environment."""
    from notifykit.testing.outbox import Outbox  # noqa: PLC0415 - see above

    return Outbox()


@pytest.fixture
def notifykit_environ(
    outbox: Outbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Mapping[str, str]]:
    """
    Variables with which ``Notifier.from_env()`` delivers into the ``outbox``, and they are set.

    Mails really travel, by SMTP to a server on this machine, so another process may send them too.
    Submissions are kept in a database of the test's own.
    """
    from notifykit.testing.outbox import (  # noqa: PLC0415 - see above
        DELIVERY_VARIABLES,
        OutboxServer,
        variables,
    )

    with OutboxServer(outbox) as server:
        for name in [name for name in os.environ if name.startswith(DELIVERY_VARIABLES)]:
            monkeypatch.delenv(name)
        environ = variables(server, tmp_path)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        yield environ


@pytest.fixture
def smtp_server(request: pytest.FixtureRequest) -> Iterator[SmtpServer]:
    """
    An SMTP server on this machine; ``smtp_server.environ`` leads to it.

    By an indirect parameter it is another one: a profile, or the arguments of `SmtpServer`::

        @pytest.mark.parametrize("smtp_server", ["gmail"], indirect=True)
    """
    from notifykit.simulators import SmtpServer  # noqa: PLC0415 - see above

    given = getattr(request, "param", {})
    options = {"profile": given} if isinstance(given, str) else given
    with SmtpServer(**{"users": {"bot@example.com": "app password"}, **options}) as server:
        yield server


@pytest.fixture
def sendgrid_server(request: pytest.FixtureRequest) -> Iterator[SendGridServer]:
    """SendGrid's API on this machine; an indirect parameter has the arguments of its class."""
    from notifykit.simulators import SendGridServer  # noqa: PLC0415 - see above

    with SendGridServer(**_options(request)) as server:
        yield server


@pytest.fixture
def mailgun_server(request: pytest.FixtureRequest) -> Iterator[MailgunServer]:
    """Mailgun's API on this machine; an indirect parameter has the arguments of its class."""
    from notifykit.simulators import MailgunServer  # noqa: PLC0415 - see above

    with MailgunServer(**_options(request)) as server:
        yield server


def _options(request: pytest.FixtureRequest) -> dict[str, Any]:
    options: dict[str, Any] = getattr(request, "param", {})
    return options
