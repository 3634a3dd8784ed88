"""What the examples meet: providers on this machine, and an environment that names them."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]

Run = Callable[..., Awaitable[str]]


@pytest.fixture
def load() -> Callable[[str], ModuleType]:
    """Import an example by its path below ``examples/``."""

    def import_example(path: str) -> ModuleType:
        file = ROOT / "examples" / path
        spec = spec_from_file_location(f"example_{file.stem}", file)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[spec.name] = module  # pydantic and FastAPI look annotations up there
        spec.loader.exec_module(module)
        return module

    return import_example


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run an example as a user would, in an empty folder; what it prints."""

    async def run_example(path: str, *arguments: str, **variables: str) -> str:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(ROOT / "examples" / path),
            *arguments,
            cwd=tmp_path,
            env=_environment(variables),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(60):
            out, err = await process.communicate()

        assert 0 == process.returncode, err.decode()
        return out.decode()

    return run_example


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    kept = ("PATH", "PYTHONPATH", "SYSTEMROOT", "LD_LIBRARY_PATH")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    return {**inherited, "PYTHONUTF8": "1", **variables}
