"""How much in how much time: rates, what is written of them, and what they let through."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from notifykit import Notifier, Status, Submission
from notifykit.errors import ConfigurationError, LimitExceededError, StorageError
from notifykit.limits import Limits, Rate
from notifykit.notifier import Options
from notifykit.storage import MemoryRepository, SqlRepository
from notifykit.testing.fake import FakeTransport

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("20/s", Rate(20, timedelta(seconds=1))),
        ("60/min", Rate(60, timedelta(minutes=1))),
        ("500/day", Rate(500, DAY)),
        ("2000/24h", Rate(2_000, DAY)),
        (" 5 / 90 minutes ", Rate(5, timedelta(minutes=90))),
        ("20/hour burst 10", Rate(20, HOUR, 10)),
        ("500 recipients/day burst 50", Rate(500, DAY, 50, recipients=True)),
        ("1 RECIPIENT/H", Rate(1, HOUR, recipients=True)),
    ],
)
def test_a_rate_is_read_as_it_is_written_and_written_as_it_is_read(text: str, rate: Rate) -> None:
    assert rate == Rate.parse(text) == Rate.parse(str(rate))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "500",
        "/day",
        "500/",
        "500/month",
        "500 per day",
        "0/day",
        "5/0h",
        "-5/day",
        "1.5/day",
        "٥/day",
        "500/day burst",
        "500/day burst 0",
        "500/day burst 501",
        "9999999/s",
        "5/9999days",
    ],
)
def test_what_is_no_rate_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        Rate.parse(text)


rates = st.builds(
    lambda count, per, share: Rate(count, timedelta(seconds=per), max(1, count * share // 100)),
    st.integers(1, 200),
    st.integers(1, 1_000),
    st.integers(0, 100),
)
asks = st.lists(st.tuples(st.integers(0, 400_000_000), st.integers(1, 8)), max_size=80)


@given(rates, asks)
def test_no_stretch_of_time_sees_more_than_the_rate_allows(
    rate: Rate, asks: list[tuple[int, int]]
) -> None:
    now, full_at, taken = datetime(2026, 11, 22, tzinfo=UTC), None, []
    for microseconds, cost in asks:
        now += timedelta(microseconds=microseconds)
        if cost <= rate.count and not rate.wait(full_at, now, cost):
            full_at = rate.taken(full_at, now, cost)
            taken.append((now, cost))

    for begun, _ in taken:
        seen = [cost for at, cost in taken if begun <= at < begun + rate.per]
        assert sum(seen) <= rate.count


@given(rates)
def test_whoever_always_waits_as_told_gets_all_that_may_go_one_by_one(rate: Rate) -> None:
    start = now = datetime(2026, 11, 22, tzinfo=UTC)
    full_at, taken = None, 0
    while now < start + rate.per:
        now += rate.wait(full_at, now)
        full_at = rate.taken(full_at, now, 1)
        taken += now < start + rate.per

    assert taken == rate.count


def test_what_may_go_now_is_what_is_then_let_through() -> None:
    rate, now = Rate(19, timedelta(seconds=10), 10), datetime(2026, 11, 22, tzinfo=UTC)
    full_at = rate.taken(None, now, 7)

    assert (10, 3, 0) == tuple(rate.room(at - now) for at in (now, full_at, full_at + HOUR / 1_000))
    assert 10 == rate.room(DAY), "another rate has filled it"


def test_a_clock_that_was_years_ahead_blocks_nobody_once_it_is_right() -> None:
    rate, now = Rate(500, DAY), datetime(2026, 11, 22, tzinfo=UTC)
    full_at = rate.taken(None, now.replace(year=2036), 1)

    assert timedelta(0) == rate.wait(full_at, now)
    assert now < rate.taken(full_at, now, 1) < now + HOUR


def test_by_default_dialogues_and_recipients_are_limited_and_providers_are_not() -> None:
    limits = Limits()

    assert {} == limits.providers
    assert "conversation=20/hour burst 10, recipient=600/hour burst 300" == str(limits)


@pytest.mark.parametrize(
    ("text", "limits"),
    [
        ("", Limits()),
        ("gmail=500/day", Limits(providers={"gmail": Rate(500, DAY)})),
        (
            "Yandex = 500 recipients/day, concurrency=4,",
            Limits(providers={"yandex": Rate(500, DAY, recipients=True)}, concurrency=4),
        ),
        ("conversation=5/hour", Limits(conversation=Rate(5, HOUR, 3))),
        ("conversation=5/hour burst 1", Limits(conversation=Rate(5, HOUR, 1))),
        ("recipient=off, gmail=off", Limits(recipient=None)),
        ("OFF", Limits(conversation=None, recipient=None)),
    ],
)
def test_limits_are_read_and_what_is_not_named_stays(text: str, limits: Limits) -> None:
    assert limits == Limits.parse(text) == Limits.parse(str(limits))


@pytest.mark.parametrize(
    "text",
    [
        "gmail",
        "=500/day",
        "gmail:500/day",
        "gmail=",
        "gmail=5/day, GMAIL=6/day",
        "gmail=500/day conversation=20/hour",
        "concurrency=many",
        "concurrency=0",
        "concurrency=5/day",
        "concurrency=1001",
    ],
)
def test_what_are_no_limits_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError):
        Limits.parse(text)


# Two at once, and one more every half hour.
FEW = Rate(3, HOUR, burst=2)


class Bot:
    """A notifier on a clock that stands still."""

    def __init__(self, clock, limits: Limits | None, repository=None) -> None:
        self.fake = FakeTransport()
        self.repository = repository or MemoryRepository(clock=clock)
        self.notifier = Notifier(
            self.fake,
            sender="bot@example.com",
            sales=["sales@example.com"],
            repository=self.repository,
            options=Options(limits=limits, clock=clock),
        )

    async def sends(self, *orders, **wishes) -> list[Submission | None]:
        return [await self._sends(order, wishes) for order in orders]

    async def _sends(self, order, wishes) -> Submission | None:
        try:
            return await self.notifier.send(order, **wishes)
        except LimitExceededError:
            return None


def numbered(make_order, *numbers: int, **values) -> list:
    return [make_order(number=str(number), **values) for number in numbers]


async def test_a_dialogue_that_brings_too_much_is_stopped_before_anything_is_kept(
    clock, make_order, caplog: pytest.LogCaptureFixture
) -> None:
    bot = Bot(clock, Limits(conversation=FEW))
    first, second, third = numbered(make_order, 1, 2, 3, conversation="tg:42")
    await bot.sends(first, second)
    with pytest.raises(LimitExceededError) as caught:
        await bot.notifier.enqueue(third)
    kept = await bot.repository.recent()

    assert ("conversation", HOUR / 2) == (caught.value.limit, caught.value.retry_after)
    assert "not accepted: conversation is limited to 3/hour burst 2" in str(caught.value)
    assert (2, 2) == (len(kept), len(bot.fake.sent))
    assert "tg:42" not in caplog.text
    assert [logging.ERROR] == [one.levelno for one in caplog.records if one.event == "exceeded"]

    clock.advance(minutes=30)
    accepted = await bot.notifier.send(third)

    assert Status.SENT == accepted.status


async def test_a_repeat_is_answered_and_counts_for_nothing(clock, make_order) -> None:
    bot = Bot(clock, Limits(conversation=FEW))
    one, two, three = numbered(make_order, 1, 2, 3, conversation="tg:42")
    kept = await bot.sends(one, one, one, two, one, two, three)

    ids = [submission and submission.id for submission in kept]
    assert [ids[0], ids[0], ids[0], ids[3], ids[0], ids[3], None] == ids
    assert [False, True, True, False, True, True] == [one.repeated for one in kept[:-1]]
    assert 2 == len(bot.fake.sent)


async def test_neither_force_nor_a_key_goes_round_a_limit(clock, make_order) -> None:
    bot = Bot(clock, Limits(conversation=FEW))
    order = make_order(number="1", conversation="tg:42")
    forced = [await bot.sends(order, force=True) for _ in range(3)]
    keyed = await bot.sends(order, idempotency_key="own")

    assert [True, True, False] == [one is not None for (one,) in forced]
    assert [None] == keyed


async def test_other_dialogues_and_none_have_nothing_to_do_with_it(clock, make_order) -> None:
    bot = Bot(clock, Limits(conversation=FEW))
    kept = await bot.sends(
        *numbered(make_order, 1, 2, 3, conversation="tg:42"),
        *numbered(make_order, 4, 5, conversation="tg:43"),
        *numbered(make_order, 6, 7, 8),
    )

    assert [True, True, False, True, True, True, True, True] == [one is not None for one in kept]


async def test_a_recipient_gets_no_more_however_it_is_spelt(clock, make_order) -> None:
    bot = Bot(clock, Limits(recipient=FEW))
    orders = numbered(make_order, 1, 2, 3, 4)
    kept = await bot.sends(*orders[:1], to=["one@example.com", "two@example.com"])
    kept += await bot.sends(*orders[1:2], to=["ONE@example.com"])
    kept += await bot.sends(*orders[2:3], to=["one@example.com", "three@example.com"])
    kept += await bot.sends(*orders[3:], to=["two@example.com"])

    assert [True, True, False, True] == [one is not None for one in kept]


async def test_what_was_refused_for_one_recipient_counts_for_none(clock, make_order) -> None:
    bot = Bot(clock, Limits(recipient=FEW))
    used_up = numbered(make_order, 1, 2)
    await bot.sends(*used_up, to=["one@example.com"])
    both = await bot.sends(
        *numbered(make_order, 3, 4, 5), to=["one@example.com", "two@example.com"]
    )
    two = await bot.sends(*numbered(make_order, 6, 7, 8), to=["two@example.com"])

    assert [None] * 3 == both
    assert [True, True, False] == [one is not None for one in two]


async def test_by_default_a_busy_shop_is_not_stopped_and_a_wild_agent_is(clock, make_order) -> None:
    bot = Bot(clock, Limits())
    busy = await bot.sends(
        *(make_order(number=str(number), conversation=f"tg:{number}") for number in range(60))
    )
    wild = await bot.sends(
        *(make_order(number=f"w{number}", conversation="tg:wild") for number in range(30))
    )

    assert None not in busy
    assert 10 == sum(one is not None for one in wild)


async def test_without_limits_the_store_is_not_asked(clock, make_order) -> None:
    class Unasked(MemoryRepository):
        async def take(self, *_, **__):
            raise AssertionError("nobody wanted to know")

    bot = Bot(clock, None, Unasked(clock=clock))
    kept = await bot.sends(*numbered(make_order, *range(30), conversation="tg:42"))

    assert None not in kept


async def test_two_processes_count_together(tmp_path: Path, clock, make_order) -> None:
    url = f"sqlite:///{tmp_path}/notifykit.db"
    bots = [Bot(clock, Limits(conversation=FEW), SqlRepository(url, clock=clock)) for _ in "12"]
    kept = await asyncio.gather(
        *(
            bots[number % 2].sends(make_order(number=str(number), conversation="tg:42"))
            for number in range(10)
        )
    )
    for bot in bots:
        await bot.notifier.aclose()

    assert 2 == sum(one is not None for (one,) in kept)


async def test_a_store_that_is_away_is_told_and_nothing_is_kept(clock, make_order) -> None:
    class Away(MemoryRepository):
        async def take(self, *_, **__):
            raise StorageError("cannot connect")

    bot = Bot(clock, Limits(), Away(clock=clock))
    with pytest.raises(StorageError):
        await bot.notifier.send(make_order())

    assert [] == list(await bot.repository.recent())


async def test_giving_back_that_fails_does_not_hide_what_was_accepted(clock, make_order) -> None:
    class Ungiving(MemoryRepository):
        async def take(self, source, name, rate, *, cost=1):
            if cost < 0:
                raise StorageError("cannot connect")
            return await super().take(source, name, rate, cost=cost)

    bot = Bot(clock, Limits(), Ungiving(clock=clock))
    first, again = await bot.sends(make_order(), make_order())

    assert (first.id, True) == (again.id, again.repeated)


async def test_in_the_hosts_own_transaction_limits_hold_too(
    tmp_path: Path, clock, make_order
) -> None:
    path = f"{tmp_path}/notifykit.db"
    bot = Bot(clock, Limits(conversation=FEW), SqlRepository(f"sqlite:///{path}", clock=clock))
    await bot.repository.recent()
    engine = create_async_engine(f"sqlite+aiosqlite:///{path}")
    one, two, three = numbered(make_order, 1, 2, 3, conversation="tg:42")
    async with AsyncSession(engine) as session:
        rolled_back = await bot.notifier.enqueue(one, within=session)
        await session.rollback()
        first = await bot.notifier.enqueue(one, within=session)
        again = await bot.notifier.enqueue(one, within=session)
        await bot.notifier.enqueue(two, within=session)
        repeat = await bot.notifier.enqueue(one, within=session)
        with pytest.raises(LimitExceededError):
            await bot.notifier.enqueue(three, within=session)
        await session.commit()
    kept = await bot.repository.recent()
    await engine.dispose()
    await bot.notifier.aclose()

    assert 2 == len(kept)
    assert rolled_back.id != first.id == again.id == repeat.id
    assert (True, True) == (again.repeated, repeat.repeated)


async def test_a_hosts_transaction_keeps_nobody_else_waiting(
    postgres_url: str, clock, make_order
) -> None:
    limits = Limits(conversation=FEW)
    bot, other = (Bot(clock, limits, SqlRepository(postgres_url, clock=clock)) for _ in "12")
    engine = create_async_engine(postgres_url.replace("postgresql://", "postgresql+asyncpg://"))
    one, two, three = numbered(make_order, 1, 2, 3, conversation="tg:42")
    async with asyncio.timeout(10), AsyncSession(engine) as session:
        first = await bot.notifier.enqueue(one, within=session)
        elsewhere = await other.notifier.enqueue(two)
        repeat = await bot.notifier.enqueue(one, within=session)
        with pytest.raises(LimitExceededError):
            await bot.notifier.enqueue(three, within=session)
        await session.commit()
    await engine.dispose()
    for each in (bot, other):
        await each.notifier.aclose()

    assert (first.id, True) == (repeat.id, repeat.repeated)
    assert not elsewhere.repeated
