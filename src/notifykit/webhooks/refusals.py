"""Why a request is not taken."""

from __future__ import annotations

from http import HTTPStatus


class Refused(Exception):  # noqa: N818 - an answer, no fault of ours
    """
    A request that is not taken.

    Args:
        code: What it is answered with. The providers try again after all but success, and Mailgun
            also not after 406.
        why: For the log and the answer; nothing of the request stands in it.
    """

    def __init__(self, code: HTTPStatus, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why
