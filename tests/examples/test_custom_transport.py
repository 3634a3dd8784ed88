"""A transport in under 25 lines keeps the promises of every other one."""

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from notifykit import Status, Transport
from notifykit.simulators.http import Answer, HttpServer, Request
from notifykit.testing import TransportContract

EXAMPLE = Path(__file__).parents[2] / "examples" / "custom_transport.py"
TOKEN = "secret-token"


class Webhook(HttpServer):
    """Takes what has the right token."""

    def answer(self, request: Request) -> Answer:
        known = request.headers.get("authorization") == f"Bearer {TOKEN}"
        return Answer(204 if known else 401, "")

    def _hands_over(self, request: Request) -> bool:
        return request.path == "/mails"


@pytest.fixture
async def webhook() -> AsyncIterator[Webhook]:
    async with Webhook() as server:
        yield server


class TestWebhookTransport(TransportContract):
    @pytest.fixture(autouse=True)
    def example(self, load, webhook):
        self.module = load("custom_transport.py")
        self.url = webhook.url

    async def make_transport(self) -> Transport:
        return self.module.WebhookTransport(self.url, TOKEN)


async def test_the_webhook_gets_the_mail(run, webhook):
    printed = await run("custom_transport.py", WEBHOOK_URL=webhook.url, WEBHOOK_TOKEN=TOKEN)

    (request,) = webhook.taken
    mail = request.json()
    assert ["sales@example.com"] == mail["to"]
    assert "Клиент просит перезвонить" in mail["text"]
    assert printed.endswith(f": {Status.SENT}\n")


async def test_a_refused_token_waits_for_a_better_one(run, webhook):
    printed = await run("custom_transport.py", WEBHOOK_URL=webhook.url, WEBHOOK_TOKEN="wrong")

    assert printed.endswith(f": {Status.QUEUED}\n")
    assert [] == webhook.taken


def test_it_is_under_25_lines():
    source = EXAMPLE.read_text("utf-8")
    transport = source[source.index("class WebhookTransport") : source.index("async def main")]
    code = [line for line in transport.splitlines() if line.strip()]

    assert ast.parse(transport)
    assert 25 > len(code)
