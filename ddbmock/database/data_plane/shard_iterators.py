"""Shard iterators: positions in shards as texts, which any server of a database can read.

An iterator holds all that it stands for, signed with a key of its stream, so nothing is kept for
it. It names the number of the next record, never a position in a list: records that are trimmed
meanwhile move nothing. It begins with the stream's ARN, from which AWS's SDKs choose a host.
"""

from __future__ import annotations

import base64
import hmac
import struct
from datetime import datetime, timezone
from typing import Final

from ddbmock.database.data_plane.shards import milliseconds
from ddbmock.errors import ExpiredIteratorException, ValidationException
from ddbmock.named_tuple import NamedTuple

VALID: Final = 900_000
"""Milliseconds. Source: API Reference, GetShardIterator."""
OLDEST: Final = 0
"""The number that stands for the oldest record that is not trimmed when the iterator is used."""

_VERSION: Final = 1
_BODY: Final = struct.Struct(">QQQ")
"""Version, milliseconds since the epoch of its issue, number of the next record."""
_SIGNATURE: Final = 16


class ShardIterator(NamedTuple):
    """A position in a shard."""

    stream_arn: str
    shard_id: str
    number: int
    """Number of the next record, or :data:`OLDEST`."""
    issued: int
    """Milliseconds since the epoch."""
    signature: bytes = b""

    def encode(self, secret: str) -> str:
        """Return the text that clients get."""
        body = self._body()
        content = base64.b64encode(body + self._sign(secret)).decode()
        return f"{self.stream_arn}|1|{content}"

    @classmethod
    def decode(cls, text: str) -> ShardIterator:
        """Return the iterator of a text, which :meth:`check_signature` must still find genuine.

        :raises ValidationException: the text was not made by :meth:`encode`.
        """
        arn, _, rest = text.partition("|")
        number, _, content = rest.partition("|")
        try:
            decoded = base64.b64decode(content, validate=True)
            version, issued, position = _BODY.unpack_from(decoded)
            shard_id = decoded[_BODY.size : -_SIGNATURE].decode("ascii")
        except (ValueError, struct.error):
            raise _invalid() from None
        if number != "1" or version != _VERSION:
            raise _invalid()
        return cls(arn, shard_id, position, issued, decoded[-_SIGNATURE:])

    def check_signature(self, secret: str) -> None:
        """Reject an iterator that was not made for its stream.

        :raises ValidationException: always then.
        """
        if not hmac.compare_digest(self.signature, self._sign(secret)):
            raise _invalid()

    def check_valid(self, now: float) -> None:
        """Reject an iterator that is older than 15 minutes.

        :raises ExpiredIteratorException: always then.
        """
        time = milliseconds(now)
        if time > self.issued + VALID:
            raise ExpiredIteratorException(
                f"Iterator expired. The iterator was created at time {_date(self.issued)} while "
                f"right now it is {_date(time)} which is further in the future than the tolerated "
                f"delay of {VALID} milliseconds.",
                hint="Get another one AFTER_SEQUENCE_NUMBER of the last record that was read.",
            )

    def _body(self) -> bytes:
        return _BODY.pack(_VERSION, self.issued, self.number) + self.shard_id.encode()

    def _sign(self, secret: str) -> bytes:
        signed = self.stream_arn.encode() + b"|" + self._body()
        return hmac.digest(secret.encode(), signed, "sha256")[:_SIGNATURE]


def _invalid() -> ValidationException:
    return ValidationException(
        "Invalid ShardIterator",
        hint="A shard iterator is a text that GetShardIterator or GetRecords returned.",
    )


def _date(time: int) -> str:
    return datetime.fromtimestamp(time // 1000, timezone.utc).strftime("%a %b %d %H:%M:%S UTC %Y")
