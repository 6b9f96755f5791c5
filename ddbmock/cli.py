"""The ``ddbmock`` command: serve a database, dump its tables into files, load them from files."""

from __future__ import annotations

import errno
import logging
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from ddbmock import storage as storages
from ddbmock.archive import content, export, lines, recreate, source
from ddbmock.archive.errors import ArchiveError
from ddbmock.archive.load import Perform
from ddbmock.archive.load import load as load_items
from ddbmock.archive.source import Part
from ddbmock.clock import SystemClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.object_store import ObjectStoreError
from ddbmock.service.router import Router
from ddbmock.settings import ENVIRONMENT_PREFIX, Settings, SettingsError
from ddbmock.storage import StorageError

try:
    import click
    from tqdm import tqdm
except ModuleNotFoundError as missing:
    from ddbmock.extras import install_command

    raise SystemExit(
        f"The ddbmock command needs {missing.name}, which is not installed: {install_command('cli')}"
    ) from missing

FAILURES: Final = (ArchiveError, DynamoDBError, ObjectStoreError, SettingsError, StorageError)
"""What is told in its own words, without a traceback."""
WAITING_THREADS: Final = 8
"""Threads of a server whose storage makes them wait."""


class Sentences(click.Group):
    """Commands whose failures are told in one sentence."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except FAILURES as error:
            raise click.ClickException(_sentence(str(error))) from error
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise  # click ends the program in silence, as | head expects
            where = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(_sentence(f"{where}{error.strerror}")) from error


def _sentence(text: str) -> str:
    text = text if text.endswith((".", "?")) else f"{text}."
    return text[0].upper() + text[1:] if text.split()[0].isalpha() else text


@click.group(cls=Sentences, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ddbmock")
def main() -> None:
    """DynamoDB for tests and development."""


def _settings_options() -> list[click.Parameter]:
    """An option for each row of the settings' table."""
    return [
        click.Option(
            [f"--{row.name.replace('_', '-')}", row.name],
            metavar=_metavar(row.metadata["unit"]),
            help=f"{row.metadata['help']} Default: {_shown(row.default)}",
        )
        for row in fields(Settings)
    ]


def _metavar(unit: str) -> str:
    """``aws|none`` for the words that are allowed, otherwise what is measured: ``SECONDS``."""
    return unit.replace(" or ", "|") if " or " in unit else unit.upper().replace(" ", "-")


def _shown(default: object) -> str:
    return f"{default:.15g}" if isinstance(default, float) else str(default)


@main.command(
    params=[
        click.Option(
            ["--host"],
            default="127.0.0.1",
            show_default=True,
            help="The address to listen on; 0.0.0.0 is for everybody who reaches this machine.",
        ),
        click.Option(
            ["--port"],
            type=click.IntRange(0, 65535),
            default=6543,
            show_default=True,
            help="0: any free one, which the log tells.",
        ),
        click.Option(
            ["--server"],
            type=click.Choice(["waitress", "fast"]),
            default="waitress",
            show_default=True,
            help="fast needs ddbmock[fast], and answers one request after the other.",
        ),
        click.Option(
            ["--threads"],
            type=click.IntRange(0),
            help="Of waitress; 0: the thread that reads requests answers them, which is best with "
            f"data in memory and the default there. Otherwise the default is {WAITING_THREADS}.",
        ),
        click.Option(
            ["--log"],
            type=click.Choice(["debug", "info", "warning", "error"]),
            default="info",
            show_default=True,
            help="What is logged; debug: each request with its answer.",
        ),
        *_settings_options(),
    ]
)
def serve(
    host: str, port: int, server: str, threads: int | None, log: str, **settings: str | None
) -> None:
    """Serve DynamoDB over HTTP, until interrupted.

    Every setting can come from the environment as well, as DDBMOCK_LIMITS=none does.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s  %(message)s")
    logging.getLogger("ddbmock").setLevel(log.upper())
    given = {name: value for name, value in settings.items() if value is not None}
    chosen = Settings.collect(given, environment=os.environ)
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        from ddbmock.server import main as application

        if server == "fast":
            from ddbmock.server.asyncio_server import serve_paste as serve_fast

            if threads is not None:
                raise click.UsageError("--threads is for the server waitress.")
            serve_fast(application({}, **given), {}, listen=listen)
            return
        from ddbmock.server.waitress_server import serve_paste
    except ModuleNotFoundError as missing:
        from ddbmock.extras import install_command

        extra = "fast" if server == "fast" else "server"
        raise click.ClickException(
            f"The server {server} needs {missing.name}, which is not installed: "
            f"{install_command(extra)}"
        ) from missing
    if threads is None:
        threads = 0 if chosen.storage.startswith("memory:") else WAITING_THREADS
    serve_paste(application({}, **given), {}, listen=listen, threads=threads)


STORAGE_OPTION: Final = click.option(
    "--storage",
    "url",
    envvar=f"{ENVIRONMENT_PREFIX}STORAGE",
    required=True,
    metavar="URL",
    help="The database, such as sqlite:///content.db or postgresql://host/name.",
)
CALLER_OPTION: Final = click.option(
    "--caller",
    metavar="KEY/REGION",
    help="Whose tables, if the database was served with databases = each.",
)


@main.command()
@STORAGE_OPTION
@CALLER_OPTION
@click.option("--table", "names", multiple=True, metavar="NAME", help="Only this; repeatable.")
@click.argument("destination", type=click.Path(path_type=Path, allow_dash=True))
def dump(url: str, caller: str | None, names: Sequence[str], destination: Path) -> None:
    """Write tables into files, as they are at this moment.

    DESTINATION is a folder, for exports in the layout of AWS' own, one for each table; or a file
    whose name ends in .jsonl or .jsonl.gz, or - for standard output, for the lines of one table.
    """
    to_lines = lines.is_lines(destination)
    with _held(url, caller, names) as tables:
        if to_lines:
            if len(tables) != 1:
                raise click.UsageError("Lines are of one table: say which with --table.")
            (held,) = tables
            with (
                lines.written(destination) as file,
                _progress(held.name, held.count) as advance,
            ):
                for item in held.items():
                    file.write(lines.line(item))
                    advance(1)
            return
        for held in tables:
            with _progress(held.name, held.count) as advance:
                folder = export.write(destination, held, SystemClock(), advance)
            click.echo(f"{held.name}: {folder}", err=True)


@main.command()
@STORAGE_OPTION
@CALLER_OPTION
@click.option(
    "--table",
    "names",
    multiple=True,
    metavar="NAME",
    help="Of a folder or database only this table, repeatable; for lines the table they are of.",
)
@click.option("--as", "new_name", metavar="NAME", help="Another name for the one table.")
@click.option("--key", metavar="KEYS", help="The keys of a new table: artist:S or artist:S,year:N.")
@click.option(
    "--description",
    "description_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="What describe-table answered for the table: its keys, indexes and throughput.",
)
@click.argument("location", metavar="SOURCE")
def load(
    url: str,
    caller: str | None,
    names: Sequence[str],
    new_name: str | None,
    key: str | None,
    description_file: Path | None,
    location: str,
) -> None:
    """Put tables from files or another database into a database.

    SOURCE is a folder with exports, of AWS or of dump; a file with lines, packed or not, or - for
    standard input; or the URL of another database. Tables that are not there are created. What is
    there already under an item's key is replaced.
    """
    given = _given_description(key, description_file)
    # the source first: one that cannot be read must not leave a new database behind
    types = recreate.key_types(given) if given is not None else None
    with _found(location, names, caller, types) as found, _target(url, caller) as dynamodb:
        if len(found) > 1 and (new_name or given):
            raise click.UsageError(
                "--as, --key and --description are for one table: say which with --table."
            )
        for part in found:
            name = new_name or part.name
            with _progress(name, part.item_count) as advance:
                done = load_items(
                    _performer(dynamodb, caller),
                    name,
                    given or part.description,
                    part.items(),
                    advance,
                )
            click.echo(f"{name}: {done} items", err=True)


def _given_description(key: str | None, file: Path | None) -> dict[str, Any] | None:
    if key is not None and file is not None:
        raise click.UsageError("Either --key or --description: the latter tells the keys.")
    if key is not None:
        return recreate.of_keys(key)
    return None if file is None else recreate.of_file(file)


@contextmanager
def _found(
    location: str, names: Sequence[str], caller: str | None, types: Mapping[str, str] | None
) -> Iterator[list[Part]]:
    """Yield the tables to be loaded; `types` are those of the key attributes, if they are given."""
    if "://" in location:
        with _held(location, caller, names) as tables:
            yield list(map(source.of_held, tables))
        return
    path = Path(location)
    if path.is_dir():
        yield source.of_folder(path, names)
        return
    if path != lines.STANDARD and not path.exists():
        raise ArchiveError(f"The file or folder {path} does not exist.")
    if len(names) != 1:
        raise click.UsageError("Lines are of one table: say which with --table.")
    yield [source.of_lines(path, names[0], types)]


@contextmanager
def _opened(url: str, caller: str | None) -> Iterator[DynamoDB]:
    """A database that is not served here. It has no limits: what was somewhere can be anywhere."""
    if url.startswith("memory:"):
        raise ArchiveError("memory:// is empty at its start and gone at its end: name a database.")
    settings = Settings(limits="none", databases="one" if caller is None else "each")
    dynamodb = DynamoDB(storages.open(url), settings)
    try:
        yield dynamodb
    finally:
        dynamodb.close()


@contextmanager
def _target(url: str, caller: str | None) -> Iterator[DynamoDB]:
    """Open the database to be loaded. A new file is removed if the load fails without a table."""
    path = _sqlite_path(url)
    new = path is not None and not path.exists()
    keep = True
    try:
        with _opened(url, caller) as dynamodb:
            try:
                yield dynamodb
            except BaseException:
                whose = _whose(caller)
                with dynamodb.call("", whose.region, whose.access_key).read() as tables:
                    keep = tables.count() > 0
                raise
    finally:
        if new and not keep:
            assert path is not None
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sqlite_path(url: str) -> Path | None:
    """Return the file that a URL names, or None for other storage."""
    if not url.startswith("sqlite:///"):
        return None
    return Path(unquote(url.removeprefix("sqlite:///").partition("?")[0]))


def _performer(dynamodb: DynamoDB, caller: str | None) -> Perform:
    router = Router(dynamodb)
    whose = _whose(caller)

    def perform(operation: str, body: dict[str, Any]) -> dict[str, Any]:
        target = router.target(f"DynamoDB_20120810.{operation}")
        return router.perform(target, body, region=whose.region, access_key=whose.access_key)

    return perform


@contextmanager
def _held(url: str, caller: str | None, names: Sequence[str]) -> Iterator[list[content.Held]]:
    """Tables of a database, as they are at this moment."""
    path = _sqlite_path(url)
    if path is not None and not path.exists():
        # opening it would make a new one
        raise ArchiveError(f"The file {path} does not exist.")
    whose = _whose(caller)
    with _opened(url, caller) as dynamodb:
        call = dynamodb.call("", whose.region, whose.access_key)
        with content.held(call, names) as tables:
            if not tables:
                raise ArchiveError("There are no tables.")
            yield tables


class Whose(NamedTuple):
    """A caller who has tables of its own."""

    access_key: str
    region: str


def _whose(caller: str | None) -> Whose:
    access_key, slash, region = (caller or "/us-east-1").partition("/")
    if not slash or not region:
        raise click.UsageError("--caller is an access key and a region: AKIAEXAMPLE/eu-west-1.")
    return Whose(access_key, region)


@contextmanager
def _progress(name: str, count: int | None) -> Iterator[Callable[[int], None]]:
    """Show progress on a terminal, and nothing elsewhere; `count` is unknown for lines."""
    with tqdm(total=count, desc=name, unit=" items", disable=None, dynamic_ncols=True) as bar:
        yield bar.update


if __name__ == "__main__":
    main()
