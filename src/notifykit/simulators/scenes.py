"""
How the real providers refuse, by SMTP: `SCENES`, by name.

The words are those of public captures and of the providers' own lists: Google, "Gmail SMTP errors
and codes" (support.google.com/a/answer/3726730); Yandex (yandex.com/support/mail/bounces/yandex);
SendGrid (twilio.com/docs/sendgrid); Mailgun (documentation.mailgun.com). What any server may say is
under ``smtp``, in the words of Postfix.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from notifykit.simulators.script import Act, Say

_CLOSING = "421"


@dataclass(frozen=True, slots=True)
class Scene:
    """
    One way a provider behaves.

    Attributes:
        stage: When.
        act: What it does.
        means: The diagnosis that it must lead to, by its id.
    """

    stage: str
    act: Act
    means: str | None = None


def _scene(told: Mapping[str, str]) -> Scene:
    words = told["words"].strip("\n")
    # A server that says 421 closes the connection (RFC 5321, section 3.8).
    return Scene(told["stage"], Say(words, close=words.startswith(_CLOSING)), told["means"])


def read(name: str) -> dict[str, dict[str, Any]]:
    """Read scenes from a file beside this module: by provider and name, joined with a dot."""
    table = tomllib.loads(files(__package__).joinpath(name).read_text("utf-8"))
    return {
        f"{provider}.{name}": told
        for provider, scenes in table.items()
        for name, told in scenes.items()
    }


SCENES: Mapping[str, Scene] = MappingProxyType(
    {name: _scene(told) for name, told in read("scenes.toml").items()}
)
