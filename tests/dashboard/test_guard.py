"""Whom the dashboard answers, and what every answer carries."""

import pytest

from notifykit.dashboard import app
from notifykit.dashboard.guard import HEADERS, POLICY


@pytest.mark.parametrize("host", ["localhost", "localhost:3000", "127.0.0.1:3000", "[::1]:3000"])
async def test_this_machine_is_answered_under_its_own_names(visit, host):
    visitor = visit()

    assert 200 == (await visitor.get(headers={"Host": host})).status_code


@pytest.mark.parametrize(
    "host", ["evil.example.com", "localhost.example.com", "192.0.2.7", "", "127.0.0.1.example.com"]
)
async def test_a_page_of_another_site_cannot_reach_it_under_its_own_name(visit, host):
    answer = await visit().get(headers={"Host": host})

    assert 403 == answer.status_code
    assert "NOTIFYKIT_DASHBOARD_HOSTS" in answer.text


async def test_without_credentials_another_machine_is_refused(visit):
    answer = await visit(address="192.0.2.7").get()

    assert 403 == answer.status_code
    assert "NOTIFYKIT_DASHBOARD_PASSWORD" in answer.text


@pytest.mark.parametrize("name", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
async def test_without_credentials_whoever_comes_through_a_proxy_is_refused(visit, name):
    assert 403 == (await visit().get(headers={name: "192.0.2.7"})).status_code


@pytest.mark.parametrize(("options", "status"), [({}, 403), ({"password": "correct horse"}, 303)])
async def test_nginx_which_names_nobody_is_known_by_its_version_of_http(visit, options, status):
    answered = []

    async def told(message):
        answered.append(message.get("status"))

    scope = {
        "type": "http",
        "method": "GET",
        "http_version": "1.0",
        "scheme": "http",
        "path": "/",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1:3000"), (b"connection", b"close")],
        "client": ("127.0.0.1", 50_000),
    }
    await app(visit().notifier, **options)(scope, None, told)

    assert status == answered[0]


async def test_with_a_password_addresses_are_answered_and_names_where_they_are_listed(visit):
    visitor = visit(address="192.0.2.7", password="correct horse", hosts=["Shop.example.com"])

    found = {
        host: (await visitor.get("/login", headers={"Host": host})).status_code
        for host in ("192.0.2.1:3000", "shop.example.com", "SHOP.example.com.", "other.example.com")
    }

    assert {
        "192.0.2.1:3000": 200,
        "shop.example.com": 200,
        "SHOP.example.com.": 200,
        "other.example.com": 403,
    } == found


async def test_the_host_application_may_check_the_names_itself(visit):
    visitor = visit(auth=lambda request: "Анна", hosts=["*"])

    assert 200 == (await visitor.get(headers={"Host": "any.example.com"})).status_code


@pytest.mark.parametrize("path", ["/", "/nowhere", "/login", "/healthz", "/static/dashboard.css"])
async def test_every_answer_carries_the_headers_that_keep_browsers_in_bounds(visit, path):
    answer = await visit(password="correct horse").get(path)

    kept = {name: answer.headers[name] for name in HEADERS if name != "Cache-Control"}
    assert {name: value for name, value in HEADERS.items() if name != "Cache-Control"} == kept


def test_the_policy_allows_nothing_inline_and_nobody_to_frame_it():
    assert "default-src 'none'" in POLICY
    assert "frame-ancestors 'none'" in POLICY
    assert "unsafe" not in POLICY


async def test_a_refusal_carries_them_too(visit):
    answer = await visit().get(headers={"Host": "evil.example.com"})

    assert POLICY == answer.headers["Content-Security-Policy"]
