"""Functions that are written with Powertools for AWS Lambda work unchanged."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.triggers.orders import Orders

pytest.importorskip("aws_lambda_powertools")

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent, event_source
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord


def test_the_data_class_of_stream_events(orders: Orders) -> None:
    seen: list[Any] = []

    @event_source(data_class=DynamoDBStreamEvent)
    def handler(event: DynamoDBStreamEvent, context: Any) -> None:
        for record in event.records:
            content = record.dynamodb
            assert content is not None
            assert record.event_name is not None
            seen.append((record.event_name.name, content.keys, content.new_image))

    orders.db.trigger(handler, "orders")
    orders.put("a", total={"N": "5"})
    orders.db.run_triggers()
    assert seen == [("INSERT", {"id": "a"}, {"id": "a", "total": Decimal(5)})]


def test_the_batch_processor(orders: Orders) -> None:
    processor = BatchProcessor(event_type=EventType.DynamoDBStreams)
    done: list[str] = []

    def of_record(record: DynamoDBRecord) -> None:
        content = record.dynamodb
        assert content is not None
        one = content.keys["id"]
        if one == "c" and len(orders.calls) < 3:
            raise ValueError(one)
        done.append(one)

    def handler(event: Any, context: Any) -> Any:
        orders.handler(event, context)
        return process_partial_response(
            event=event, record_handler=of_record, processor=processor, context=context
        )

    orders.db.trigger(
        handler,
        "orders",
        function_response_types=["ReportBatchItemFailures"],
        maximum_retry_attempts=5,
    )
    orders.put("a", "b", "c")
    orders.db.run_triggers(advance=True)
    assert orders.calls == [["a", "b", "c"], ["c"], ["c"]]
    assert done == ["a", "b", "c"]
