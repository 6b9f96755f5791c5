"""Group 8: a vector search of 100,000 vectors beside NumPy's bare product and selection.

The entries are written into the index's storage directly; as items they would take minutes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy

from bench.measure import Row, compared, interleaved, mean_of
from ddbmock.database import DynamoDB
from ddbmock.database.data_plane.vectors import DISTANCE_FUNCTIONS
from ddbmock.database.schema import TableDescription
from ddbmock.service.router import Router
from ddbmock.storage.memory import MemoryStorage
from ddbmock.values.item import Item
from ddbmock.values.model import S

GROUP: Final = "vectors"
TABLE: Final = "bench-vectors"
TOP_K: Final = 10
TARGET: Final = 3.0


class Indexed:
    """A database with a table of vectors, and the same vectors as a matrix."""

    def __init__(self, count: int, dimensions: int, function: str, seed: int) -> None:
        self.function = function
        random = numpy.random.default_rng(seed)
        self.vectors = random.standard_normal((count, dimensions)).astype("<f4")
        self.norms = numpy.linalg.norm(self.vectors, axis=1)
        self.target = random.standard_normal(dimensions).astype("<f4")
        self.router = Router(DynamoDB(MemoryStorage()))
        self.call(
            "CreateTable",
            {
                "TableName": TABLE,
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
                "VectorIndexes": [
                    {
                        "IndexName": "near",
                        "VectorAttribute": {"AttributeName": "v"},
                        "Projection": {"ProjectionType": "KEYS_ONLY"},
                        "Dimensions": dimensions,
                        "DistanceFunction": function,
                    }
                ],
            },
        )
        self.fill()
        self.body = {
            "TableName": TABLE,
            "IndexName": "near",
            "SearchVector": [{"N": repr(float(element))} for element in self.target],
            "TopK": TOP_K,
        }

    def call(self, operation: str, body: dict[str, Any]) -> Any:
        return self.router.perform(self.router.target(f"DynamoDB_20120810.{operation}"), body)

    def fill(self) -> None:
        dynamodb = self.router.dynamodb
        with dynamodb.call().write() as tables:
            table: TableDescription = tables.existing(TABLE)
            space = table.space("near")
            for number, row in enumerate(self.vectors):
                item = Item({"pk": S(str(number))})
                key = table.key_schema.stored(item)
                tables.writer.put(space, key, row.tobytes() + item.record)

    def bare(self) -> None:
        """Rank all vectors by one product, and sort the best."""
        scores = self.vectors @ self.target
        if self.function == "COSINE":
            scores = scores / self.norms
        elif self.function == "EUCLIDEAN":
            scores = 2 * scores - self.norms * self.norms
        best = numpy.argpartition(-scores, TOP_K)[:TOP_K]
        best[numpy.argsort(-scores[best])]

    def search(self) -> None:
        self.call("SearchVectors", self.body)


def run(rounds: int, *, smoke: bool) -> Iterator[Row]:
    """Rows of each distance function; the search against NumPy alone."""
    count, dimensions = (500, 16) if smoke else (100_000, 256)
    for seed, function in enumerate(DISTANCE_FUNCTIONS):
        indexed = Indexed(count, dimensions, function, seed)
        contenders = {
            name: mean_of(lambda _, work=work: work(), 5)  # type: ignore[misc]
            for name, work in (("NumPy alone", indexed.bare), ("ddbmock", indexed.search))
        }
        what = f"{function}, {count:,} x {dimensions}"
        yield from compared(GROUP, what, interleaved(contenders, rounds), "ms", TARGET)
