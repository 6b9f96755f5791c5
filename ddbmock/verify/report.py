"""The report of a run, for readers, and the answers written back into the vectors."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ddbmock.roll_out import DEFAULT
from ddbmock.verify.run import Difference, Result
from ddbmock.verify.vectors import SCENARIO_LINE, recorded_wording, shortened

SHOWN: Final = 600
"""Characters of a request or answer that the report shows."""
_ANSWER: Final = frozenset({"response", "status", "type", "message", "messages", "source"})
"""Members of a vector that make up its answer."""


def lines(result: Result, *, details: bool = True) -> Iterator[str]:
    """Yield the lines of the report."""
    skipped = sum(map(len, result.skipped.values()))
    yield (
        f"{result.compared} vectors and scenarios compared ({result.answers} answers): "
        f"{result.same} same, {len(result.differences)} different; {skipped} skipped."
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
    if one.test:
        yield f"  of {one.test}"
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


def record(result: Result, folder: Path, source: str, wording: str) -> int:
    """Write the endpoint's answers into the vectors that differ; return how many there were.

    A message is that of `wording`: those of other eras and regions stay. A vector is one line of
    its file; the other lines stay as they are.
    """
    by_file: dict[str, dict[int, Difference]] = {}
    for one in result.differences:
        by_file.setdefault(one.vector.file, {})[one.vector.number] = one
    for name, differences in by_file.items():
        path = folder / f"{name}.json"
        written = []
        number = -1
        for line in path.read_text(encoding="utf-8").split("\n"):
            start = line.lstrip()
            if start.startswith("{") and not start.startswith(SCENARIO_LINE):
                number += 1
                if number in differences:
                    line = _recorded(line, differences[number], source, wording)
            written.append(line)
        path.write_text("\n".join(written), encoding="utf-8")
    return len(result.differences)


def _recorded(line: str, one: Difference, source: str, wording: str) -> str:
    vector: dict[str, Any] = json.loads(line.strip().rstrip(","))
    vector = {**_with_answer(vector, one, wording), "source": source}
    indent = line[: len(line) - len(line.lstrip())]
    comma = "," if line.rstrip().endswith(",") else ""
    return f"{indent}{json.dumps(shortened(vector), ensure_ascii=False)}{comma}"


def _with_answer(vector: dict[str, Any], one: Difference, wording: str) -> dict[str, Any]:
    """Return a vector with an answer, in the members that are of its wording."""
    answer = one.answer
    recorded = recorded_wording(one.vector.operation, wording)
    kept = {name: value for name, value in vector.items() if name not in _ANSWER}
    messages = dict(vector.get("messages", {}))
    if answer.status == 200:
        return {**kept, "response": answer.body}
    if recorded != DEFAULT and vector.get("status") == answer.status:
        messages[recorded] = (
            answer.message if answer.type == vector["type"] else [answer.type, answer.message]
        )
        return {**vector, "messages": messages}
    messages.pop(recorded, None)
    return {
        **kept,
        "status": answer.status,
        "type": answer.type,
        "message": answer.message,
        **({"messages": messages} if messages else {}),
    }
