"""Which language, which time zone and whose templates the dashboard shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from notifykit.rendering import Brand, TemplateRenderer
from notifykit.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """
    How the dashboard looks.

    Attributes:
        locale: ``ru`` or ``en``, until a visitor chooses the other one.
        timezone: All times are shown in it; a name of the IANA database.
        templates: The folder of your own templates, for the page that shows them.
        brand: Whose mails these are, for the same page.
    """

    locale: str = "ru"
    timezone: str = "Europe/Moscow"
    templates: Path | None = None
    brand: Brand = field(default_factory=Brand)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Take it from settings that were read before."""
        return cls(
            locale=settings.locale,
            timezone=settings.timezone,
            templates=settings.templates,
            brand=Brand(name=settings.brand_name, color=settings.brand_color),
        )

    def renderer(self, locale: str) -> TemplateRenderer:
        """
        Make a renderer that reads every file anew.

        Raises:
            ConfigurationError: There is no such folder, or a file of texts is not TOML.
        """
        return TemplateRenderer(
            templates=self.templates, locale=locale, timezone=self.timezone, brand=self.brand
        )
