"""Failures of jobs caused by the object store, as descriptions of jobs show them."""

from __future__ import annotations

import base64
import logging
import secrets
from typing import Final

from ddbmock.named_tuple import NamedTuple
from ddbmock.object_store import ObjectStoreError

log: Final = logging.getLogger("ddbmock.jobs")


class Failure(NamedTuple):
    """The code and the message of a failed job."""

    code: str
    message: str


def failure_of(job: str, error: ObjectStoreError) -> Failure:
    """Return the failure for an error of the object store, and log its hint.

    Source of the form: failed exports of October 2026.
    """
    hint = f" {error.hint}" if error.hint else ""
    log.warning("%s failed: %s: %s.%s", job, error.code, error.message.rstrip("."), hint)
    request_id = secrets.token_hex(8).upper()
    extended = base64.b64encode(secrets.token_bytes(56)).decode()
    return Failure(
        f"S3{error.code}",
        f"{error.message} (Service: Amazon S3; Status Code: {error.status}; "
        f"Error Code: {error.code}; Request ID: {request_id}; "
        f"S3 Extended Request ID: {extended}; Proxy: null)",
    )
