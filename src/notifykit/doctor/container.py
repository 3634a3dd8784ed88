"""Whether a file would be lost with its container."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

MOUNTS = Path("/proc/self/mountinfo")

# What container engines build a container's own layer of.
_LAYERS = ("overlay", "aufs", "fuse-overlayfs", "fuse.fuse-overlayfs")
_VANISHING = ("tmpfs", "ramfs")


def mounts_of_this_process() -> str:
    """Read how this process's files are put together; empty where the system does not say."""
    try:
        return MOUNTS.read_text("utf-8", "replace")
    except OSError:
        return ""


def vanishes(file: Path, mounts: str) -> bool:
    """
    Say whether a file lies in a container's own layer, or in memory, and not in a volume.

    Args:
        file: Absolute.
        mounts: As in ``/proc/self/mountinfo`` (proc_pid_mountinfo(5)).
    """
    kinds = dict(_mounts(mounts))  # what is mounted later hides what was there
    root_is_layer = kinds.get(PurePosixPath("/")) in _LAYERS
    places = (PurePosixPath(place) for place in (file, *file.parents))
    kind = next((kinds[place] for place in places if place in kinds), None)
    return root_is_layer and kind in (*_LAYERS, *_VANISHING)


def _mounts(text: str) -> list[tuple[PurePosixPath, str]]:
    found = []
    for line in text.splitlines():
        mount, _, kind = line.partition(" - ")
        fields = mount.split()
        if len(fields) > 4 and kind:  # noqa: PLR2004 - the fifth is the place
            found.append((PurePosixPath(_unescaped(fields[4])), kind.split()[0]))
    return found


def _unescaped(place: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), place)
