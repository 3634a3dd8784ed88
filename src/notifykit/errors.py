"""
The errors, and what each one means for an email.

::

    NotifykitError
    ├── ConfigurationError        something in the settings; raised before anything is stored
    ├── RenderError               a template or its data; raised before anything is stored
    ├── InvalidEmailError         this can never become an email; also a ValueError
    ├── LimitExceededError        too many in too little time; raised before anything is stored
    ├── ChangedError              somebody was faster than a person's decision; nothing was done
    ├── StorageError              the repository could not keep or find something
    │   └── LeaseLostError        somebody else works on this submission now
    │       └── GoneError         or nobody ever will: it is not kept any more
    └── DeliveryError             a provider did not take the email …
        ├── UnavailableError      … now: the next provider may, and this one later
        ├── AuthenticationError   … and refuses our login: the provider is held
        ├── ProviderHeldError     … from this account for now: the provider is held
        ├── RejectedError         … and nobody ever will: the submission fails
        └── OutcomeUnknownError   … or took it: the answer was lost after the content went out
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from notifykit.diagnosis import Diagnosis


class NotifykitError(Exception):
    """Everything that notifykit raises."""


class ConfigurationError(NotifykitError):
    """
    The settings do not make a working notifier.

    Args:
        problems: One line for each thing that is wrong: the variable's name, what it is for
            and how to mend it. Never a value.
    """

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class RenderError(NotifykitError):
    """A template is missing or broken, or wants a value that the notification does not have."""


class InvalidEmailError(NotifykitError, ValueError):
    """An address, a header or a size that no provider could ever accept."""


class LimitExceededError(NotifykitError):
    """
    One dialogue, or the way to one recipient, brought more than `Limits` allow; nothing was kept.

    Args:
        limit: Which one: ``conversation`` or ``recipient``.
        rate: What is allowed, as it is written.
        retry_after: How long until one more would be accepted.
    """

    def __init__(self, limit: str, rate: str, *, retry_after: timedelta) -> None:
        seconds = math.ceil(retry_after.total_seconds())
        super().__init__(f"not accepted: {limit} is limited to {rate}; free again in {seconds} s")
        self.limit = limit
        self.retry_after = retry_after


class ChangedError(NotifykitError):
    """A submission is not as it was when somebody decided about it; nothing was done."""


class StorageError(NotifykitError):
    """The repository did not do what was asked; nothing was accepted."""


class LeaseLostError(StorageError):
    """The lease on a submission ran out and somebody else claimed it meanwhile."""


class GoneError(LeaseLostError):
    """There is no such submission, or not any more: to save it once more cannot help."""


class DeliveryError(NotifykitError):
    """
    A provider did not confirm that it took the email.

    Args:
        message: What happened, in the provider's own words where there are any.
        provider: The transport's name.
        stage: Where it happened: ``connect``, ``tls``, ``ehlo``, ``auth``, ``mail``, ``rcpt``,
            ``data``, ``content`` (the answer to the finished content) or ``http``.
        code: The SMTP or HTTP status code.
        enhanced_code: The enhanced status code of RFC 3463, such as ``5.7.8``.
        diagnosis: Cause and advice.
        retry_after: How long the provider asked to be left alone.
    """

    def __init__(  # noqa: PLR0913 - an error carries all that is known
        self,
        message: str,
        *,
        provider: str,
        stage: str | None = None,
        code: int | None = None,
        enhanced_code: str | None = None,
        diagnosis: Diagnosis | None = None,
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.stage = stage
        self.code = code
        self.enhanced_code = enhanced_code
        self.diagnosis = diagnosis
        self.retry_after = retry_after

    def __str__(self) -> str:
        said = " ".join(f"{self.code or ''} {self.message}".split())
        advice = f" {self.diagnosis.advice('en')}" if self.diagnosis else ""
        return f"{self.provider}: {said}{advice}"


class UnavailableError(DeliveryError):
    """Not taken now. The next provider may take it at once, this one later."""


class AuthenticationError(DeliveryError):
    """The login was refused. The provider is held until somebody mends it; the email waits."""


class ProviderHeldError(DeliveryError):
    """The account cannot send for now: quota, block, or a sender address it does not own."""


class RejectedError(DeliveryError):
    """This recipient or this content can never be taken, by nobody."""


class OutcomeUnknownError(DeliveryError):
    """The answer was lost after the content went out: the provider may have taken it."""
