"""Names the variable that is in use, where two may say the same."""

from __future__ import annotations

import re
from collections.abc import Mapping

_OWN = "NOTIFYKIT_DATABASE_URL"
_HOSTS = re.compile(r"\bDATABASE_URL\b")


def as_in_use(text: str, values: Mapping[str, str]) -> str:
    """Put ``NOTIFYKIT_DATABASE_URL`` in the place of ``DATABASE_URL``, where that one is read."""
    return _HOSTS.sub(_OWN, text) if values.get(_OWN, "").strip() else text
