"""
What a provider's answer means and what to do about it.

The table is data (``table.toml``): provider, stage, code, enhanced code and a fragment of the text
lead to a cause, to whether trying again helps, and to advice in Russian and English. It feeds the
errors, the connection test, the stored attempts and the documentation. It is read where it is first
asked, not by the import.
"""

from notifykit.diagnosis.aftermath import complained, delayed, dropped, returned
from notifykit.diagnosis.classify import diagnose, error_for, find
from notifykit.diagnosis.model import Diagnosis, Kind, Reply, Retry
from notifykit.diagnosis.network import network_reply
from notifykit.diagnosis.scrubbing import scrub
from notifykit.diagnosis.table import rows
from notifykit.diagnosis.waiting import retry_after_in

__all__ = [
    "Diagnosis",
    "Kind",
    "Reply",
    "Retry",
    "complained",
    "delayed",
    "diagnose",
    "dropped",
    "error_for",
    "find",
    "network_reply",
    "retry_after_in",
    "returned",
    "rows",
    "scrub",
]
