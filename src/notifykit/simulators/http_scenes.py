"""
How SendGrid and Mailgun refuse, by HTTP: `HTTP_SCENES`, by name.

The words are those of public captures and of the providers' documentation
(twilio.com/docs/sendgrid/api-reference/mail-send/errors, documentation.mailgun.com).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from notifykit.simulators.http_talk import Answer
from notifykit.simulators.scenes import Scene, read


def errors(code: int, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Refuse as SendGrid does."""
    return Answer(code, {"errors": [fault(message)]}, headers or {})


def fault(message: str, where: str | None = None) -> dict[str, str | None]:
    """Tell one fault as SendGrid does."""
    return {"message": message, "field": where, "help": None}


def _scene(told: Mapping[str, Any]) -> Scene:
    code, headers = told["code"], told.get("headers", {})
    if "errors" in told:
        act = errors(code, told["errors"], headers)
    elif "message" in told:
        act = Answer(code, {"message": told["message"]}, headers)
    else:
        act = Answer(code, told["text"], headers)
    return Scene("http", act, told["means"])


HTTP_SCENES: Mapping[str, Scene] = MappingProxyType(
    {name: _scene(told) for name, told in read("http_scenes.toml").items()}
)
