"""Nothing is changed but by a form of our own."""

import pytest
from starlette.routing import Route

from notifykit.dashboard.application import _routes

PATHS = [
    route.path.replace("{action}", "resend").replace("{provider}", "gmail")
    for route in _routes()
    if isinstance(route, Route) and "POST" in (route.methods or ())
]


def test_there_are_forms():
    assert "/submissions/{id}/resend" in PATHS
    assert 8 <= len(PATHS)


@pytest.mark.parametrize("path", PATHS)
async def test_a_form_without_the_visits_token_is_refused(reader, path):
    await reader.get("/")

    answer = await reader.post(path.replace("{id}", reader.ids["unconfirmed"]), token="0" * 64)

    assert 403 == answer.status_code
    assert "Ничего не изменено" in answer.text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example.com"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_form_from_elsewhere_is_refused_even_with_the_token(reader, path, headers):
    await reader.get("/")
    token = reader.desk.seal.opened(reader.client.cookies["notifykit_dashboard"]).token
    path = path.replace("{id}", reader.ids["unconfirmed"])

    answer = await reader.client.post(f"/dashboard{path}", data={"token": token}, headers=headers)

    assert 403 == answer.status_code


@pytest.mark.parametrize("path", PATHS)
async def test_looking_changes_nothing(reader, path):
    before = await reader.notifier.repository.recent(limit=200)

    await reader.get(path.replace("{id}", reader.ids["unconfirmed"]))

    assert before == await reader.notifier.repository.recent(limit=200)


async def test_json_and_files_are_no_forms(reader):
    for content, status in ((b"{}", 415), (b"", 415)):
        answer = await reader.client.post(
            "/dashboard/check", content=content, headers={"Content-Type": "application/json"}
        )

        assert status == answer.status_code


async def test_a_form_of_a_megabyte_is_refused(reader):
    assert 413 == (await reader.post("/check", token="a" * 1_000_000)).status_code


async def test_a_form_that_is_no_text_is_refused(reader):
    answer = await reader.client.post(
        "/dashboard/check",
        content=b"token=%ff\xff",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert 400 == answer.status_code
