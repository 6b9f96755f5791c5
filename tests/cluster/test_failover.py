"""One failover under load, where a cluster can be started; ``make failover`` does twenty."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster.hosts import missing

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(missing() is not None, reason=f"no cluster can be started: {missing()}")
@pytest.mark.skipif("DDBMOCK_CLUSTER" not in os.environ, reason="DDBMOCK_CLUSTER is not set")
def test_a_failover_loses_nothing_and_applies_nothing_twice() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.cluster.failover", "1"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
