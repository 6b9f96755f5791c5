"""The generated parts of the documentation: ``make docs`` writes them.

A part stands between the comments ``.. generated: NAME`` and ``.. end of NAME``. The test-suite
compares each with what would be written.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from textwrap import fill
from typing import Final

from ddbmock.operations import streams, v20111205, v20120810
from ddbmock.operations.operation import Operation
from ddbmock.settings import ENVIRONMENT_PREFIX, INI_PREFIX, Settings
from docs.operation_facts import FACTS, SINCE

HERE: Final = Path(__file__).parent


def settings() -> str:
    """Every setting: its name, default, unit and meaning."""
    parts = []
    for row in dataclasses.fields(Settings):
        default = f"{row.default:g}" if isinstance(row.default, float) else str(row.default)
        about = f"*{row.metadata['unit']}*, default {f'``{default}``' if default else 'empty'}, "
        about += f"in the environment ``{ENVIRONMENT_PREFIX}{row.name.upper()}``."
        parts.append(
            f"``{INI_PREFIX}{row.name}``\n{_indented(about)}\n\n{_indented(row.metadata['help'])}\n"
        )
    return "\n".join(parts)


def operations_20111205() -> str:
    """The operations of the first API."""
    return _names(v20111205.OPERATIONS)


def operations_20120810() -> str:
    """Return the table of today's operations, those that are not served included."""
    return _table({*v20120810.OPERATIONS, *v20120810.NOT_SERVED}, v20120810.OPERATIONS)


def operations_of_streams() -> str:
    """Return the table of the operations of DynamoDB Streams."""
    return _table({*streams.OPERATIONS, *streams.NOT_SERVED}, streams.OPERATIONS)


def _table(names: Iterable[str], served: Mapping[str, Operation]) -> str:
    """Return a table of operations: whether and since when there are, and what differs here."""
    rows = [("Operation", "Since", "botocore", "Served", "What differs here")]
    for name in sorted(names):
        since = SINCE[name]
        operation = served.get(name)
        how = "no" if operation is None else "partly" if operation.input.not_served else "yes"
        differs = FACTS[name] if operation is not None else ""
        rows.append((f"``{name}``", since.date, since.botocore, how, differs))
    lines = [".. list-table::", "   :header-rows: 1", "   :widths: 32 10 10 8 40", ""]
    for row in rows:
        for place, cell in enumerate(row):
            lines.append(f"   {'* -' if place == 0 else '  -'} {cell}".rstrip())
    return "\n".join(lines) + "\n"


def not_served() -> str:
    """Return the operations that DynamoDB has and ddbmock has not."""
    return _names(v20120810.NOT_SERVED) if v20120810.NOT_SERVED else "None.\n"


def members_not_served() -> str:
    """Return the members of operations' inputs that are refused."""
    refused = {
        name: operation.input.not_served
        for name, operation in v20120810.OPERATIONS.items()
        if operation.input.not_served
    }
    if not refused:
        return "None.\n"
    return "".join(
        f"``{name}``\n{_indented(_names(members))}\n\n" for name, members in refused.items()
    ).removesuffix("\n")


def _names(names: Iterable[str]) -> str:
    return fill(", ".join(f"``{name}``" for name in sorted(names)), 96) + ".\n"


def _indented(text: str) -> str:
    return fill(text, 96, initial_indent="    ", subsequent_indent="    ")


PARTS: Final[Mapping[str, Callable[[], str]]] = {
    "settings": settings,
    "operations of 2011-12-05": operations_20111205,
    "operations of 2012-08-10": operations_20120810,
    "operations of streams": operations_of_streams,
    "operations not served": not_served,
    "members not served": members_not_served,
}


def regenerated(text: str) -> str:
    """Return a page with its generated parts replaced."""
    for name, part in PARTS.items():
        begin, end = f".. generated: {name}\n", f".. end of {name}\n"
        pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
        written = f"{begin}\n{part()}\n{end}"
        text = pattern.sub(written.replace("\\", r"\\"), text)
    return text


if __name__ == "__main__":
    for page in HERE.rglob("*.rst"):
        page.write_text(regenerated(page.read_text(encoding="utf-8")), encoding="utf-8")
