"""``python -m ddbmock.cli`` is ``ddbmock``."""

from ddbmock.cli import main

main()
