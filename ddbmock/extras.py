"""The pip command that adds an extra to this installation, for messages about missing packages."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

ROOT: Final = Path(__file__).parent.parent


def install_command(extra: str) -> str:
    """Return the command that installs ddbmock from where it came from, with an extra.

    pip records the origin of a package that did not come from an index (PEP 610): a folder, an
    archive or a repository. Without a record, a checkout that is merely on the path is found by
    its ``setup.py``.
    """
    origin = _origin()
    if origin is None:
        if (ROOT / "setup.py").is_file():
            return f'pip install -e "{ROOT}[{extra}]"'
        return f'pip install "ddbmock[{extra}]"'
    url = str(origin["url"])
    if "dir_info" in origin:
        option = "-e " if origin["dir_info"].get("editable") else ""
        return f'pip install {option}"{unquote(urlsplit(url).path)}[{extra}]"'
    repository = origin.get("vcs_info")
    if repository is not None:
        url = f"{repository['vcs']}+{url}@{repository['commit_id']}"
    return f'pip install "ddbmock[{extra}] @ {url}"'


def missing_package(missing: ModuleNotFoundError, extra: str) -> ModuleNotFoundError:
    """Return the error for a package that an extra installs, with the command."""
    package = str(missing.name).partition(".")[0]
    return ModuleNotFoundError(
        f"This needs {package}, which is not installed: {install_command(extra)}", name=package
    )


def _origin() -> Any:
    try:
        record = distribution("ddbmock").read_text("direct_url.json")
    except PackageNotFoundError:
        return None
    return None if record is None else json.loads(record)
