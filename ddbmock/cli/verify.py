"""``ddbmock verify``: the golden vectors against DynamoDB, or another server of its API."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

import click
from tqdm import tqdm

from ddbmock import roll_out
from ddbmock.verify import report
from ddbmock.verify.endpoint import Endpoint, VerifyError
from ddbmock.verify.naming import FAMILY, Naming, new_prefix
from ddbmock.verify.run import Result, estimate, run
from ddbmock.verify.tables import Tables
from ddbmock.verify.vectors import DEFAULT_FOLDER, Vector, read

PRICE: Final = 0.7 / 1_000_000
"""US dollars for a write request unit on demand, rounded up; a read costs less. Source: AWS's price
list of us-east-1, November 2024."""


@click.command()
@click.argument("target", metavar="aws|URL")
@click.option("--region", metavar="NAME", help="The region; by default that of the AWS CLI.")
@click.option(
    "--wording",
    metavar="ERA",
    help="Compare with the answers of this era or region (default: that of --region).",
)
@click.option(
    "--only",
    multiple=True,
    metavar="TEXT",
    help="Only vectors of these files or operations; repeatable.",
)
@click.option(
    "--vectors",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None,
    help="The folder of golden vectors; by default that of the checkout.",
)
@click.option("--record", is_flag=True, help="Write the answers that differ into the vectors.")
@click.option("--summary", is_flag=True, help="Count the differences without printing them.")
@click.option("--yes", is_flag=True, help="Do not ask before requests to AWS.")
@click.option("--clean", is_flag=True, help="Only delete tables that earlier runs left behind.")
def verify(
    target: str,
    region: str | None,
    wording: str | None,
    only: Sequence[str],
    folder: Path | None,
    record: bool,
    summary: bool,
    yes: bool,
    clean: bool,
) -> None:
    """Compare the golden vectors with the answers of DynamoDB, or of another server.

    The vectors run on on-demand tables with a prefix of their own, which are deleted at the end,
    also after Ctrl-C. The exit status is 1 if an answer differs.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        endpoint = Endpoint(target, region)
        naming = Naming(new_prefix())
        tables = Tables(endpoint, naming)
        if clean:
            _clean(tables)
            return
        if folder is None:
            raise click.UsageError("Name the folder of the vectors with --vectors.")
        vectors = [vector for vector in read(folder) if _chosen(vector, only)]
        _confirm(endpoint, vectors, yes=yes)
        result = _run(vectors, tables, naming, _wording(endpoint, wording))
    except VerifyError as error:
        raise click.ClickException(str(error)) from error
    for line in report.lines(result, details=not summary):
        click.echo(line)
    if record:
        count = report.record(result, folder, _source(endpoint))
        click.echo(f"{count} vectors were written.")
    if result.differences:
        sys.exit(1)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _chosen(vector: Vector, only: Sequence[str]) -> bool:
    return not only or any(text in (vector.file, vector.operation, vector.name) for text in only)


def _wording(endpoint: Endpoint, wording: str | None) -> str:
    try:
        return roll_out.wording(wording or endpoint.region)
    except ValueError as error:
        raise click.UsageError(f"--wording {error}.") from None


def _confirm(endpoint: Endpoint, vectors: Sequence[Vector], *, yes: bool) -> None:
    count, requests = estimate(vectors)
    cost = requests * 2 * PRICE
    click.echo(
        f"{len(vectors)} vectors for {endpoint.url}: about {count} tables, {requests} requests"
        + (f", less than ${max(cost, 0.01):.2f}." if endpoint.is_aws else ".")
    )
    if endpoint.is_aws and not yes:
        click.confirm("Create the tables and send the requests?", abort=True)


def _run(vectors: Sequence[Vector], tables: Tables, naming: Naming, wording: str) -> Result:
    """Run the vectors, and delete the tables whatever happens."""
    progress = tqdm(total=len(vectors), unit="", disable=None)
    try:
        return run(vectors, tables, naming, wording, lambda: _advance(progress))
    finally:
        progress.close()
        tables.delete_all()
        _tell_left(tables)


def _advance(progress: Any) -> None:
    progress.update(1)


def _clean(tables: Tables) -> None:
    for name in tables.leftovers(FAMILY):
        tables.created[name] = None
        click.echo(f"deleting {name}")
    tables.delete_all()
    _tell_left(tables)


def _tell_left(tables: Tables) -> None:
    for name, why in tables.left.items():
        click.echo(f"Table {name} could not be deleted: {why}", err=True)


def _source(endpoint: Endpoint) -> str:
    """Return the source of recorded answers: date, place and version of the service's model."""
    import botocore

    date = datetime.now(timezone.utc).date().isoformat()
    place = endpoint.region if endpoint.is_aws else endpoint.url
    return f"recorded {date} in {place}, model of botocore {botocore.__version__}"
