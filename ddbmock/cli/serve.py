"""``ddbmock serve``: DynamoDB over HTTP."""

from __future__ import annotations

import logging
import os
import re
from dataclasses import fields
from pathlib import Path
from typing import Final

import click
from click.core import ParameterSource

from ddbmock.cli import dynamodb_local
from ddbmock.settings import Settings

WAITING_THREADS: Final = 8
"""The number of threads if the storage makes them wait."""


def _settings_options() -> list[click.Parameter]:
    """Return an option for each setting."""
    return [
        click.Option(
            [f"--{row.name.replace('_', '-')}", row.name],
            metavar=_metavar(row.metadata["unit"]),
            help=f"{row.metadata['help']} Default: {_shown(row.default)}",
        )
        for row in fields(Settings)
    ]


def _metavar(unit: str) -> str:
    """Return the words that are allowed, or else what is measured.

    >>> _metavar("auto, off or on"), _metavar("2025, by-region or a region"), _metavar("seconds")
    ('auto|off|on', '2025|by-region|REGION', 'SECONDS')
    """
    words = re.split(", | or ", unit)
    if len(words) == 1:
        return unit.upper().replace(" ", "-")
    return "|".join(word if " " not in word else word.split()[-1].upper() for word in words)


def _shown(default: object) -> str:
    return f"{default:.15g}" if isinstance(default, float) else str(default) or "empty"


class _PortOption(click.Option):
    """The port, whose environment variable may be Kubernetes' own.

    Kubernetes gives every pod ``DDBMOCK_PORT=tcp://10.0.0.1:8000`` if a service has the name
    ``ddbmock``. Source: Kubernetes, "Service", environment variables.
    """

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        value = super().resolve_envvar_value(ctx)
        return None if value is not None and "://" in value else value


class Serve(click.Command):
    """The command, which understands DynamoDB Local's spelling of options as well."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if dynamodb_local.is_local(args):
            try:
                args = dynamodb_local.translated(args)
            except dynamodb_local.LocalOptionError as error:
                raise click.UsageError(str(error), ctx) from error
            if "--storage" in args:
                url = args[args.index("--storage") + 1]
                if url.startswith("sqlite:///"):
                    Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        return super().parse_args(ctx, args)


@click.command(
    cls=Serve,
    params=[
        click.Option(
            ["--host"],
            default="127.0.0.1",
            show_default=True,
            envvar="DDBMOCK_HOST",
            show_envvar=True,
            help="The address to listen on. With 0.0.0.0, other machines can reach the server.",
        ),
        _PortOption(
            ["--port"],
            type=click.IntRange(0, 65535),
            default=6543,
            show_default=True,
            envvar="DDBMOCK_PORT",
            show_envvar=True,
            help="0 is any free port; the log names it.",
        ),
        click.Option(
            ["--server"],
            type=click.Choice(["waitress", "fast"]),
            default="waitress",
            show_default=True,
            envvar="DDBMOCK_SERVER",
            show_envvar=True,
            help="fast needs ddbmock[fast], and answers one request after the other.",
        ),
        click.Option(
            ["--threads"],
            type=click.IntRange(0),
            envvar="DDBMOCK_THREADS",
            show_envvar=True,
            help="Threads of waitress. 0 answers requests on the I/O thread, the default for data in "
            f"memory; for other storage the default is {WAITING_THREADS}.",
        ),
        click.Option(
            ["--log"],
            type=click.Choice(["debug", "info", "warning", "error"]),
            default="info",
            show_default=True,
            envvar="DDBMOCK_LOG",
            show_envvar=True,
            help="What is logged; debug: each request with its answer.",
        ),
        click.Option(
            ["--ini"],
            type=click.Path(path_type=Path),
            metavar="FILE",
            help="Serve what an .ini file describes, as pserve does. It has the settings, the address "
            "and the logs; no other option goes with it.",
        ),
        *_settings_options(),
    ],
)
@click.pass_context
def serve(
    context: click.Context,
    /,
    host: str,
    port: int,
    server: str,
    threads: int | None,
    log: str,
    ini: Path | None,
    **settings: str | None,
) -> None:
    """Serve DynamoDB over HTTP, until interrupted.

    Every option but --ini can also be an environment variable, such as DDBMOCK_PORT=8000 or
    DDBMOCK_LIMITS=none. DynamoDB Local's options are understood as well: -inMemory -sharedDb
    -port 8000.
    """
    if ini is not None:
        _serve_ini(context, ini)
        return
    logging.basicConfig(format="%(asctime)s %(levelname)-7s %(name)s  %(message)s")
    logging.getLogger("ddbmock").setLevel(log.upper())
    options = {name: value for name, value in settings.items() if value is not None}
    chosen = Settings.collect(options, environment=os.environ)
    listen = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    try:
        from ddbmock.server import main as application

        if server == "fast":
            from ddbmock.server.asyncio_server import serve_paste as serve_fast

            if threads is not None:
                raise click.UsageError("--threads is for the server waitress.")
            serve_fast(application({}, **options), {}, listen=listen)
            return
        from ddbmock.server.waitress_server import serve_paste
    except ModuleNotFoundError as missing:
        extra = "fast" if server == "fast" else "server"
        raise _not_installed(f"The server {server}", missing, extra) from missing
    if threads is None:
        threads = 0 if chosen.storage.startswith("memory:") else WAITING_THREADS
    serve_paste(application({}, **options), {}, listen=listen, threads=threads)


def _serve_ini(context: click.Context, ini: Path) -> None:
    unsupported = [
        f"--{parameter.name}".replace("_", "-")
        for parameter in context.command.params
        if parameter.name != "ini"
        and context.get_parameter_source(str(parameter.name)) is ParameterSource.COMMANDLINE
    ]
    if unsupported:
        raise click.UsageError(f"--ini goes without {', '.join(unsupported)}: write it in {ini}.")
    try:
        from ddbmock.server import ini_file
    except ModuleNotFoundError as missing:
        raise _not_installed("Serving", missing, "server") from missing
    try:
        ini_file.serve(ini)
    except ini_file.IniFileError as error:
        raise click.ClickException(str(error)) from error


def _not_installed(what: str, missing: ModuleNotFoundError, extra: str) -> click.ClickException:
    from ddbmock.extras import install_command

    return click.ClickException(
        f"{what} needs {missing.name}, which is not installed: {install_command(extra)}"
    )
