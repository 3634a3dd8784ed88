"""One command of one contestant, in a process of its own."""

from __future__ import annotations

import json
import sys

from benchmarks.contestants import contestant


def main() -> None:
    """Run it and print what it answers."""
    name, command = sys.argv[1:]
    options = json.load(sys.stdin)
    entry = contestant(name, options.pop("url"), options.pop("mail"))
    print(json.dumps({"seconds": getattr(entry, command)(**options)}))


if __name__ == "__main__":
    main()
