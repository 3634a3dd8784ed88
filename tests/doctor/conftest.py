"""A reader of findings, a DNS that holds what a test puts there, and providers on this machine."""

from __future__ import annotations

import io
from argparse import Namespace
from collections.abc import Mapping, Sequence

import pytest

from notifykit import Notifier, Settings
from notifykit.cli.context import Context
from notifykit.cli.lines import tell
from notifykit.cli.screen import Screen
from notifykit.doctor import Finding
from notifykit.doctor.resolving import NoAnswerError
from notifykit.settings import Environment

BOT, SALES = "bot@example.com", "sales@example.com"


class Zone:
    """DNS as a test has it, in place of the one of the world."""

    def __init__(self, texts: Mapping[str, Sequence[str]] = {}, *, silent: bool = False) -> None:
        self.texts = dict(texts)
        self.mail = {"example.com"}
        self.silent = silent

    async def txt(self, name: str) -> Sequence[str]:
        if self.silent:
            raise NoAnswerError(name)
        return self.texts.get(name, ())

    async def takes_mail(self, domain: str) -> bool:
        if self.silent:
            raise NoAnswerError(domain)
        return domain in self.mail


@pytest.fixture
def zone() -> Zone:
    return Zone()


@pytest.fixture
def read():
    """What a person reads, in one line for a comparison without line breaks."""

    def reading(findings: Sequence[Finding], locale: str) -> str:
        stream = io.StringIO()
        context = Context(
            options=Namespace(json=False),
            environment=Environment({}, {}),
            locale=locale,
            screen=Screen(stream, color=False),
        )
        tell(context, findings)
        return " ".join(stream.getvalue().split())

    return reading


@pytest.fixture
def variables():
    """Settings that lead to nobody, with changes."""

    def made(**changes: str) -> dict[str, str]:
        return {
            "MAIL_PROVIDER": "console",
            "SALES_EMAIL": SALES,
            "MAIL_FROM": BOT,
            "DATABASE_URL": "sqlite://",
            **changes,
        }

    return made


@pytest.fixture
def settings(variables):
    return lambda **changes: Settings.read(variables(**changes)).settings


@pytest.fixture
async def make_notifier():
    """A notifier of one transport; closed in the end."""
    made: list[Notifier] = []

    def make(*transports) -> Notifier:
        made.append(Notifier(*transports, sender=BOT, sales=[SALES]))
        return made[-1]

    yield make
    for notifier in made:
        await notifier.aclose()
