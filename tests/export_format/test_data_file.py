"""Data files that are being written."""

from __future__ import annotations

from ddbmock.export_format.data_file import DataFile


def test_an_unfinished_file_that_is_collected_is_no_error() -> None:
    file = DataFile()
    file.add(b'{"Item":{}}\n')
    file.close()
    # What the compressor's finalizer does, whose complaints Python 3.13 prints.
    file._gzip.close()
