"""Makes mails out of notifications."""

from notifykit.rendering.base import Rendered, Renderer

__all__ = ["Rendered", "Renderer"]
