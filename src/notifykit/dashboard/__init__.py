"""
A web page that shows what became of every order and call, and mends it with one click.

``notifykit dashboard`` serves it by itself; `app` mounts it into a FastAPI or Starlette backend::

    backend.mount("/dashboard", dashboard.app(notifier, password="…"))

It needs the extra ``dashboard``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notifykit.errors import ConfigurationError

if TYPE_CHECKING:
    from notifykit.dashboard.application import app, from_env
    from notifykit.dashboard.look import Look
    from notifykit.dashboard.serving import serve

__all__ = ["Look", "app", "from_env", "serve"]

_HOMES = {"app": "application", "from_env": "application", "Look": "look", "serve": "serving"}


def __getattr__(name: str) -> Any:
    # Loaded where first used: whoever only imports notifykit needs no web framework.
    if name not in _HOMES:
        raise AttributeError(name)
    from importlib import import_module  # noqa: PLC0415 - as above

    try:
        return getattr(import_module(f"notifykit.dashboard.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("starlette", "uvicorn"):
            raise
        raise ConfigurationError(
            'the dashboard needs its extra: pip install "notifykit-mail[dashboard]"'
        ) from error
