"""Group 1, boto 2: in-process against a canned ``make_request``, its own floor."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from typing import Any, Final

from bench.measure import Row, compared, interleaved
from bench.worker import Worker, serve

GROUP: Final = "in-process boto 2"
TO_FLOOR: Final = {"get": 2.5, "put": 3.0, "update": 4.0, "query of 25": 2.0, "scan of 1,000": 2.0}
TABLE: Final = "bench-boto"
WEIGHTS: Final = {"get": 1.0, "put": 1.0, "update": 1.0, "query of 25": 0.3, "scan of 1,000": 0.02}


class InProcess:
    """boto 2 on ddbmock, by ``connect_boto``: its tables and items, as programs use them."""

    def __init__(self) -> None:
        import ddbmock

        connection = ddbmock.connect_boto()
        schema = connection.create_schema("pk", str, "sk", int)
        self.table = connection.create_table(TABLE, schema, read_units=10, write_units=10)
        for n in range(1000):
            self.item(n).put()

    def item(self, n: int) -> Any:
        attributes = {"name": f"name {n}", "text": "x" * 300, "tags": {"a", "b"}}
        return self.table.new_item(f"p{n % 20}", n, attributes)

    def once(self, workload: str, n: int) -> None:
        hash_key, range_key = f"p{n % 20}", n % 1000
        match workload:
            case "get":
                self.table.get_item(hash_key, range_key)
            case "put":
                self.item(n % 1000).put()
            case "update":
                item = self.table.new_item(hash_key, range_key)
                item.put_attribute("name", "other")
                item.save()
            case "query of 25":
                list(self.table.query(hash_key, max_results=25))
            case _:
                list(self.table.scan())

    def run(self, workload: str, count: int) -> float:
        start = time.process_time()
        for n in range(count):
            self.once(workload, n)
        return (time.process_time() - start) / count


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
            yield from compared(GROUP, workload, series, target=TO_FLOOR[workload])
    finally:
        for worker in workers.values():
            worker.close()


if __name__ == "__main__":
    serve({"floor": Canned, "boto 2": InProcess}[sys.argv[1]]())
