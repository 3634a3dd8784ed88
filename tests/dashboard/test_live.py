"""A page that is open hears of changes at once, and of nothing else."""

import asyncio

import pytest

from dashboard import shop
from notifykit.dashboard import app, live
from notifykit.errors import StorageError


class Listener:
    """An EventSource, so far as it is needed here."""

    def __init__(self, page, path, **headers):
        self._page, self._path = page, path
        self._headers = {"accept": "text/event-stream", "host": "localhost", **headers}
        self.status = None
        self._said = asyncio.Queue()
        self._gone = asyncio.Event()

    async def __aenter__(self):
        self.task = asyncio.create_task(self._ask())
        return self

    async def __aexit__(self, *error):
        self._gone.set()
        self.task.cancel()
        await asyncio.wait({self.task})

    async def hear(self, word):
        async with asyncio.timeout(5):
            while word not in (said := (await self._said.get()).decode()):
                pass
        return said

    async def ended(self):
        async with asyncio.timeout(5):
            await self.task

    async def _ask(self):
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET",
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in self._headers.items()],
            "client": ("127.0.0.1", 5),
            "server": ("localhost", 3000),
        }
        await self._page(scope, self._receive, self._send)

    async def _receive(self):
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            await self._said.put(message.get("body", b""))


class Shaky:
    """A store that can be away."""

    def __init__(self, kept):
        self._kept, self.is_away = kept, False

    def __getattr__(self, name):
        if self.is_away:
            raise StorageError("nobody answers")
        return getattr(self._kept, name)


@pytest.fixture
def kept():
    clock = shop.Clock()
    clock.now = clock.end
    return shop.notifier(clock=clock)


@pytest.fixture
def page(kept):
    page = app(kept)
    page.state.desk.looks_every = 0.01
    return page


@pytest.mark.parametrize("path", ["/", "/submissions"])
async def test_a_new_order_is_heard_of(page, kept, path):
    async with Listener(page, path) as listener:
        await listener.hear("event: shown")
        await kept.send(shop.order(1))

        assert "event: changed" in await listener.hear("changed")


async def test_what_changed_while_nobody_listened_is_heard_of_too(page, kept):
    async with Listener(page, "/submissions") as listener:
        mark = (await listener.hear("event: shown")).partition("id: ")[2].split()[0]
    await kept.send(shop.order(1))

    async with Listener(page, "/submissions", **{"last-event-id": mark}) as listener:
        await listener.hear("event: changed")


async def test_nothing_is_said_while_nothing_changes(page):
    async with Listener(page, "/submissions") as listener:
        await listener.hear("event: shown")

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await listener.hear("event:")


async def test_a_server_that_stops_waits_for_nobody(page):
    async with Listener(page, "/") as listener:
        await listener.hear("event: shown")
        page.state.desk.closing.set()

        await listener.ended()

    assert 0 == page.state.desk.streams


async def test_beyond_the_most_the_page_asks_now_and_then_instead(page):
    page.state.desk.streams = live.MOST

    async with Listener(page, "/") as listener:
        await listener.ended()

    assert 204 == listener.status


async def test_strangers_hear_nothing(kept):
    async with Listener(app(kept, password="correct horse"), "/") as listener:
        await listener.ended()

    assert 303 == listener.status


async def test_whoever_leaves_is_not_counted_any_more(page):
    async with Listener(page, "/") as listener:
        await listener.hear("event: shown")
        listener._gone.set()
        await listener.ended()

    assert 0 == page.state.desk.streams


async def test_a_database_that_is_away_is_told_of_once_and_so_is_its_return(kept):
    store = Shaky(kept.repository)
    page = app(store)
    page.state.desk.looks_every = 0.01
    async with Listener(page, "/submissions") as listener:
        await listener.hear("event: shown")
        store.is_away = True
        await listener.hear("event: away")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await listener.hear("event:")
        store.is_away = False

        await listener.hear("event: changed")


async def test_what_is_gone_while_it_is_looked_at_is_told_of_and_the_stream_goes_on(kept, page):
    sent = await kept.send(shop.order(1))
    async with Listener(page, f"/submissions/{sent.id}") as listener:
        await listener.hear("event: shown")
        del kept.repository._submissions[sent.id]

        assert "id: gone\nevent: changed" in await listener.hear("event: changed")
        assert not listener.task.done()
