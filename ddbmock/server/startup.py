"""Messages at the start of a server: its addresses, or one sentence about the error."""

from __future__ import annotations

import errno
import ipaddress
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from ddbmock.service.router import Router
from ddbmock.settings import SettingsError
from ddbmock.storage import StorageError

log: Final = logging.getLogger("ddbmock.server")


def announcement(
    addresses: Sequence[tuple[str, int]], router: Router | None, workers: int = 1
) -> Callable[[], None]:
    """Return a function that logs where a server listens, where its console is, and whether others
    can reach it.

    This starts the control path of `router`, if it has one.
    """
    reachable = [_shown(one) for one in addresses if not _is_loopback(one[0])]
    console = None
    if router is not None and router.control is not None:
        console = router.control.started(beyond=bool(reachable))

    def announce() -> None:
        shown = ", ".join(f"http://{_shown(one)}" for one in addresses)
        log.info("Serving DynamoDB on %s%s", shown, f", {workers} workers" if workers > 1 else "")
        if console is not None:
            log.info("Console: http://%s%s", _shown(_to_connect(addresses[0])), console)
        if reachable:
            log.warning(
                "Listening on %s, beyond this machine: anyone who reaches the port can read and "
                "write all data.",
                ", ".join(reachable),
            )

    return announce


def announce(addresses: Sequence[tuple[str, int]], router: Router | None) -> None:
    """Log the addresses of a server and of its console, and whether other machines can reach it."""
    announcement(addresses, router)()


def _shown(address: tuple[str, int]) -> str:
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _to_connect(address: tuple[str, int]) -> tuple[str, int]:
    """Return this machine's address in place of one that means all addresses, which browsers may
    reject."""
    host, port = address
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host.partition("%")[0]).is_loopback


@contextmanager
def exit_on_error() -> Iterator[None]:
    """Exit with a one-line message if a setting is invalid or the storage cannot be opened."""
    try:
        yield
    except (SettingsError, StorageError) as error:
        raise SystemExit(f"ddbmock: {error}") from error


@contextmanager
def listening(address: str) -> Iterator[None]:
    """Exit with a one-line message if the server cannot listen on an address."""
    try:
        yield
    except OSError as error:
        raise SystemExit(_unheard(address, error)) from error
    except ValueError as error:
        # waitress raises this for an unknown name, or an option.
        if isinstance(error.__context__, OSError):
            raise SystemExit(_unheard(address, error.__context__)) from error
        raise SystemExit(f"ddbmock: waitress cannot be started: {error}.") from error


def _unheard(address: str, error: OSError) -> str:
    # The error of an unknown name has a negative number.
    number = error.errno or 0
    reason = os.strerror(number) if number > 0 else error.strerror
    advice = ""
    if number == errno.EACCES:
        advice = " This user may not use the port: choose one of 1024 or more."
    elif number == errno.EADDRINUSE:
        advice = (
            " Another program has the port: end it, or choose another one (“listen” in the .ini "
            "file, --port of ddbmock serve)."
        )
    return f"ddbmock cannot listen on {address}: {reason}.{advice}"
