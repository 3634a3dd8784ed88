"""The storm in small: `make chaos` is the long one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from postgres_server import VARIABLE, Server
from reliability.controls import CONTROLS

TESTS = Path(__file__).parent.parent
SEED = os.environ.get("NOTIFYKIT_CHAOS_SEED", "1")
DATABASES = ("postgres", "sqlite")
KILLS = 12


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


@pytest.fixture(scope="module")
def runs(
    postgres: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, tuple[Path, subprocess.Popen[str]]]]:
    """All runs at once: most of the time they wait for leases to end."""
    asked: dict[str, tuple[str, ...]] = {
        name: ("--database", name, "--kills", str(KILLS)) for name in DATABASES
    }
    for name in CONTROLS:
        asked[name] = ("--database", "sqlite", "--kills", "0", "--controls", name)
    with ExitStack() as stack:
        started = {}
        for name, arguments in asked.items():
            folder = tmp_path_factory.mktemp(name)
            written = ("--json", str(folder / "result.json"))
            process = stack.enter_context(chaos(folder, *arguments, *written, postgres=postgres))
            started[name] = folder, process
        yield started


def result_of(run: tuple[Path, subprocess.Popen[str]]) -> dict[str, Any]:
    folder, process = run
    said, _ = process.communicate(timeout=300)
    written = folder / "result.json"

    assert 0 == process.returncode, f"NOTIFYKIT_CHAOS_SEED={SEED}\n{said}"
    assert [written] == list(folder.iterdir())
    result: dict[str, Any]
    [result] = json.loads(written.read_text())["runs"]
    return result


@pytest.mark.parametrize("database", DATABASES)
def test_nothing_is_lost_or_doubled_where_processes_are_killed(
    runs: Mapping[str, tuple[Path, subprocess.Popen[str]]], database: str
) -> None:
    result = result_of(runs[database])

    assert {} == result["found"]
    assert result["counts"]["kills"] >= KILLS
    assert result["counts"]["sent"] > 0


@pytest.mark.parametrize("control", CONTROLS)
def test_a_delivery_that_is_broken_on_purpose_is_caught(
    runs: Mapping[str, tuple[Path, subprocess.Popen[str]]], control: str
) -> None:
    assert {} != result_of(runs[control])["found"]


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
