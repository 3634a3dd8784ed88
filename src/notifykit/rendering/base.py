"""The port to whatever makes a mail out of a notification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from notifykit.message import Attachment
from notifykit.notifications import Notification


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """
    The content of a mail.

    Attributes:
        subject: One line of up to 255 characters.
        text: For programs without HTML, and for whoever copies lines out of it.
        html: With its style inlined; ``None`` where a kind has text only.
        inline: Images that the HTML shows by ``cid:``.
    """

    subject: str
    text: str
    html: str | None = None
    inline: tuple[Attachment, ...] = ()


class Renderer(Protocol):
    """
    Makes the content of a mail out of a notification.

    One that has a ``check()``, as `TemplateRenderer.check`, is asked by a notifier that opens.
    """

    def render(
        self, notification: Notification, *, reference: str, created_at: datetime
    ) -> Rendered:
        """
        Render the notification.

        It may take tens of milliseconds of CPU and is called off the event loop, possibly from
        several threads at once.

        Raises:
            RenderError: A template is missing or broken, or wants what the notification lacks.
        """
        ...
