"""What is kept, and where the work for it is done."""

from __future__ import annotations

from threading import get_ident

import pytest
from sqlalchemy.util import greenlet_spawn

from notifykit.storage.columns import _aside


@pytest.mark.parametrize(("size", "here"), [(10_000, True), (20_000_000, False)])
async def test_only_what_is_heavy_is_read_and_written_beside_the_loop(
    size: int, *, here: bool
) -> None:
    thread = await greenlet_spawn(_aside, get_ident, size)

    assert here is (thread == get_ident())


def test_outside_of_a_loop_there_is_nobody_to_keep_waiting() -> None:
    assert get_ident() == _aside(get_ident, 20_000_000)
