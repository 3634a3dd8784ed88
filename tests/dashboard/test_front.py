"""The front page: figures, charts, holds, calls and the check."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

from dashboard import shop
from notifykit.dashboard.desk import Desk
from notifykit.dashboard.look import Look
from notifykit.dashboard.moments import Moments
from notifykit.dashboard.pages import charts
from notifykit.storage.memory import MemoryRepository
from notifykit.storage.overview import Accepted, Period, Tally, Tried
from notifykit.submission import Outcome, Status

NOW = datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
MOMENTS = Moments("ru", "Europe/Moscow", NOW)


def tally(*accepted, tried=()):
    return Tally(since=NOW - timedelta(days=14), until=NOW, accepted=accepted, tried=tried)


def hour(at, status, count, source="default"):
    return Accepted(at=at, source=source, status=status, count=count)


async def test_what_needs_attention_is_counted(reader):
    page = await reader.text("/")

    counted = {
        name: int(count)
        for count, name in re.findall(r"<strong>(\d+)</strong> ([^<\n]+?)(?:<|\n)", page)
    }
    assert {
        "Не подтверждено": 1,
        "Не доставлено за 7 дней": 1,
        "Звонки без ответа": 3,
        "Провайдеры на паузе": 1,
        "В очереди": 1,
    } == counted


async def test_a_held_provider_comes_with_cause_advice_and_a_way_out(reader):
    page = await reader.text("/")

    assert "Google не принял логин и пароль" in page
    assert "Создайте новый пароль приложения Google" in page
    assert "5.7.8 Username and Password not accepted" in page
    assert "/dashboard/holds/gmail" in page


async def test_calm_is_said(visit):
    page = await visit().text("/")

    assert "Всё спокойно" in page
    assert "ничего не отправлено" in page


async def test_calls_that_wait_can_be_dialled(reader):
    page = await reader.text("/")

    assert 3 == page.count('class="tel" href="tel:+79000000000"')
    assert 3 == page.count("/acknowledge")


def test_the_last_24_hours_end_with_this_one():
    now = NOW.replace(minute=0)
    chart = charts.hours(
        tally(
            hour(now, Status.SENT, 3),
            hour(now, Status.FAILED, 1),
            hour(now - timedelta(hours=23), Status.QUEUED, 2),
            hour(now - timedelta(hours=24), Status.SENT, 99),
        ),
        MOMENTS,
    )

    assert 24 == len(chart.bars)
    assert ("16:00", 2) == (chart.bars[0].label, chart.bars[0].total)
    assert ("15:00", 4) == (chart.bars[-1].label, chart.bars[-1].total)
    assert (4, ["SENT", "QUEUED", "FAILED"]) == (chart.most, chart.statuses)


def test_a_day_begins_at_midnight_where_the_reader_is():
    # 21:30 UTC is past midnight in Moscow.
    late = datetime(2026, 11, 21, 21, tzinfo=UTC)
    chart = charts.days(tally(hour(late, Status.SENT, 5)), MOMENTS)

    assert ("22.11", 5) == (chart.bars[-1].label, chart.bars[-1].total)


def test_bars_stay_within_the_drawing_and_nothing_counted_is_invisible():
    now = NOW.replace(minute=0)
    chart = charts.hours(
        tally(hour(now, Status.SENT, 100_000), *(hour(now, each, 1) for each in Status)), MOMENTS
    )

    pieces = chart.bars[-1].pieces
    assert all(0 <= piece.y and piece.y + piece.height <= charts.HEIGHT for piece in pieces)
    assert min(piece.height for piece in pieces) >= 2
    assert [piece.y for piece in pieces] == sorted((piece.y for piece in pieces), reverse=True)


def test_what_people_decided_is_no_providers_work():
    def tried(provider, outcome, count):
        return Tried(at=NOW, provider=provider, outcome=outcome, count=count)

    found = charts.shares(
        tally(
            tried=(
                tried("gmail", Outcome.ACCEPTED, 3),
                tried("gmail", Outcome.UNKNOWN, 1),
                tried("sendgrid", Outcome.ACCEPTED, 9),
                tried("operator", Outcome.CONFIRMED, 5),
            )
        )
    )

    assert [("sendgrid", 9, 0, 100), ("gmail", 3, 1, 75)] == [
        (share.provider, share.taken, share.refused, share.percent) for share in found
    ]


async def test_the_check_is_run_by_a_button_and_told_with_its_time(visit):
    kept = shop.notifier(clock=shop.Clock())

    async def refuses():
        raise shop._wrong_password()

    kept.transports[0].check = refuses
    visitor = visit(kept)

    await visitor.submit("/", to="/check")

    page = await visitor.text("/")
    assert "Проверено" in page
    assert "Google не принял логин и пароль" in page
    assert "SendGrid" in page
    assert [] == kept.transports[1].sent


def test_spans_are_told_in_their_largest_unit():
    told = [
        MOMENTS.span(timedelta(seconds=seconds)) for seconds in (0.84, 42, 61, 7_300, 3 * 86_400)
    ]

    assert ["0,8 с", "42 с", "1 мин", "2 ч", "3 дн"] == [
        each.replace("\u00a0", " ") for each in told
    ]


async def test_what_takes_long_to_count_is_counted_for_all_visitors_together():
    class Slow(MemoryRepository):
        tallies = 0

        async def tally(self, period):
            self.tallies += 1
            await asyncio.sleep(0.15 if self.tallies == 1 else 0)
            return await super().tally(period)

    until = datetime.now(UTC)
    period = Period(since=until - timedelta(days=14), until=until)
    desk = Desk(notifier=None, repository=Slow(), look=Look())
    first = await desk.tallied(period)

    assert (True, 1) == (first is await desk.tallied(period), desk.repository.tallies)


async def test_an_old_call_that_waits_is_not_hidden_by_many_that_were_taken(visit):
    clock = shop.Clock()
    clock.now = clock.end
    kept = shop.notifier(clock=clock)
    waits = await kept.send(shop.call(0))
    for number in range(1, 103):
        await kept.acknowledge((await kept.send(shop.call(number))).id)

    page = await visit(kept).text("/")

    assert 1 == page.count("/acknowledge")
    assert f"/submissions/{waits.id}/acknowledge" in page


async def test_the_calls_that_are_listed_are_those_that_are_counted(visit):
    """Nor are all those of years looked through, every three seconds."""
    clock = shop.Clock()
    kept = shop.notifier(clock=clock)
    of_long_ago = await kept.send(shop.call(0))
    clock.now = clock.end
    waits = await kept.send(shop.call(1))

    page = await visit(kept).text("/")

    assert f"/submissions/{waits.id}/acknowledge" in page
    assert f"/submissions/{of_long_ago.id}/acknowledge" not in page


def test_the_hour_that_a_clock_shows_twice_in_autumn_is_two_hours():
    night = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 in Berlin, and an hour later again
    moments = Moments("ru", "Europe/Berlin", night + timedelta(hours=3))
    accepted = [hour(night + timedelta(hours=late), Status.SENT, late + 1) for late in range(2)]

    chart = charts.hours(tally(*accepted), moments)

    assert [("02:00", 1), ("02:00", 2)] == [(bar.label, bar.total) for bar in chart.bars[-4:-2]]
