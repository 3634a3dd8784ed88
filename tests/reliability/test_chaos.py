"""The storm in small: `make chaos` is the long one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from postgres_server import VARIABLE, Server
from reliability.controls import CONTROLS

TESTS = Path(__file__).parent.parent
SEED = os.environ.get("NOTIFYKIT_CHAOS_SEED", "1")
KILLS = {"postgres": 10, "sqlite": 10}


@contextmanager
def chaos(
    folder: Path, *arguments: str, postgres: Server | None = None
) -> Iterator[subprocess.Popen[str]]:
    environ: Mapping[str, str] = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(TESTS), *filter(None, sys.path)]),
        "TMPDIR": str(folder),
        **({VARIABLE: postgres.url} if postgres else {}),
    }
    command = [sys.executable, "-m", "reliability.chaos", "--seed", SEED, *arguments]
    process = subprocess.Popen(
        command,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    with process:
        try:
            yield process
        finally:
            process.terminate()


def result_of(folder: Path, *arguments: str, postgres: Server | None = None) -> dict[str, Any]:
    written = folder / "result.json"
    with chaos(folder, "--json", str(written), *arguments, postgres=postgres) as process:
        said, _ = process.communicate(timeout=300)

    assert 0 == process.returncode, f"--seed {SEED}\n{said}"
    run: dict[str, Any]
    [run] = json.loads(written.read_text())["runs"]
    return run


@pytest.mark.parametrize("database", KILLS)
def test_nothing_is_lost_or_doubled_where_processes_are_killed(
    database: str, postgres: Server, tmp_path: Path
) -> None:
    kills = KILLS[database]

    run = result_of(tmp_path, "--database", database, "--kills", str(kills), postgres=postgres)

    assert {} == run["found"]
    assert run["counts"]["kills"] >= kills
    assert run["counts"]["sent"] > 0


@pytest.mark.parametrize("control", CONTROLS)
def test_a_delivery_that_is_broken_on_purpose_is_caught(control: str, tmp_path: Path) -> None:
    run = result_of(tmp_path, "--database", "sqlite", "--kills", "0", "--controls", control)

    assert {} != run["found"]


def test_nothing_is_left_behind_where_it_is_interrupted(tmp_path: Path) -> None:
    with chaos(tmp_path, "--database", "sqlite", "--kills", "100000") as process:
        until = time.monotonic() + 60
        while not list(tmp_path.glob("*/promises")) and time.monotonic() < until:
            time.sleep(0.02)
        assert list(tmp_path.glob("*/promises"))
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert 143 == process.returncode
    assert [] == list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
