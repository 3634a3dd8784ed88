from datetime import UTC, datetime, timedelta

import pytest

from notifykit.transports.waiting import date_in, retry_after

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "120"}, 120),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "Sun, 22 Nov 2026 12:01:00 GMT"}, 60),
        ({"retry-after": "Sun, 22 Nov 2026 11:00:00 GMT"}, 0),
        ({"retry-after": "999999999"}, 86_400),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 30)}, 30),
        ({"x-ratelimit-reset": "99999999999"}, 86_400),
        ({"retry-after": "5", "x-ratelimit-reset": "1"}, 5),
        ({"retry-after": "soon", "x-ratelimit-reset": "1"}, 0),
    ],
)
def test_the_headers_say_how_long_to_wait(headers, seconds) -> None:
    assert timedelta(seconds=seconds) == retry_after(headers, NOW)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"retry-after": ""},
        {"retry-after": "-5"},
        {"retry-after": "9" * 400},
        {"retry-after": "1.5"},
        {"retry-after": "\ufffd"},
        {"retry-after": "Sun, 99 Nov 2026 12:00:00 GMT"},
        {"x-ratelimit-reset": "9" * 12},
        {"x-ratelimit-reset": "٣"},
    ],
)
def test_junk_says_nothing(headers) -> None:
    assert retry_after(headers, NOW) is None


def test_the_provider_shows_its_clock() -> None:
    assert date_in({"date": "Sun, 22 Nov 2026 12:00:00 GMT"}) == NOW
    assert date_in({"date": "Sun, 22 Nov 2026 12:00:00 -0000"}) == NOW
    assert date_in({}) is None
