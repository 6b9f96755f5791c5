"""ETags as S3 computes them for an upload in one part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable


def one_part_etag(pieces: Iterable[bytes]) -> str:
    """Return the ETag of a content: the MD5 of its MD5, and the number of parts.

    >>> one_part_etag([bytes.fromhex("1f8b08000000000000ff03000000000000000000")])
    '7deb4078f238dd87d6af0538152c04e9-1'
    """
    content = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        content.update(piece)
    return hashlib.md5(content.digest(), usedforsecurity=False).hexdigest() + "-1"
