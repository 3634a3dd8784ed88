"""What providers really say, read from `replies.toml`."""

import tomllib
from pathlib import Path

import pytest

from notifykit.diagnosis import Reply

_REPLIES = tomllib.loads(Path(__file__).with_name("replies.toml").read_text("utf-8"))

HEARD = [
    (Reply(provider=provider, stage=stage, code=code or None, text=text), known)
    for known, replies in _REPLIES.items()
    for provider, stage, code, text in replies
]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give every test that asks for ``heard`` and ``known`` one reply after the other."""
    if {"heard", "known"} <= set(metafunc.fixturenames):
        ids = [f"{known}-{number}" for number, (_, known) in enumerate(HEARD)]
        metafunc.parametrize(("heard", "known"), HEARD, ids=ids)


@pytest.fixture
def replies() -> list[tuple[Reply, str]]:
    """Every reply with the id of its diagnosis."""
    return HEARD
