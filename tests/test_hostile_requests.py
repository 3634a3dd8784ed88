"""Whatever somebody sends to the dashboard is answered, never with an error of ours."""

import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator

import httpx
import pytest

from notifykit import Notifier, dashboard
from notifykit.dashboard.visits import COOKIE
from notifykit.storage import MemoryRepository
from notifykit.testing import FakeTransport

ELSEWHERE = (
    *(
        "//example.net",
        "///example.net",
        "https://example.net",
        "/\\example.net",
        "\\\\example.net",
    ),
    *(
        "/\t/example.net",
        "\x01//example.net",
        "javascript:alert(1)",
        "data:text/html,x",
        "//[",
        "//\u2100",
    ),
    *("http://[", "example.net", "", "?x", "//user@example.net", "http:example.net"),
)


def signed(content: str) -> str:
    """Make a cookie as anybody can where there is no password."""
    value = urlsafe_b64encode(content.encode()).decode().rstrip("=")
    return f"{value}.{hmac.digest(b'', value.encode(), 'sha256').hex()}"


def visit(**changes: object) -> str:
    return json.dumps({"id": "a", "name": "", "entered": False, "ends": 10**10} | changes)


@pytest.fixture
async def browser() -> AsyncIterator[httpx.AsyncClient]:
    notifier = Notifier(
        FakeTransport(),
        sender="bot@example.com",
        sales=["sales@example.com"],
        repository=MemoryRepository(),
    )
    here = httpx.ASGITransport(dashboard.app(notifier), client=("127.0.0.1", 1))
    async with httpx.AsyncClient(transport=here, base_url="http://localhost") as client:
        yield client


async def token(browser: httpx.AsyncClient) -> str:
    found = re.search(r'name="token" value="(\w+)"', (await browser.get("/person")).text)
    assert found
    return found[1]


@pytest.mark.parametrize("place", ELSEWHERE)
async def test_nobody_is_sent_to_another_site(browser: httpx.AsyncClient, place: str) -> None:
    fields = {"token": await token(browser), "locale": "en", "next": place}
    answer = await browser.post("/language", data=fields)

    assert (303, "/") == (answer.status_code, answer.headers["location"])


@pytest.mark.parametrize(
    "origin",
    ["http://[", "null", "//localhost", "localhost", "http://localhost.example.net", "x://"],
)
async def test_a_form_from_anywhere_else_is_refused(
    browser: httpx.AsyncClient, origin: str
) -> None:
    fields = {"token": await token(browser), "locale": "en", "next": "/"}
    answers = [
        await browser.post("/language", data=fields, headers={"origin": one})
        for one in (origin, "http://localhost")
    ]

    assert [403, 303] == [answer.status_code for answer in answers]


@pytest.mark.parametrize(
    "content",
    [
        "[" * 6_000,
        visit(id="\ud800"),
        visit(id=""),
        visit(name="\ud800"),
        visit(ends=10**4_000),
        visit(more=1),
        '{"id": "a", "name": "", "entered": false, "ends": 1e999}',
        "null",
        "\0",
    ],
)
async def test_a_cookie_of_any_content_is_no_error(
    browser: httpx.AsyncClient, content: str
) -> None:
    answer = await browser.get("/", headers={"cookie": f"{COOKIE}={signed(content)}"})

    assert 200 == answer.status_code


@pytest.mark.parametrize("host", ["[", "[::1", "127.0.0.1.example.net", "", "localhost@a.example"])
async def test_a_name_that_is_not_ours_is_refused(browser: httpx.AsyncClient, host: str) -> None:
    answer = await browser.get("/", headers={"host": host})

    assert 403 == answer.status_code


@pytest.mark.parametrize(
    "path",
    [
        "/?done=<script>",
        "/submissions?before=%00&status=x&q=%ff",
        "/submissions?q=" + "(" * 9_000,
        "/submissions.csv?period=%F0%9F",
        "/submissions/%00",
        "/submissions/..%2f..%2fetc",
        "/static/..%2fapplication.py",
        "/static/%2e%2e%2fapplication.py",
        "/templates/..%2f..%2forder.html",
        "/templates/order.html?scheme=x&lang=..%2f..",
        "/holds/%3Cscript%3E",
    ],
)
async def test_no_address_gives_an_error_or_what_was_put_into_it(
    browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)

    assert answer.status_code in (200, 303, 404)
    assert "<script>" not in answer.text
    assert "def app" not in answer.text
