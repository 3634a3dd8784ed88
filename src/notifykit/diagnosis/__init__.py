"""
What a provider's answer means and what to do about it.

The table is data (``table.toml``): provider, stage, code, enhanced code and a fragment of the text
lead to a cause, to whether trying again helps, and to advice in Russian and English. It feeds the
errors, the connection test, the stored attempts and the documentation.
"""

from notifykit.diagnosis.classify import diagnose, error_for, find, network_reply, scrub
from notifykit.diagnosis.model import Diagnosis, Kind, Reply, Retry

__all__ = [
    "Diagnosis",
    "Kind",
    "Reply",
    "Retry",
    "diagnose",
    "error_for",
    "find",
    "network_reply",
    "scrub",
]
