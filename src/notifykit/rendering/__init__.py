"""Makes mails out of notifications."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from notifykit.rendering.base import Rendered, Renderer

if TYPE_CHECKING:
    from notifykit.rendering.brand import Brand
    from notifykit.rendering.renderer import TemplateRenderer

__all__ = ["Brand", "Rendered", "Renderer", "TemplateRenderer"]

# Loaded where first used: the renderer brings Jinja along.
_HOME = {"Brand": "brand", "TemplateRenderer": "renderer"}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
