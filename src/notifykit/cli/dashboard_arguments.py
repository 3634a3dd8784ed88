"""What ``notifykit dashboard`` and ``notifykit preview`` are told."""

from __future__ import annotations

from argparse import ArgumentParser

PORT = 3000
_HIGHEST = 65_535


def add_dashboard(parser: ArgumentParser, words: dict[str, str]) -> None:
    """Add the options of ``dashboard``."""
    parser.add_argument(
        "--host", default="127.0.0.1", metavar="ADDRESS", help=words["dashboard.host"]
    )
    parser.add_argument(
        "--port", type=_port, default=PORT, metavar="N", help=words["dashboard.port"]
    )


def add_preview(parser: ArgumentParser, words: dict[str, str]) -> None:
    """Add the options of ``preview``."""
    parser.add_argument("--port", type=_port, default=0, metavar="N", help=words["preview.port"])
    parser.add_argument("--import", dest="module", metavar="MODULE", help=words["preview.import"])
    parser.add_argument("--no-browser", action="store_true", help=words["preview.no-browser"])


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= _HIGHEST:
        raise ValueError
    return number


# argparse shows it as "invalid port value: …"
_port.__name__ = "port"
