"""
Finds out what stands between an application and its mails, and says what to do.

`check` is quick and may be made at any time; the command ``notifykit doctor`` looks at everything.
What can be found is data (``findings.toml``): each finding has a number that never changes, a
cause, and steps in Russian and English.
"""

from notifykit.doctor.checking import Checked, check, check_settings
from notifykit.doctor.examination import Tools, examine
from notifykit.doctor.finding import Finding
from notifykit.doctor.table import Entry, Severity, entries

__all__ = [
    "Checked",
    "Entry",
    "Finding",
    "Severity",
    "Tools",
    "check",
    "check_settings",
    "entries",
    "examine",
]
