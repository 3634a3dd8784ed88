"""Where submissions are kept."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifykit.storage.memory import MemoryRepository
    from notifykit.storage.sql import SqlRepository

__all__ = ["MemoryRepository", "SqlRepository"]

_HOME = {"MemoryRepository": "memory", "SqlRepository": "sql"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
