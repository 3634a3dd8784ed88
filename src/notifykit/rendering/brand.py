"""The sender's name and colour, and the shades that stay readable beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from notifykit.errors import ConfigurationError

WHITE = "#ffffff"
INK = "#16211b"
PAPER = WHITE
NIGHT = "#171c19"

# WCAG 2.2, 1.4.3: large text is 24 px, or 18.66 px bold; everything else is normal text.
LARGE_TEXT = 3.0
NORMAL_TEXT = 4.5

_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_STEPS = 40


@dataclass(frozen=True, slots=True)
class Brand:
    """
    How the mails show whose they are.

    Args:
        name: Shown in the header; nothing is shown where it is empty.
        color: ``#rrggbb``: header and buttons.

    Raises:
        ConfigurationError: The colour is not ``#rrggbb``.
    """

    name: str = ""
    color: str = "#26a65b"

    def __post_init__(self) -> None:
        if not _HEX.fullmatch(self.color):
            raise ConfigurationError(
                "NOTIFYKIT_BRAND_COLOR: the colour of header and buttons is written #rrggbb, "
                "such as #26a65b"
            )

    @property
    def on_color(self) -> str:
        """White where large text of it is readable on the colour, else a dark one."""
        return WHITE if contrast(WHITE, self.color) >= LARGE_TEXT else INK

    @property
    def link(self) -> str:
        """A shade of the colour that is readable as normal text on white."""
        return _readable(self.color, on=PAPER, towards=INK)

    @property
    def link_dark(self) -> str:
        """A tint of the colour that is readable as normal text in dark mode."""
        return _readable(self.color, on=NIGHT, towards=WHITE)


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio")."""
    darker, lighter = sorted((_luminance(one), _luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB


def _channels(color: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(color[1:]))


def _mixed(one: str, other: str, share: float) -> str:
    pairs = zip(_channels(one), _channels(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _readable(color: str, *, on: str, towards: str) -> str:
    shades = (_mixed(color, towards, step / _STEPS) for step in range(_STEPS))
    return next((shade for shade in shades if contrast(shade, on) >= NORMAL_TEXT), towards)
