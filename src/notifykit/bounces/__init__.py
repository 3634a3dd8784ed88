"""
Refusals that come back as mails, found in the mailbox of the sender.

Gmail and Yandex have no webhooks: what they cannot deliver after they took it comes back as a mail.
`parse` reads such a mail, `Bounces` looks for them over IMAP and keeps what they say.
"""

from notifykit.bounces.collector import Bounces, Result, Returned
from notifykit.bounces.report import Bounce, parse

__all__ = ["Bounce", "Bounces", "Result", "Returned", "parse"]
