"""How much in how much time: rates, what is written of them, and what they let through."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.errors import ConfigurationError
from notifykit.limits import Limits, Rate

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
