"""Group 1, boto 2: in-process against a canned ``make_request``, its own floor."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from bench.measure import Row, interleaved, ratio
from bench.worker import Worker, serve

GROUP: Final = "in-process boto 2"
TO_FLOOR: Final = 2.0
TABLE: Final = "bench-boto"
WEIGHTS: Final = {"get": 1.0, "put": 1.0, "update": 1.0, "query of 25": 0.3, "scan of 1,000": 0.02}


class InProcess:
    """boto 2 on ddbmock, by ``connect_boto``."""

    def __init__(self) -> None:
        import ddbmock

        self.layer1 = ddbmock.connect_boto().layer1
        self.layer1.create_table(
            TABLE,
            {
                "HashKeyElement": {"AttributeName": "pk", "AttributeType": "S"},
                "RangeKeyElement": {"AttributeName": "sk", "AttributeType": "N"},
            },
            {"ReadCapacityUnits": 10, "WriteCapacityUnits": 10},
        )
        for n in range(1000):
            self.layer1.put_item(TABLE, self.item(n))

    @staticmethod
    def item(n: int) -> dict[str, Any]:
        return {
            "pk": {"S": f"p{n % 20}"},
            "sk": {"N": str(n)},
            "name": {"S": f"name {n}"},
            "text": {"S": "x" * 300},
            "tags": {"SS": ["a", "b"]},
        }

    def once(self, workload: str, n: int) -> None:
        key = {"HashKeyElement": {"S": f"p{n % 20}"}, "RangeKeyElement": {"N": str(n % 1000)}}
        match workload:
            case "get":
                self.layer1.get_item(TABLE, key, object_hook=dict)
            case "put":
                self.layer1.put_item(TABLE, self.item(n % 1000))
            case "update":
                updates = {"name": {"Value": {"S": "other"}, "Action": "PUT"}}
                self.layer1.update_item(TABLE, key, updates)
            case "query of 25":
                self.layer1.query(TABLE, {"S": f"p{n % 20}"}, limit=25, object_hook=dict)
            case _:
                self.layer1.scan(TABLE, object_hook=dict)

    def run(self, workload: str, count: int) -> float:
        start = time.perf_counter()
        for n in range(count):
            self.once(workload, n)
        return (time.perf_counter() - start) / count


class Canned(InProcess):
    """The same answers, canned: what boto 2 itself costs."""

    def run(self, workload: str, count: int) -> float:
        from boto.dynamodb.layer1 import Layer1

        answers: dict[str, str] = {}
        real = Layer1.make_request

        def record(layer: Any, action: str, body: str = "", object_hook: Any = None) -> Any:
            answer = real(layer, action, body, object_hook=None)
            answers[action] = json.dumps(answer)
            return answer

        def canned(layer: Any, action: str, body: str = "", object_hook: Any = None) -> Any:
            return json.loads(answers[action], object_hook=object_hook)

        try:
            Layer1.make_request = record
            self.once(workload, 0)
            Layer1.make_request = canned
            return super().run(workload, count)
        finally:
            Layer1.make_request = real


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """A row for each workload."""
    workers = {name: Worker("bench.boto2", name) for name in ("floor", "boto 2")}
    try:
        for workload, weight in WEIGHTS.items():
            count = max(1, int((10 if smoke else 300) * weight))
            series = interleaved(
                {
                    name: lambda worker=worker: float(  # type: ignore[misc]
                        worker.ask(do="run", workload=workload, count=count)  # noqa: B023
                    )
                    for name, worker in workers.items()
                },
                rounds,
            )
            for name, found in series.items():
                ours = name == "boto 2"
                yield Row(
                    GROUP, workload, name, found.median * 1e6, "µs", found.spread,
                    "floor" if ours else None,
                    ratio(found, series["floor"]) if ours else None,
                    TO_FLOOR if ours else None,
                )  # fmt: skip
    finally:
        for worker in workers.values():
            worker.close()


if __name__ == "__main__":
    serve({"floor": Canned, "boto 2": InProcess}[sys.argv[1]]())
