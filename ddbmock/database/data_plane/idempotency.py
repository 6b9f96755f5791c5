"""Client request tokens: the transactions of the last ten minutes of the clock, by token.

Source: API Reference, TransactWriteItems, "ClientRequestToken".
"""

from __future__ import annotations

from typing import Final

from ddbmock.storage import Reader, Writer

VALID: Final = 600.0
"""Seconds for which a token is remembered."""
_TOKENS: Final = "tokens"
_TIMES: Final = "tokens/times"


def outcome_of(reader: Reader, prefix: str, token: str, now: float) -> bytes | None:
    """Return the outcome of the request that used a token, or None if the token is unused.

    `prefix` is that of the caller's tables.
    """
    stored = reader.get(prefix + _TOKENS, token.encode())
    if stored is None or stored[:8] <= _time(now - VALID):
        return None
    return stored[8:]


def remember(writer: Writer, prefix: str, token: str, outcome: bytes, now: float) -> None:
    """Record the outcome of a request under its token, and remove expired tokens."""
    tokens, times = prefix + _TOKENS, prefix + _TIMES
    for key, _ in list(writer.range(times, b"", _time(now - VALID))):
        writer.delete(times, key)
        writer.delete(tokens, key[8:])
    time, name = _time(now), token.encode()
    writer.put(tokens, name, time + outcome)
    writer.put(times, time + name, b"")


def _time(seconds: float) -> bytes:
    return max(int(seconds * 1000), 0).to_bytes(8, "big")
