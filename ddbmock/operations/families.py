"""Operations by family: modules of a package that are imported when one of their operations is needed.

To create a table, put an item and query it, a process needs four of about thirty families. Importing all of
them would take three quarters of the time until then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from types import ModuleType
from typing import Final

from ddbmock import forking
from ddbmock.operations.operation import Operation


class Families(Mapping[str, Operation]):
    """The operations of a package by name. Each of its modules has its own ``OPERATIONS``.

    Listing names and looking up unknown names import nothing.
    """

    def __init__(self, package: ModuleType, families: Mapping[str, Sequence[str]]) -> None:
        """Create the mapping from the operations that each module of the package has."""
        self._package: Final = package
        self._families: Final = {
            name: family for family, names in families.items() for name in names
        }
        self._known: Final[dict[str, Operation]] = {}

    def __getitem__(self, name: str) -> Operation:
        operation = self._known.get(name)
        if operation is None:
            family = self._families[name]
            # as an attribute, because pytester and others remove modules from sys.modules later
            with forking.imports:
                module = getattr(self._package, family, None)
                if module is None:
                    module = import_module(f"{self._package.__name__}.{family}")
                operation = self._known[name] = module.OPERATIONS[name]
        return operation

    def __contains__(self, name: object) -> bool:
        return name in self._families

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._families))

    def __len__(self) -> int:
        return len(self._families)
