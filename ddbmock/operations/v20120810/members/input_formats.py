"""Formats and compressions of objects that operations read."""

from __future__ import annotations

from ddbmock.errors import ValidationException
from ddbmock.export_format import MissingExtraError, compression, ion


def check_installed(input_format: str, compression_type: str | None) -> None:
    """Check that this installation can read a format.

    :raises ValidationException: a package is missing.
    """
    try:
        compression.check_available(compression_type or compression.NONE)
        if input_format == "ION":
            ion.check_available()
    except MissingExtraError as error:
        raise ValidationException(
            "Invalid Request: The input format or compression is not supported", hint=str(error)
        ) from error
