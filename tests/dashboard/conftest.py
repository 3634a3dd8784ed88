"""The dashboard below a prefix, and a browser without JavaScript that visits it."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from dashboard import shop
from notifykit import Notifier
from notifykit.dashboard import app

PREFIX = "/dashboard"
PASSWORD = "correct horse"


@dataclass
class Visitor:
    """Somebody who follows links and fills forms in."""

    client: httpx.AsyncClient
    notifier: Any
    desk: Any
    ids: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str = "/", **options: Any) -> httpx.Response:
        return await self.client.get(f"{PREFIX}{path}", **options)

    async def text(self, path: str = "/") -> str:
        answer = await self.get(path)

        assert 200 == answer.status_code, answer.text
        return answer.text

    async def post(self, path: str, **fields: str) -> httpx.Response:
        return await self.client.post(f"{PREFIX}{path}", data=fields)

    async def hidden(self, path: str, to: str = "") -> dict[str, str]:
        """What the form on a page that goes to the same path, or to another, carries unseen."""
        page = (await self.get(path)).text
        form = page.split(f'action="{PREFIX}{to or path}"')[1].split("</form>")[0]
        return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))

    async def submit(self, path: str, to: str = "", **fields: str) -> httpx.Response:
        """Open a page, and send the form on it."""
        return await self.post(to or path, **{**await self.hidden(path, to), **fields})


@pytest.fixture
async def visit():
    """Make a dashboard and somebody who visits it, from this machine where nothing else is said."""
    clients = []

    def make(
        kept: Any = None, *, address: str = "127.0.0.1", host: str = "localhost", **options: Any
    ) -> Visitor:
        kept = kept or shop.notifier(clock=shop.Clock())
        page = app(kept, **options)
        transport = httpx.ASGITransport(
            Starlette(routes=[Mount(PREFIX, page)]), client=(address, 50_000)
        )
        client = httpx.AsyncClient(transport=transport, base_url=f"http://{host}")
        clients.append(client)
        return Visitor(client, kept, page.state.desk)

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture(scope="session")
def filled() -> tuple[Notifier, dict[str, str]]:
    """A fortnight of a shop, only to look at."""
    clock = shop.Clock()
    kept = shop.notifier(clock=clock)
    return kept, asyncio.run(shop.fill(kept, clock, 60))


@pytest.fixture
def reader(visit, filled) -> Visitor:
    """Somebody who looks at the shop's fortnight."""
    kept, ids = filled
    visitor = visit(kept)
    visitor.ids = ids
    return visitor
