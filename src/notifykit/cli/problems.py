"""What a command cannot go on with."""

from __future__ import annotations

from notifykit.errors import NotifykitError


class UsageError(NotifykitError):
    """
    What was typed, or the file that was given, does not do.

    Args:
        lines: What is wrong; no values from inside a file.
    """

    def __init__(self, *lines: str) -> None:
        super().__init__("\n".join(lines))


class NotFoundError(NotifykitError):
    """There is no such submission."""


class RefusedError(NotifykitError):
    """It was not done, because it would not be right for this submission as it stands."""
