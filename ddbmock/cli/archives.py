"""``ddbmock dump`` and ``ddbmock load``: tables to files, and files to tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import click
from click.core import ParameterSource
from tqdm import tqdm

from ddbmock import storage as storages
from ddbmock.archive import content, export, lines, recreate, source
from ddbmock.archive.errors import ArchiveError
from ddbmock.archive.load import Perform
from ddbmock.archive.load import load as load_items
from ddbmock.archive.source import Part
from ddbmock.clients.region import DEFAULT, configured
from ddbmock.clock import SystemClock
from ddbmock.database import DynamoDB
from ddbmock.named_tuple import NamedTuple
from ddbmock.service.router import Router
from ddbmock.settings import ENVIRONMENT_PREFIX, Settings

if TYPE_CHECKING:
    from ddbmock.archive import remote

STORAGE_OPTION: Final = click.option(
    "--storage",
    "url",
    envvar=f"{ENVIRONMENT_PREFIX}STORAGE",
    metavar="URL",
    help="The database, such as sqlite:///content.db or postgresql://host/name. For a server, give its "
    "address, such as http://localhost:8000, as the first argument instead.",
)
REGION_OPTION: Final = click.option(
    "--region",
    metavar="REGION",
    help="The region of the tables, if SERVER is given; by default that of AWS's configuration. With "
    "--storage: the region of the tables, if the database was served with databases = region.",
)
CALLER_OPTION: Final = click.option(
    "--caller",
    metavar="KEY/REGION",
    help="The owner and region of the tables, if the database was served with databases = each.",
)


@click.command()
@STORAGE_OPTION
@REGION_OPTION
@CALLER_OPTION
@click.option(
    "--table", "names", multiple=True, metavar="NAME", help="Write only this table; repeatable."
)
@click.argument("arguments", nargs=-1, required=True, metavar="[SERVER] DESTINATION")
def dump(
    url: str | None,
    region: str | None,
    caller: str | None,
    names: Sequence[str],
    arguments: Sequence[str],
) -> None:
    """Write tables into files, in their current state.

    SERVER is the address of a running server of ddbmock, DynamoDB Local or AWS, instead of
    --storage. Writes to it during the dump may or may not be included.

    DESTINATION is a folder, for one export of each table in AWS's layout; or a file whose name ends
    in .jsonl or .jsonl.gz, or - for standard output, for the lines of one table.
    """
    url, place = _server_and_place(url, arguments, "DESTINATION")
    caller = _caller(caller, region, url)
    destination = Path(place)
    to_lines = lines.is_lines(destination)
    with _snapshot(url, caller, names, region) as tables:
        if to_lines:
            if len(tables) != 1:
                raise click.UsageError("Lines are of one table: say which with --table.")
            (table,) = tables
            with (
                lines.written(destination) as file,
                _progress(table.name, table.count) as advance,
            ):
                for item in table.items():
                    file.write(lines.line(item))
                    advance(1)
            return
        for table in tables:
            with _progress(table.name, table.count) as advance:
                folder = export.write(destination, table, SystemClock(), advance)
            click.echo(f"{table.name}: {folder}", err=True)


@click.command()
@STORAGE_OPTION
@REGION_OPTION
@CALLER_OPTION
@click.option(
    "--table",
    "names",
    multiple=True,
    metavar="NAME",
    help="Load only this table of a folder or database, repeatable; for a file of lines, the target table.",
)
@click.option("--as", "new_name", metavar="NAME", help="Load one table under another name.")
@click.option("--key", metavar="KEYS", help="The keys of a new table: artist:S or artist:S,year:N.")
@click.option(
    "--description",
    "description_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The output of aws dynamodb describe-table: keys, indexes and throughput of a new table.",
)
@click.argument("arguments", nargs=-1, required=True, metavar="[SERVER] SOURCE")
def load(
    url: str | None,
    region: str | None,
    caller: str | None,
    names: Sequence[str],
    new_name: str | None,
    key: str | None,
    description_file: Path | None,
    arguments: Sequence[str],
) -> None:
    """Put tables from files or another database into a database.

    SERVER is the address of a running server, instead of --storage.

    SOURCE is a folder with exports, of AWS or of dump; a file with lines, compressed or not, or - for
    standard input; or the URL of another database. Missing tables are created. Existing items with
    the same keys are replaced.
    """
    url, location = _server_and_place(url, arguments, "SOURCE")
    caller = _caller(caller, region, url, location)
    own_description = _description_of_options(key, description_file)
    # The source is opened first: if it cannot be read, no new database must be left.
    types = recreate.key_types(own_description) if own_description is not None else None
    with (
        _found(location, names, caller, types, region) as found,
        _performing(url, caller, region) as perform,
    ):
        if len(found) > 1 and (new_name or own_description):
            raise click.UsageError(
                "--as, --key and --description are for one table: say which with --table."
            )
        for part in found:
            name = new_name or part.name
            with _progress(name, part.item_count) as advance:
                done = load_items(
                    perform,
                    name,
                    own_description or part.description,
                    part.items(),
                    advance,
                )
            kind = "items and changes of items" if part.has_changes else "items"
            click.echo(f"{name}: {done} {kind}", err=True)


def _server_and_place(url: str | None, arguments: Sequence[str], name: str) -> tuple[str, str]:
    """Return the database and the place of its files, from the option and one or two arguments."""
    source = click.get_current_context().get_parameter_source("url")
    if source is ParameterSource.ENVIRONMENT and len(arguments) == 2:
        url = None  # The argument overrides the environment.
    if len(arguments) == 2 and _is_server(arguments[0]) and url is None:
        return arguments[0], arguments[1]
    if len(arguments) != 1 or url is None:
        raise click.UsageError(
            f"Give either --storage URL {name} or the address of a server: "
            f"http://localhost:8000 {name}."
        )
    return url, arguments[0]


def _is_server(url: str) -> bool:
    return url.startswith(("http://", "https://"))


def _caller(caller: str | None, region: str | None, *places: str) -> str | None:
    """Return the owner of a database's tables; without a server, `region` names it.

    :raises click.UsageError: one of the options has no effect on these places.
    """
    servers = [place for place in places if _is_server(place)]
    databases = [place for place in places if "://" in place and not _is_server(place)]
    if caller is not None and not databases:
        raise click.UsageError(
            "--caller is for --storage; a server gets its callers from AWS's configuration."
        )
    if region is None or servers:
        return caller
    if caller is not None:
        raise click.UsageError("Give --caller or --region, not both: --caller has the region.")
    return f"/{region}"


def _remote(url: str, region: str | None) -> remote.Remote:
    try:
        from ddbmock.archive import remote
    except ModuleNotFoundError as missing:
        from ddbmock.extras import install_command

        raise click.ClickException(
            f"A server is asked with {missing.name}, which is not installed: "
            f"{install_command('boto3')}"
        ) from missing
    # An address such as https://dynamodb.eu-west-1.amazonaws.com contains the region.
    named = re.fullmatch(r"https?://dynamodb\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?/?", url)
    return remote.Remote(url, region or (named and named[1]) or configured() or DEFAULT)


@contextmanager
def _performing(url: str, caller: str | None, region: str | None) -> Iterator[Perform]:
    """Yield a function that performs operations on the target database."""
    if _is_server(url):
        yield _remote(url, region).perform
    else:
        with _target(url, caller) as dynamodb:
            yield _performer(dynamodb, caller)


def _description_of_options(key: str | None, file: Path | None) -> dict[str, Any] | None:
    if key is not None and file is not None:
        raise click.UsageError(
            "Give --key or --description, not both: the description has the keys."
        )
    if key is not None:
        return recreate.of_keys(key)
    return None if file is None else recreate.of_file(file)


@contextmanager
def _found(
    location: str,
    names: Sequence[str],
    caller: str | None,
    types: Mapping[str, str] | None,
    region: str | None,
) -> Iterator[list[Part]]:
    """Yield the tables to load; `types` are those of the key attributes, if given."""
    if "://" in location:
        with _snapshot(location, caller, names, region) as tables:
            yield list(map(source.of_snapshot, tables))
        return
    path = Path(location)
    if path.is_dir():
        yield source.of_folder(path, names)
        return
    if path != lines.STANDARD and not path.exists():
        raise ArchiveError(f"The file or folder {path} does not exist.")
    export.check_not_manifest(path)
    lines.check_not_sqlite(path)
    if len(names) != 1:
        raise click.UsageError("Lines are of one table: say which with --table.")
    yield [source.of_lines(path, names[0], types)]


@contextmanager
def _opened(url: str, caller: str | None) -> Iterator[DynamoDB]:
    """Provide a database without limits, since its items may come from a database without
    limits."""
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
    """Open the target database. A new file is removed if the load fails before it has a table."""
    path = _sqlite_path(url)
    new = path is not None and not path.exists()
    keep = True
    try:
        with _opened(url, caller) as dynamodb:
            try:
                yield dynamodb
            except BaseException:
                owner = _owner(caller)
                with dynamodb.call("", owner.region, owner.access_key).read() as tables:
                    keep = tables.count() > 0
                raise
    finally:
        if new and not keep:
            assert path is not None
            for suffix in ("", "-wal", "-shm", "-turns"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sqlite_path(url: str) -> Path | None:
    """Return the SQLite file of a URL, or None for other storage."""
    if not url.startswith("sqlite:///"):
        return None
    return Path(unquote(url.removeprefix("sqlite:///").partition("?")[0]))


def _performer(dynamodb: DynamoDB, caller: str | None) -> Perform:
    router = Router(dynamodb)
    owner = _owner(caller)

    def perform(operation: str, body: dict[str, Any]) -> dict[str, Any]:
        target = router.target(f"DynamoDB_20120810.{operation}")
        return router.perform(target, body, region=owner.region, access_key=owner.access_key)

    return perform


@contextmanager
def _snapshot(
    url: str, caller: str | None, names: Sequence[str], region: str | None
) -> Iterator[list[Any]]:
    """Yield tables of a database in their current state, or of a server."""
    if _is_server(url):
        yield _remote(url, region).tables(names)
        return
    path = _sqlite_path(url)
    if path is not None and not path.exists():
        # Opening it would create a new file.
        raise ArchiveError(f"The file {path} does not exist.")
    owner = _owner(caller)
    with _opened(url, caller) as dynamodb:
        call = dynamodb.call("", owner.region, owner.access_key)
        with content.snapshot(call, names) as tables:
            if not tables:
                raise ArchiveError(f"There are no tables{_of_other_callers(caller)}.")
            yield tables


def _of_other_callers(caller: str | None) -> str:
    if caller is None:
        return (
            "; if the database was served with databases = region or each, add --region or --caller"
        )
    return (
        f" of {caller.lstrip('/')}; if the database was served with databases = one, name no region"
    )


class Owner(NamedTuple):
    """A caller with tables of its own."""

    access_key: str
    region: str


def _owner(caller: str | None) -> Owner:
    access_key, slash, region = (caller or "/us-east-1").partition("/")
    if not slash or not region:
        raise click.UsageError("--caller is an access key and a region: AKIAEXAMPLE/eu-west-1.")
    return Owner(access_key, region)


@contextmanager
def _progress(name: str, count: int | None) -> Iterator[Callable[[int], None]]:
    """Show progress if the output is a terminal; `count` is None for lines."""
    with tqdm(total=count, desc=name, unit=" items", disable=None, dynamic_ncols=True) as bar:
        yield bar.update
