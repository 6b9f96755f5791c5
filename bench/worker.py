"""Workers: contenders in processes of their own, told over pipes what to run.

The child reads one JSON request a line and answers one JSON line; only one child works at a time.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


class WorkerError(RuntimeError):
    """A contender that could not do what it was told."""


class Worker:
    """A child process running ``python -m MODULE CONTENDER``."""

    def __init__(self, module: str, contender: str, **options: str) -> None:
        self.contender = contender
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench",
            "AWS_DEFAULT_REGION": "us-east-1",
            **options,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, contender],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def ask(self, **request: Any) -> Any:
        """The child's answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise WorkerError(f"{self.contender} ended with {self._process.wait()}")
        answer = json.loads(line)
        if isinstance(answer, Mapping) and "error" in answer:
            raise WorkerError(f"{self.contender}: {answer['error']}")
        return answer

    def close(self) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


def serve(contender: Any) -> None:
    """The child's loop: each request names a method of the contender and its arguments."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = getattr(contender, request.pop("do"))(**request)
        except Exception as error:  # told to the parent, which decides
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
