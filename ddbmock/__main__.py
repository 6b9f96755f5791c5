"""``python -m ddbmock``: the ``ddbmock`` command."""

from ddbmock.cli import main

if __name__ == "__main__":
    main()
