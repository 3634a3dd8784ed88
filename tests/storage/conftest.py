import asyncio
import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import psycopg
import pytest

from notifykit.storage.migrate import migrate
from notifykit.storage.tables import metadata


def _load(name: str) -> ModuleType:
    if name not in sys.modules:
        spec = spec_from_file_location(name, Path(__file__).parents[1] / f"{name}.py")
        assert spec
        assert spec.loader
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def postgres():
    with _load("_postgres").running() as server:
        yield server


@pytest.fixture(scope="session")
def _migrated(postgres) -> Iterator[str]:
    with postgres.database() as url:
        asyncio.run(migrate(url))
        yield url


@pytest.fixture
def empty_postgres_url(postgres) -> Iterator[str]:
    """A database of its own, without tables."""
    with postgres.database() as url:
        yield url


@pytest.fixture
def postgres_url(_migrated: str) -> str:
    """A database with our tables, and nothing in them."""
    with psycopg.connect(_migrated, autocommit=True) as connection:
        connection.execute(f"TRUNCATE {', '.join(metadata.tables)}")
    return _migrated
