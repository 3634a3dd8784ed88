"""The password, the host application's login, and the cookie."""

import time

import pytest
from pydantic import SecretStr
from starlette.exceptions import HTTPException

from notifykit.dashboard import app
from notifykit.dashboard.throttle import Throttle
from notifykit.dashboard.visits import COOKIE, Seal, Visit
from notifykit.errors import ConfigurationError

PASSWORD = "correct horse"


async def enter(visitor, password=PASSWORD, **fields):
    return await visitor.submit("/login", password=password, **fields)


async def test_without_the_password_every_page_leads_to_the_login(visit):
    visitor = visit(password=PASSWORD)

    answer = await visitor.get("/submissions?status=FAILED")

    assert 303 == answer.status_code
    expected = "/dashboard/login?next=%2Fsubmissions%3Fstatus%3DFAILED"
    assert expected == answer.headers["Location"]


async def test_with_the_password_the_visitor_gets_where_they_wanted(visit):
    visitor = visit(password=PASSWORD)

    answer = await enter(visitor, next="/submissions?status=FAILED", name="Анна")

    assert "/dashboard/submissions?status=FAILED" == answer.headers["Location"]
    assert "Анна" in await visitor.text("/submissions")


async def test_a_wrong_password_lets_nobody_in(visit):
    visitor = visit(password=PASSWORD)

    answer = await enter(visitor, password="correct hors")

    assert 401 == answer.status_code
    assert "Пароль не подошёл" in answer.text
    assert 303 == (await visitor.get("/")).status_code


async def test_guessing_is_slowed_down_even_for_the_right_password(visit):
    visitor = visit(password=PASSWORD)
    guesses = [
        (await enter(visitor, password=f"guess {number}")).status_code for number in range(6)
    ]

    answer = await enter(visitor)

    assert [401] * 5 + [429] == guesses
    assert 429 == answer.status_code
    assert 0 < int(answer.headers["Retry-After"]) <= 30


def test_a_guesser_may_try_again_after_half_a_minute_and_others_need_not_wait():
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for _ in range(5):
        throttle.failed("192.0.2.7")

    assert 30 == throttle.wait("192.0.2.7")
    assert 0 == throttle.wait("192.0.2.8")
    now[0] += 30
    assert 0 == throttle.wait("192.0.2.7")


def test_somebody_with_many_addresses_is_slowed_down_too():
    throttle = Throttle(lambda: 0.0)
    for number in range(50):
        throttle.failed(f"192.0.2.{number}")

    assert 0 < throttle.wait("192.0.2.200")


def test_what_is_remembered_of_guessers_is_bounded():
    throttle = Throttle(lambda: 0.0)
    for number in range(3_000):
        throttle.failed(f"address {number}")

    assert 1_000 == len(throttle._full_at)


async def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(visit):
    answer = await visit(password=PASSWORD).get("/login")

    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert "Path=/dashboard" in cookie
    assert "Secure" not in cookie


async def test_behind_tls_the_cookie_is_secure(visit):
    answer = await visit(password=PASSWORD).client.get("https://localhost/dashboard/login")

    assert "Secure" in answer.headers["Set-Cookie"]


async def test_entering_begins_a_new_visit(visit):
    visitor = visit(password=PASSWORD)
    await visitor.get("/login")
    before = visitor.client.cookies[COOKIE]
    await enter(visitor)

    seal = visitor.desk.seal
    assert seal.opened(before).id != seal.opened(visitor.client.cookies[COOKIE]).id


async def test_whoever_leaves_is_asked_for_the_password_again(visit):
    visitor = visit(password=PASSWORD)
    await enter(visitor)

    await visitor.submit("/", to="/logout")

    assert 303 == (await visitor.get("/")).status_code


def test_a_cookie_of_another_password_is_worth_nothing():
    visit = Visit.new().enter("Анна")
    value = Seal(SecretStr("another password")).closed(visit)

    assert None is Seal(SecretStr(PASSWORD)).opened(value)


@pytest.mark.parametrize("place", range(0, 200, 7))
def test_a_cookie_that_was_changed_is_worth_nothing(place):
    seal = Seal(SecretStr(PASSWORD))
    value = seal.closed(Visit.new().enter("Анна"))
    other = "A" if value[place] != "A" else "B"

    assert None is seal.opened(value[:place] + other + value[place + 1 :])


def test_a_visit_ends():
    seal = Seal(SecretStr(PASSWORD))

    assert None is seal.opened(seal.closed(Visit(id="a", entered=True, ends=int(time.time()) - 1)))


@pytest.mark.parametrize("value", ["", ".", "e30=.", "bnVsbA==", "W10=", "яя.яя", "a" * 10_000])
def test_nonsense_is_no_visit(value):
    seal = Seal(None)
    content = value.partition(".")[0]

    assert None is seal.opened(value)
    assert None is seal.opened(f"{content}.{seal._signature(content)}")


@pytest.mark.parametrize(
    "wanted",
    [
        "https://example.com/",
        "//example.com",
        "/\\example.com",
        "javascript:alert(1)",
        "/\t/example.com",
        "",
    ],
)
async def test_nobody_is_sent_to_another_site(visit, wanted):
    visitor = visit(password=PASSWORD)

    answer = await enter(visitor, next=wanted)

    assert "/dashboard/" == answer.headers["Location"]


async def test_the_host_application_says_who_it_is(visit):
    async def auth(request):
        return request.headers.get("X-User")

    visitor = visit(auth=auth, address="192.0.2.7", hosts=["localhost"])

    assert 403 == (await visitor.get("/")).status_code
    known = await visitor.get("/", headers={"X-User": "Anna"})
    assert 200 == known.status_code
    assert "Anna" in known.text


async def test_the_host_application_may_send_strangers_to_its_own_login(visit):
    def auth(request):
        raise HTTPException(303, headers={"Location": "/login"})

    answer = await visit(auth=auth).get("/")

    assert (303, "/login") == (answer.status_code, answer.headers["Location"])


def test_a_short_password_is_refused(filled):
    with pytest.raises(ConfigurationError, match="8 characters"):
        app(filled[0], password="short")


async def test_a_link_on_another_site_does_not_end_the_visit(visit):
    visitor = visit(password=PASSWORD)

    answer = await visitor.get("/submissions", headers={"Sec-Fetch-Site": "cross-site"})

    assert 200 == answer.status_code
    assert "Set-Cookie" not in answer.headers
    assert 'http-equiv="refresh"' in answer.text


async def test_the_language_is_the_visitors_to_choose(visit):
    visitor = visit()
    assert '<html lang="ru">' in await visitor.text("/")

    answer = await visitor.submit("/submissions", to="/language")

    assert "/dashboard/submissions" == answer.headers["Location"]
    assert '<html lang="en">' in await visitor.text("/")


async def test_after_a_wrong_password_the_language_can_still_be_chosen(visit):
    answer = await enter(visit(password=PASSWORD), "wrong")

    assert 'action="/dashboard/language"' in answer.text
