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
KILLS = 20
BROKEN = [(database, control) for database in DATABASES for control in CONTROLS]


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
    asked: dict[str, tuple[str, ...]] = {}
    for name in DATABASES:
        asked[name] = ("--database", name, "--kills", str(KILLS), "--workers", "3")
        asked[f"{name} controls"] = ("--database", name, "--kills", "0", "--controls")
    with ExitStack() as stack:
        started = {}
        for name, arguments in asked.items():
            folder = tmp_path_factory.mktemp(name)
            written = ("--json", str(folder / "result.json"))
            process = stack.enter_context(chaos(folder, *arguments, *written, postgres=postgres))
            started[name] = folder, process
        yield started


def results_of(run: tuple[Path, subprocess.Popen[str]]) -> dict[str | None, dict[str, Any]]:
    """What was found, by the control's name; `None`: where nothing is broken on purpose."""
    folder, process = run
    written = folder / "result.json"
    said = "".join(process.stdout or ())
    process.wait(timeout=300)

    assert written.exists(), said
    assert [written] == list(folder.iterdir())
    found = json.loads(written.read_text())["runs"]
    return {result["control"]: result | {"said": said} for result in found}


@pytest.mark.parametrize("database", DATABASES)
def test_nothing_is_lost_or_doubled_where_processes_are_killed(
    runs: Mapping[str, tuple[Path, subprocess.Popen[str]]], database: str
) -> None:
    result = results_of(runs[database])[None]

    assert result["good"], f"NOTIFYKIT_CHAOS_SEED={SEED}\n{result['said']}"
    assert result["counts"]["kills"] >= KILLS
    assert result["counts"]["killed while delivering"] > 0
    assert result["counts"]["sent"] > 0


@pytest.mark.parametrize(("database", "control"), BROKEN)
def test_a_delivery_that_is_broken_on_purpose_is_caught(
    runs: Mapping[str, tuple[Path, subprocess.Popen[str]]], database: str, control: str
) -> None:
    assert {} != results_of(runs[f"{database} controls"])[control]["found"]


def test_what_was_done_is_shown_and_nothing_left_behind_where_it_is_interrupted(
    tmp_path: Path,
) -> None:
    with chaos(tmp_path, "--database", "sqlite", "--kills", "100000") as process:
        until = time.monotonic() + 60
        while not list(tmp_path.glob("*/promises")) and time.monotonic() < until:
            time.sleep(0.02)
        assert list(tmp_path.glob("*/promises"))
        process.send_signal(signal.SIGTERM)
        said, _ = process.communicate(timeout=60)

    assert 143 == process.returncode
    assert ["verdict", "INTERRUPTED"] in [line.split() for line in said.splitlines()]
    assert [] == list(tmp_path.iterdir())
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
