"""DynamoDB's numbers: 38 significant digits, stored as canonical text, ordered and measured as bytes.

The canonical text is decimal, without plus sign, exponent or superfluous zeros, so equal numbers have equal
texts. Source: Developer Guide, "Data types: Number".

>>> canonical("+01.50e3")
'1500'
>>> ordered_bytes("-1") < ordered_bytes("0") < ordered_bytes("9") < ordered_bytes("10")
True
"""

from __future__ import annotations

import decimal
import re
from typing import Final

from ddbmock.errors import Reason, ValidationException
from ddbmock.later import pattern

MAX_DIGITS: Final = 38
MAX_EXPONENT: Final = 125
"""The largest exponent of the first digit: 9.99E+125 is the largest magnitude."""
MIN_EXPONENT: Final = -130

_TEXT: Final = pattern(r"([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?", re.ASCII)
_CANONICAL: Final = pattern(r"(?!-0\Z)-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?", re.ASCII)
"""The pattern of canonical texts; their length is checked separately."""
_EXACT: Final = decimal.Context(
    prec=400, Emax=999_999, Emin=-999_999, traps=[decimal.Inexact, decimal.InvalidOperation]
)
"""A context that is exact for the sum of any two numbers: 126 digits before and 130 + 38 after the point."""

_NO_NUMBER: Final = "The parameter cannot be converted to a numeric value"
_OVERFLOW: Final = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
_UNDERFLOW: Final = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
_TOO_PRECISE: Final = "Attempting to store more than 38 significant digits in a Number"


def canonical(text: str) -> str:
    """Return the canonical text of a number in a request.

    :raises ValidationException: it is not a number, is out of range, or has more than 38 digits.
    """
    if len(text) <= MAX_DIGITS and _CANONICAL.fullmatch(text):
        return text
    match = _TEXT.fullmatch(text)
    if match is None or not (match[2] or match[3]):
        raise _not_a_number(text)
    sign, whole, fraction, exponent_text = match[1], match[2] or "", match[3] or "", match[4]
    digits = (whole + fraction).lstrip("0")
    exponent = _exponent(exponent_text)
    if not digits:
        # 0e126 and 0e-131 are rejected, 0.0e126 is not: the position of the last digit decides.
        _check_magnitude(exponent - len(fraction), exponent, text, zero=True)
        return "0"
    point = exponent - len(fraction) + len(digits)
    digits = digits.rstrip("0")
    _check_magnitude(point - 1, exponent, text)
    if len(digits) > MAX_DIGITS:
        raise ValidationException(
            _TOO_PRECISE,
            hint=f"{_short(text)} has {len(digits)} significant digits; {MAX_DIGITS} are the limit.",
            reason=Reason.TOO_MANY_DIGITS,
        )
    return ("-" if sign == "-" else "") + _plain(digits, point)


def _exponent(text: str | None) -> int:
    if text is None:
        return 0
    # Beyond 64 bits only the sign matters; long exponents must not take time.
    return int(text) if len(text) < 22 else (-(10**20) if text[0] == "-" else 10**20)


def _not_a_number(text: str) -> ValidationException:
    return ValidationException(
        f"{_NO_NUMBER}: {text}" if text else _NO_NUMBER,
        hint='A number is written as a string of decimal digits, such as "12", "-3.5" or "1e3".',
        reason=Reason.NOT_A_NUMBER,
        message_2026=f"{_NO_NUMBER}: {text}",
    )


def _check_magnitude(magnitude: int, exponent: int, text: str, *, zero: bool = False) -> None:
    """Check that the first digit of a number is within the range.

    Exponents have 64 bits. The older request validation reads 32 bits, and adding to the largest number
    overflows to the smallest.

    :raises ValidationException: the number is out of range.
    """
    if MIN_EXPONENT <= magnitude <= MAX_EXPONENT:
        return
    if abs(exponent) >= 2**63:
        raise _not_a_number(text)
    large = magnitude > MAX_EXPONENT
    if zero:
        hint = f"{_short(text)} is zero, but its exponent is out of range: write 0."
    elif large:
        hint = f"{_short(text)} is above 9.99E+{MAX_EXPONENT} in magnitude."
    else:
        hint = f"{_short(text)} is below 1E{MIN_EXPONENT} in magnitude."
    older = renewed = _OVERFLOW if large else _UNDERFLOW
    if exponent == 2**31 - 1:
        older = _UNDERFLOW
    elif not -(2**31) <= exponent < 2**31:
        older = f"{_NO_NUMBER}: {text}"
    raise ValidationException(
        older,
        hint=hint,
        reason=Reason.NUMBER_TOO_LARGE if large else Reason.NUMBER_TOO_SMALL,
        message_2026=renewed,
    )


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."


def _plain(digits: str, point: int) -> str:
    """Return the text of 0.`digits` times 10 to the power of `point`."""
    if point <= 0:
        return "0." + "0" * -point + digits
    if point >= len(digits):
        return digits + "0" * (point - len(digits))
    return f"{digits[:point]}.{digits[point:]}"


def _significant(magnitude: str) -> tuple[str, int]:
    """Return ``(digits, point)`` of a canonical text without sign: 0.`digits` times 10**`point`."""
    whole, _, fraction = magnitude.partition(".")
    if whole != "0":
        return (whole + fraction).rstrip("0"), len(whole)
    digits = fraction.lstrip("0")
    return digits, len(digits) - len(fraction)


def ordered_bytes(number: str) -> bytes:
    """Return the bytes in which DynamoDB stores a number; their order is that of the numbers.

    A byte of magnitude is followed by base-100 digits aligned to the decimal point; negative numbers are
    complemented. Source: sizes and the order of scans on the service.
    """
    if number == "0":
        return b"\x80"
    negative = number[0] == "-"
    digits, point = _significant(number[1:] if negative else number)
    if point % 2:
        digits = "0" + digits
        point += 1
    if len(digits) % 2:
        digits += "0"
    pairs = [int(digits[i : i + 2]) for i in range(0, len(digits), 2)]
    first = (point // 2 - 64) & 0xFF
    if not negative:
        return bytes([first, *(pair + 1 for pair in pairs)])
    end = [102] if len(pairs) < 20 else []
    return bytes([first ^ 0xFF, *(101 - pair for pair in pairs), *end])


def of_ordered_bytes(stored: bytes) -> str:
    """Return the canonical text for the result of :func:`ordered_bytes`; other bytes in hexadecimal.

    >>> [of_ordered_bytes(ordered_bytes(number)) for number in ("0", "-12.5", "1000", "0.001")]
    ['0', '-12.5', '1000', '0.001']
    """
    if stored == b"\x80":
        return "0"
    negative = stored[:1] < b"\x80"
    first = stored[0] ^ 0xFF if negative and stored else (stored or b"\x00")[0]
    pairs = [101 - one if negative else one - 1 for one in stored[1:] if not negative or one != 102]
    if not pairs or not all(0 <= pair <= 99 for pair in pairs):
        return f"0x{stored.hex()}"
    digits = "".join(f"{pair:02}" for pair in pairs)
    exponent = 2 * ((first + 64 + 128) % 256 - 128) - len(digits)
    return canonical(f"{'-' if negative else ''}{digits}e{exponent}")


def number_size(number: str) -> int:
    """Return the size of a number in bytes: the length of :func:`ordered_bytes`.

    >>> [number_size(n) for n in ("0", "1", "110", "12.3456", "-1")]
    [1, 2, 3, 4, 3]
    """
    if number == "0":
        return 1
    if number.isdigit():
        return _whole_size(number)
    negative = number[0] == "-"
    whole, _, fraction = number.partition(".")
    if fraction and not negative and whole != "0":
        return 1 + (len(whole) + 1) // 2 + (len(fraction) + 1) // 2
    digits, point = _significant(number[1:] if negative else number)
    pairs = (len(digits) + point % 2 + 1) // 2
    return 1 + pairs + (1 if negative and pairs < 20 else 0)


def measured(text: str) -> tuple[str, int]:
    """Return the canonical text of a number and its size; common numbers need one step.

    >>> [measured(text) for text in ("120", "12.50", "12.5", "0.5")]
    [('120', 3), ('12.5', 3), ('12.5', 3), ('0.5', 2)]

    :raises ValidationException: as :func:`canonical` does.
    """
    if "1" <= text < ":" and len(text) <= MAX_DIGITS and text.isascii():
        if text.isdigit():
            if text[-1] != "0":
                return text, 1 + (len(text) + 1) // 2
            return text, 1 + (len(text.rstrip("0")) + len(text) % 2 + 1) // 2
        whole, _, fraction = text.partition(".")
        if whole.isdigit() and fraction.isdigit() and fraction[-1] != "0":
            return text, 1 + (len(whole) + 1) // 2 + (len(fraction) + 1) // 2
    number = canonical(text)
    if number == text:
        return text, number_size(text)
    return number, number_size(number)


def _whole_size(digits: str) -> int:
    return 1 + (len(digits.rstrip("0")) + len(digits) % 2 + 1) // 2


def add(left: str, right: str) -> str:
    """Return the exact sum of two canonical numbers.

    :raises ValidationException: the sum does not fit into 38 digits or the range.
    """
    if len(left) < MAX_DIGITS and len(right) < MAX_DIGITS and left.isdigit() and right.isdigit():
        # Counters: the sum of such numbers is never too long.
        return str(int(left) + int(right))
    return _result(_EXACT.add(decimal.Decimal(left), decimal.Decimal(right)))


def subtract(left: str, right: str) -> str:
    """Return the exact difference of two canonical numbers; raise errors as :func:`add` does."""
    return _result(_EXACT.subtract(decimal.Decimal(left), decimal.Decimal(right)))


def _result(number: decimal.Decimal) -> str:
    text = format(number, "f")
    try:
        return canonical(text)
    except ValidationException as error:
        if error.reason is Reason.TOO_MANY_DIGITS:
            # The service reports a result with too many digits as an overflow.
            raise ValidationException(
                _OVERFLOW, hint=error.hint, reason=Reason.NUMBER_TOO_LARGE
            ) from error
        raise
