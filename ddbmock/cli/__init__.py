"""The ``ddbmock`` command: serve a database, dump, load, check and verify its tables."""

from __future__ import annotations

import errno
from typing import Any, Final

from ddbmock.archive.errors import ArchiveError
from ddbmock.errors import DynamoDBError
from ddbmock.object_store import ObjectStoreError
from ddbmock.settings import SettingsError
from ddbmock.storage import StorageError

try:
    import click

    from ddbmock.cli.archives import dump, load
    from ddbmock.cli.check import check
    from ddbmock.cli.serve import serve
    from ddbmock.cli.verify import verify
except ModuleNotFoundError as missing:
    from ddbmock.extras import install_command

    raise SystemExit(
        f"The ddbmock command needs {missing.name}, which is not installed: {install_command('cli')}"
    ) from missing

FAILURES: Final = (ArchiveError, DynamoDBError, ObjectStoreError, SettingsError, StorageError)
"""Errors whose text is reported without a traceback."""


class Sentences(click.Group):
    """A group of commands that reports failures in one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FAILURES as error:
            raise click.ClickException(_sentence(str(error))) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends the program silently, as "| head" expects.
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(_sentence(f"{where}{error.strerror}")) from error


def _sentence(text: str) -> str:
    text = text if text.endswith((".", "?")) else f"{text}."
    return text[0].upper() + text[1:] if text.split()[0].isalpha() else text


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ddbmock")
def main() -> None:
    """DynamoDB for tests and development."""


for _command in (serve, dump, load, check, verify):
    main.add_command(_command)
