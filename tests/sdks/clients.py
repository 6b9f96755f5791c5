"""Clients that are programs of their own. ``make clients`` installs them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final, NoReturn

import pytest

from tests.servers import ROOT

JAVASCRIPT: Final = Path(__file__).parent / "js"
AWS_CLI: Final = ROOT / ".venv-awscli" / "bin" / "aws"
"""Apart from the test-suite's own packages: it wants another botocore than aiobotocore does."""


def aws_cli() -> str:
    """The ``aws`` of this checkout, or else of this machine."""
    found = [command for command in (str(AWS_CLI), "aws") if runs(command)]
    if not found:
        miss("the AWS CLI is not installed: make clients installs it")
    return found[0]


def node() -> str:
    """Node.js, if it and the JavaScript SDK are here."""
    if not runs("node"):
        miss("Node.js is not installed")
    if not (JAVASCRIPT / "node_modules" / "@aws-sdk" / "lib-dynamodb").exists():
        miss("the JavaScript SDK is not installed: make clients installs it")
    return "node"


def runs(command: str) -> bool:
    """Whether a command is there and works; a version manager's shim may be there and not work."""
    if shutil.which(command) is None:
        return False
    return subprocess.run([command, "--version"], capture_output=True, check=False).returncode == 0


def environment(home: Path) -> dict[str, str]:
    """The environment for a client that shall not see this machine's configuration."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {
        "HOME": str(home),
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "thing",
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
    }


def miss(reason: str) -> NoReturn:
    """Skip, or fail where nothing may be missing."""
    if os.environ.get("CI"):
        pytest.fail(f"{reason}, and CI must run these tests")
    pytest.skip(reason)
