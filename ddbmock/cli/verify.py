"""``ddbmock verify``: vectors and scenarios against DynamoDB, or another server of its API."""

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
from ddbmock.verify.naming import Naming, new_prefix
from ddbmock.verify.run import REREADS, Result, Run, estimate
from ddbmock.verify.tables import Tables
from ddbmock.verify.vectors import DEFAULT_FOLDER, IS_PACKAGED, Scenario, read

PRICE: Final = 0.7 / 1_000_000
"""The price of a write request unit on demand in US dollars, rounded up; a read costs less. Source:
AWS's price list of us-east-1, November 2024."""


@click.command(short_help="Compare ddbmock's answers with those of DynamoDB.")
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
    help="Only vectors of these files or operations, or scenarios of these tests; repeatable.",
)
@click.option(
    "--vectors",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=DEFAULT_FOLDER if DEFAULT_FOLDER.is_dir() else None,
    help="A folder of golden vectors (default: those that ddbmock comes with).",
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
    """Compare the golden vectors, and scenarios of the behaviour tests, with the answers of
    DynamoDB or of another server.

    They run on on-demand tables with a prefix of their own, which are deleted at the end, also
    after Ctrl-C. The exit status is 1 if an answer differs or none could be compared.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    if record and IS_PACKAGED and folder == DEFAULT_FOLDER:
        raise click.UsageError(
            f"--record changes a copy: copy {DEFAULT_FOLDER}, and name the copy with --vectors."
        )
    try:
        endpoint = Endpoint(target, region)
        naming = Naming(new_prefix())
        tables = Tables(endpoint, naming)
        if clean:
            _clean(tables)
            return
        if folder is None:
            raise click.UsageError("Name the folder of the vectors with --vectors.")
        era = _wording(endpoint, wording)
        scenarios = [scenario for scenario in read(folder) if _chosen(scenario, only)]
        _confirm(endpoint, scenarios, yes=yes)
        tables.check_permissions()
        _tell_leftovers(tables, target)
        rereads = REREADS if endpoint.is_aws else 1
        progress = tqdm(total=len(scenarios), unit="", disable=None)
        run = Run(tables, naming, era, rereads=rereads, progress=lambda: _advance(progress))
        result = _perform(run, scenarios, tables, progress)
    except VerifyError as error:
        raise click.ClickException(str(error)) from error
    for line in report.lines(result, details=not summary):
        click.echo(line)
    if record:
        count = report.record(result, folder, _source(endpoint), era)
        click.echo(f"{count} vectors were written.")
    if result.differences or not result.compared:
        sys.exit(1)


def _interrupt(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _chosen(scenario: Scenario, only: Sequence[str]) -> bool:
    first = scenario.steps[0]
    names = [first.file, first.name] + ([] if scenario.test else [first.operation])
    return not only or any(text in names or text in scenario.test for text in only)


def _wording(endpoint: Endpoint, wording: str | None) -> str:
    try:
        return roll_out.wording(wording or endpoint.region)
    except ValueError as error:
        raise click.UsageError(f"--wording {error}.") from None


def _confirm(endpoint: Endpoint, scenarios: Sequence[Scenario], *, yes: bool) -> None:
    needed = estimate(scenarios)
    cost = max(needed.units * PRICE, 0.01)
    click.echo(
        f"{len(scenarios)} vectors and scenarios for {endpoint.url}: about {needed.tables} tables, "
        f"{needed.requests} requests" + (f", less than ${cost:.2f}." if endpoint.is_aws else ".")
    )
    if endpoint.is_aws and not yes:
        click.confirm("Create the tables and send the requests?", abort=True)


def _tell_leftovers(tables: Tables, target: str) -> None:
    """Report tables that earlier or unfinished runs have left."""
    names = tables.leftovers()
    if names:
        click.echo(
            f"Tables of other runs: {len(names)}. Unless one is under way, delete them with: "
            f"ddbmock verify {target} --clean"
        )


def _perform(run: Run, scenarios: Sequence[Scenario], tables: Tables, progress: Any) -> Result:
    """Run scenarios, and delete the tables in any case."""
    try:
        return run.perform(scenarios)
    finally:
        progress.close()
        tables.delete_all()
        _tell_left(tables)


def _advance(progress: Any) -> None:
    progress.update(1)


def _clean(tables: Tables) -> None:
    for name in tables.leftovers():
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
