"""Capacity units from sizes. Source: Developer Guide, "Read/write capacity", for both versions.

The versions differ in the unit's size only: 4 KB of reading today, 1 KB in 2011-12-05.
"""

from __future__ import annotations

from typing import Final

READ_UNIT: Final = 4096
WRITE_UNIT: Final = 1024


def read_units(size: int, *, consistent: bool, unit: int = READ_UNIT) -> float:
    """Units of reading `size` bytes at once, at least one unit; half of it unless `consistent`.

    >>> read_units(0, consistent=False), read_units(4097, consistent=True)
    (0.5, 2.0)
    """
    units = float(-(-size // unit) or 1)
    return units if consistent else units / 2


def write_units(old_size: int, new_size: int) -> float:
    """Units of replacing an item of one size by one of another; 0 stands for no item.

    >>> write_units(0, 0), write_units(1025, 10)
    (1.0, 2.0)
    """
    return float(-(-max(old_size, new_size) // WRITE_UNIT) or 1)
