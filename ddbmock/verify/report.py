"""The report of a run, for readers, and the answers written back into the vectors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from ddbmock.verify.run import Difference, Result

SHOWN: Final = 600
"""Characters of a request or answer that the report shows."""


def lines(result: Result, *, details: bool = True) -> Iterator[str]:
    """Yield the lines of the report."""
    skipped = sum(map(len, result.skipped.values()))
    yield (
        f"{result.compared} vectors compared: {result.same} same, {len(result.differences)} "
        f"different; {skipped} skipped."
    )
    for reason, names in sorted(result.skipped.items()):
        yield f"  skipped {len(names)}: {reason}"
    counts = Counter((one.vector.operation, one.kind) for one in result.differences)
    for (operation, kind), count in sorted(counts.items()):
        yield f"  {operation}: {count} differ in {kind}"
    if details:
        for one in result.differences:
            yield ""
            yield from _details(one)


def _details(one: Difference) -> Iterator[str]:
    yield f"{one.vector.name} {one.vector.operation} {_short(one.vector.request)}"
    expected = one.expected
    if expected.body is not None:
        yield f"  recorded: {_short(expected.body)}"
    else:
        yield f"  recorded: {expected.status} {expected.type}: {_short(expected.text)}"
    if one.answer.status == 200:
        yield f"  answered: {_short(one.answer.body)}"
    else:
        yield f"  answered: {one.answer.status} {one.answer.type}: {_short(one.answer.message)}"


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."


def record(result: Result, folder: Path, source: str) -> int:
    """Write the endpoint's answers into the vectors that differ; return how many there were.

    A vector is one line of its file; the other lines stay as they are.
    """
    by_file: dict[str, dict[int, Difference]] = {}
    for one in result.differences:
        by_file.setdefault(one.vector.file, {})[one.vector.number] = one
    for name, differences in by_file.items():
        path = folder / f"{name}.json"
        written = []
        number = -1
        for line in path.read_text(encoding="utf-8").split("\n"):
            if line.lstrip().startswith("{"):
                number += 1
                if number in differences:
                    line = _recorded(line, differences[number], source)
            written.append(line)
        path.write_text("\n".join(written), encoding="utf-8")
    return len(result.differences)


def _recorded(line: str, one: Difference, source: str) -> str:
    vector: dict[str, Any] = json.loads(line.strip().rstrip(","))
    for member in ("response", "status", "type", "message", "messages", "source"):
        vector.pop(member, None)
    answer: Mapping[str, Any]
    if one.answer.status == 200:
        answer = {"response": one.answer.body}
    else:
        answer = {
            "status": one.answer.status,
            "type": one.answer.type,
            "message": one.answer.message,
        }
    indent = line[: len(line) - len(line.lstrip())]
    comma = "," if line.rstrip().endswith(",") else ""
    text = json.dumps({**vector, **answer, "source": source}, ensure_ascii=False)
    return f"{indent}{text}{comma}"
