"""What machines ask: alive, ready, figures."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from dashboard import shop
from notifykit.dashboard.pages.health import figures
from notifykit.errors import StorageError
from notifykit.storage import MemoryRepository
from notifykit.storage.overview import Accepted, Backlog, Pace, Tally
from notifykit.submission import Hold, Status

_LINE = re.compile(
    r'notifykit_[a-z_]+(\{[a-z]+="(?:[^"\\\n]|\\.)*"(?:,[a-z]+="(?:[^"\\\n]|\\.)*")*\})? '
    r"[0-9.e+-]+"
)
PASSWORD = "correct horse"


class Away(MemoryRepository):
    async def backlog(self, source=None, **options):
        raise StorageError("the server is away")


async def test_alive_is_answered_even_where_the_database_is_away(visit):
    answer = await visit(Away()).get("/healthz")

    assert (200, {"alive": True}) == (answer.status_code, answer.json())


async def test_not_ready_where_the_database_is_away(visit):
    answer = await visit(Away()).get("/readyz")

    assert (503, {"ready": False, "database": False}) == (answer.status_code, answer.json())


async def test_a_page_says_in_words_that_the_database_is_away(visit):
    answer = await visit(Away()).get("/")

    assert 503 == answer.status_code
    assert "Письма не потеряны" in answer.text


async def test_ready_where_mails_go_out(visit):
    answer = await visit().get("/readyz")

    expected = {"ready": True, "database": True, "queue": True, "providers": True}
    assert (200, expected) == (answer.status_code, answer.json())


async def test_not_ready_where_something_waits_for_too_long(visit):
    clock = shop.Clock()
    kept = shop.notifier(clock=clock)
    await kept.enqueue(shop.order(1))
    clock.now += timedelta(minutes=16)

    answer = await visit(kept).get("/readyz")

    assert (503, False) == (answer.status_code, answer.json()["queue"])


async def test_ready_while_one_provider_of_two_is_held_and_not_when_both_are(visit):
    kept = shop.notifier(clock=shop.Clock())
    visitor, found = visit(kept), []
    for provider in ("gmail", "sendgrid"):
        hold = Hold(source="default", provider=provider, reason="535")
        await kept.repository.hold(hold, lasting=timedelta(hours=1))
        found.append((await visitor.get("/readyz")).status_code)

    assert [200, 503] == found


async def test_machines_need_no_password_to_see_whether_it_works(visit):
    visitor = visit(password=PASSWORD, address="192.0.2.7")

    assert 200 == (await visitor.get("/healthz")).status_code
    assert 200 == (await visitor.get("/readyz")).status_code


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        (None, 401),
        (("prometheus", "wrong"), 401),
        (("prometheus", PASSWORD), 200),
        (("", PASSWORD), 200),
    ],
)
async def test_figures_need_the_password(visit, auth, expected):
    answer = await visit(password=PASSWORD).get("/metrics", auth=auth)

    assert expected == answer.status_code


async def test_figures_take_the_password_as_a_bearers_too(visit):
    visitor = visit(password=PASSWORD)

    answer = await visitor.get("/metrics", headers={"Authorization": f"Bearer {PASSWORD}"})

    assert 200 == answer.status_code


async def test_guessing_at_the_figures_is_slowed_down_as_well(visit):
    visitor = visit(password=PASSWORD)
    found = [(await visitor.get("/metrics", auth=("", "guess"))).status_code for _ in range(6)]

    assert [401] * 5 + [429] == found


@pytest.mark.parametrize("value", ["Basic", "Basic ???", "Basic 0JA=", "Digest x", "Basic //8="])
async def test_nonsense_is_no_password(visit, value):
    answer = await visit(password=PASSWORD).get("/metrics", headers={"Authorization": value})

    assert 401 == answer.status_code


async def test_figures_are_in_prometheus_format(reader):
    answer = await reader.get("/metrics")

    lines = [line for line in answer.text.splitlines() if not line.startswith("# ")]
    assert "text/plain; version=0.0.4; charset=utf-8" == answer.headers["Content-Type"]
    assert [] == [line for line in lines if not _LINE.fullmatch(line)]
    assert 'notifykit_open_submissions{status="UNCONFIRMED"} 1' in lines
    assert 'notifykit_provider_held{source="default",provider="gmail"} 1' in lines


def test_labels_are_escaped_and_sums_are_made(visit):
    now = datetime.now(UTC)
    hostile = 'a"} 1\nevil{x="\\'
    counted = [
        Accepted(at=now - timedelta(hours=back), source=hostile, status=Status.SENT, count=2)
        for back in range(2)
    ]
    tally = Tally(
        since=now,
        until=now,
        accepted=tuple(counted),
        pace=Pace(count=1, p50=timedelta(seconds=1), p95=timedelta(seconds=2)),
    )

    lines = list(figures(Backlog(), tally, [], visit().desk))

    assert [] == [line for line in lines if not line.startswith("# ") and not _LINE.fullmatch(line)]
    assert any(line.endswith('status="SENT"} 4') for line in lines)
    assert 'notifykit_accept_to_sent_seconds{quantile="0.95"} 2.0' in lines
