"""``python -m notifykit`` is the command ``notifykit``."""

import sys

from notifykit.cli import main

if __name__ == "__main__":
    sys.exit(main())
