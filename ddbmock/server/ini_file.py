"""Serving an ``.ini`` file as ``pserve`` does, with one-sentence errors."""

from __future__ import annotations

import configparser
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import plaster


class IniFileError(Exception):
    """An error in an ``.ini`` file; its text is one sentence."""


def serve(path: Path) -> None:
    """Set up logging, and serve the application of an ``.ini`` file with its server.

    :raises IniFileError: the file is missing or cannot be read, or names an application or server
        that is not installed.
    :raises SystemExit: a setting or an option is wrong, or the server cannot listen on the address.
    """
    if not path.is_file():
        raise IniFileError(f"The file {path} does not exist.")
    try:
        loader = plaster.get_loader(str(path), protocols=["wsgi"])
        loader.setup_logging()
        run = loader.get_wsgi_server()
        application = loader.get_wsgi_app()
    except PackageNotFoundError as error:
        raise IniFileError(
            f"{path} uses egg:{error.name}, and no package {error.name} is installed; "
            "ddbmock's are egg:ddbmock, egg:ddbmock#waitress and egg:ddbmock#fast."
        ) from error
    except ModuleNotFoundError as error:
        raise IniFileError(f"{path} cannot be served. {error}") from error
    except configparser.MissingSectionHeaderError as error:
        raise IniFileError(
            f"{path} cannot be served: line {error.lineno} is in no section; settings are in "
            "[app:main], below use = egg:ddbmock."
        ) from error
    except (LookupError, configparser.Error, plaster.PlasterError, ValueError) as error:
        reason = " ".join(str(error.args[0] if error.args else error).split()).rstrip(".")
        raise IniFileError(f"{path} cannot be served: {reason}.") from error
    run(application)
