"""Jinja, set up the way templates of mails need it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jinja2 import BaseLoader, Environment, StrictUndefined, nodes, select_autoescape

from notifykit.rendering.filters import filters
from notifykit.rendering.locales import Locale
from notifykit.rendering.sources import loader

Weave = Callable[[nodes.Template, str], None]


class TemplateEnvironment(Environment):
    """
    Jinja's, and a way in between what it has parsed and what it makes of that.

    Attributes:
        weave: Gets each template before it is compiled, with its name.
    """

    weave: Weave | None = None

    def woven(self, source: BaseLoader, weave: Weave) -> TemplateEnvironment:
        """Give one that has its own templates and passes them through ``weave``."""
        other = self.overlay()
        assert isinstance(other, TemplateEnvironment)  # noqa: S101 - an overlay is of its own kind
        other.loader, other.weave = source, weave
        return other

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 - Jinja's
    ) -> str:
        if self.weave:
            self.weave(source, name or "")
        return super()._generate(source, name, filename, defer_init)


def environment(folder: Path | None, locale: Locale) -> TemplateEnvironment:
    """Set it up for a language and the user's own folder."""
    made = TemplateEnvironment(
        loader=loader(folder),
        autoescape=select_autoescape(enabled_extensions=("html",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["locale"] = locale
    made.filters |= filters(locale)
    return made
