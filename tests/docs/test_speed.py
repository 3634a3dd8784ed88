"""The figures of the benchmark are shown as they were measured, whether there are any or not."""

from __future__ import annotations

import json
from pathlib import Path

from speed import speed

MEASURED = {
    "about": "Python 3.11.7; PostgreSQL: fsync on",
    "queues": [
        {"name": "notifykit", "rows": 1_000, "rates": {"drain": [1_900.0, 2_000.0, 2_100.0]}},
        {"name": "another", "rows": 1_000, "rates": {"drain": [400.0, 500.0, 600.0]}},
    ],
    "accepting": {
        "SQLite": {
            "notifykit, SqlRepository.add, 1": [1_000.0],
            "driver, INSERT of the same row, 1": [2_000.0],
            "driver, INSERT of the same size, 1": [4_000.0],
        }
    },
    "claiming": [{"rows": 1_000_000, "seconds": [0.002, 0.001, 0.003]}],
}


def test_without_a_measurement_the_page_says_so(locale, tmp_path: Path) -> None:
    assert "|" not in speed(locale, tmp_path / "outbox.json")


def test_every_rate_stands_beside_ours(tmp_path: Path) -> None:
    file = tmp_path / "outbox.json"
    file.write_text(json.dumps(MEASURED), "utf-8")
    said = speed("en", file)

    assert "| Old rows | 1,000 |" in said
    assert "| notifykit | 2,000 |" in said
    assert "| another | 500 (4.0) |" in said
    assert "| notifykit | 1.00 |" in said
    assert "| the driver, the same row | 0.50 |" in said
    assert "| Old rows | 1,000,000 |" in said
    assert "| notifykit | 2.00 |" in said
    assert "fsync on" in said
