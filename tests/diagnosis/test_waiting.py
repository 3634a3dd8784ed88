"""When a provider wants to be asked again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifykit.diagnosis import retry_after_in

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("try again after 120 seconds", timedelta(seconds=120)),
        ("Greylisted, please try again in 5 minutes", timedelta(minutes=5)),
        ("Retry after 1 hour.", timedelta(hours=1)),
        ("retry in 30s", timedelta(seconds=30)),
        ("try again\n4.7.1 after 2 min", None),
        ("try again\nafter 2 min", timedelta(minutes=2)),
        ("try again after Mon, 02 Nov 2026 10:00:00 GMT", timedelta(hours=1)),
        ("try again after Mon, 02 Nov 2026 10:00:00 +0300", timedelta(0)),
        ("try again after 2 Nov 2026 12:30:00 +0300.", timedelta(minutes=30)),
        ("try again after Mon, 02 Nov 2026 09:00:30 -0000", timedelta(seconds=30)),
        ("try again after Mon, 02 Nov 2026 09:00:30", timedelta(seconds=30)),
        ("try again after Mon, 02 Nov 2099 09:00:00 GMT", timedelta(hours=24)),
        ("try again after 999999 hours", timedelta(hours=24)),
        ("try again after Mon, 99 Nov 2026 09:00:00 GMT", None),
        ("try again after 3 months", None),
        ("try again later, closing connection", None),
        ("120 seconds", None),
        ("", None),
    ],
)
def test_the_time_is_read_out_of_the_words(text: str, expected: timedelta | None) -> None:
    assert expected == retry_after_in(text, NOW)


@given(st.one_of(st.text(), st.from_regex(r"try again after [0-9A-Za-z:,+ -]{1,40}")))
def test_no_text_breaks_it_or_makes_it_wait_longer_than_a_day(text: str) -> None:
    wait = retry_after_in(text, NOW)

    assert wait is None or timedelta(0) <= wait <= timedelta(hours=24)
