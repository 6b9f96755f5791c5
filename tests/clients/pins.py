"""aioboto3, each release of which wants one certain aiobotocore, where it can be had."""

from __future__ import annotations

from importlib import metadata
from typing import Any

import pytest


def aioboto3() -> Any:
    """The package; the test is skipped where it is not, or not a current one."""
    package = pytest.importorskip("aioboto3")
    if int(metadata.version("aioboto3").partition(".")[0]) < 13:
        pytest.skip("this aioboto3 does not know today's aiobotocore")
    return package
