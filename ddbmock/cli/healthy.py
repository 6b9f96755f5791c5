"""A health check for containers: ``python -m ddbmock.cli.healthy http://127.0.0.1:8000``."""

from __future__ import annotations

import sys
from urllib.error import URLError
from urllib.request import urlopen


def main(url: str) -> int:
    """Return 0 if a server is healthy, otherwise 1."""
    try:
        with urlopen(url, timeout=2) as answer:
            return 0 if answer.read().startswith(b"healthy") else 1
    except (OSError, URLError):
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
