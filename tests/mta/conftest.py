"""A real Postfix; where there is none the tests are skipped, or fail if they were asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mta.mailserver import PASSWORD, USER, Mailserver, missing, running
from notifykit.transports import SmtpTransport


@pytest.fixture(scope="session")
def mta() -> Iterator[Mailserver]:
    """Postfix with Dovecot's logins, on this machine only."""
    reason = missing()
    if reason and os.environ.get("NOTIFYKIT_TEST_MTA"):
        pytest.fail(reason)
    if reason:
        pytest.skip(reason)
    with running() as server:
        yield server


@pytest.fixture
def connect(mta: Mailserver) -> Callable[..., SmtpTransport]:
    """Make a transport to one of the server's ports."""

    def make(port: str = "starttls", **options: Any) -> SmtpTransport:
        login = {"user": USER, "password": PASSWORD, "cafile": mta.cafile, "timeout": 10}
        return SmtpTransport(mta.relay(port), **{**login, **options})

    return make
