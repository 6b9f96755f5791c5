"""Several servers over one database: nothing is lost, nothing happens twice or by halves."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, Final

import pytest

from tests.durability.clients import Client, Refused
from tests.postgresql import Cluster
from tests.servers import ddbmock_serve

CLIENTS: Final = 8
THREADS: Final = ("--threads", "8")
FAST: Final = ("--server", "fast")
RETRYABLE: Final = "InternalServerError"
"""The one error that SDKs answer by trying again; docs/storage.rst says when it comes."""

Outcome = Counter[str]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def ports(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[list[int]]:
    """Two servers on one file, or three on one PostgreSQL, of which one is the asyncio server."""
    directory = tmp_path_factory.mktemp("servers")
    if request.param == "sqlite":
        url, kinds = f"sqlite:///{directory}/content.db?durability=normal", [THREADS] * 2
    else:
        cluster: Cluster = request.getfixturevalue("postgresql")
        url, kinds = cluster.create_database(), [THREADS, FAST, THREADS]
    with ExitStack() as stack:
        yield [
            stack.enter_context(ddbmock_serve(directory, *kind, "--storage", url)).port
            for kind in kinds
        ]


@pytest.fixture
def table(ports: list[int], request: pytest.FixtureRequest) -> str:
    name = request.function.__name__
    create(Client(ports[0]), name)
    return str(name)


def create(client: Client, name: str) -> None:
    client(
        "CreateTable",
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )


def at_once(ports: list[int], work: Callable[[Client, int], Iterator[str]]) -> Outcome:
    """What came of the requests of eight clients, spread over the servers."""
    outcomes: list[Outcome] = []
    failures: list[Exception] = []
    start = threading.Barrier(CLIENTS)

    def run(number: int) -> None:
        client = Client(ports[number % len(ports)])
        try:
            start.wait(60)
            outcomes.append(Counter(work(client, number)))
        except Exception as failure:
            failures.append(failure)
        finally:
            client.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(200)
    assert failures == []
    assert len(outcomes) == CLIENTS
    return sum(outcomes, Counter())


def done(client: Client, operation: str, **body: Any) -> str:
    """``done``, or the type of the error."""
    try:
        client(operation, **body)
    except Refused as refused:
        return refused.type
    return "done"


def number_of(client: Client, table: str, key: str) -> int:
    item = client("GetItem", TableName=table, Key={"id": {"S": key}}, ConsistentRead=True)["Item"]
    return int(item["n"]["N"])


def test_additions_are_exact(ports: list[int], table: str) -> None:
    def work(client: Client, _: int) -> Iterator[str]:
        for _ in range(40):
            yield done(
                client,
                "UpdateItem",
                TableName=table,
                Key={"id": {"S": "counter"}},
                UpdateExpression="ADD n :one",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )

    outcome = at_once(ports, work)
    assert outcome.keys() <= {"done", RETRYABLE}
    assert {number_of(Client(port), table, "counter") for port in ports} == {outcome["done"]}
    assert outcome["done"] >= CLIENTS


def test_transactions_are_all_or_nothing(ports: list[int], table: str) -> None:
    """Money moves between accounts, none of which may be overdrawn; none appears or vanishes."""
    accounts = [f"account {number}" for number in range(4)]
    client = Client(ports[0])
    for account in accounts:
        client("PutItem", TableName=table, Item={"id": {"S": account}, "n": {"N": "30"}})

    def work(client: Client, number: int) -> Iterator[str]:
        chance = random.Random(number)
        for _ in range(20):
            giver, taker = chance.sample(accounts, 2)
            amount = {":amount": {"N": str(chance.randrange(1, 20))}}
            give = {
                "TableName": table,
                "Key": {"id": {"S": giver}},
                "UpdateExpression": "SET n = n - :amount",
                "ConditionExpression": "n >= :amount",
                "ExpressionAttributeValues": amount,
            }
            take = {
                "TableName": table,
                "Key": {"id": {"S": taker}},
                "UpdateExpression": "ADD n :amount",
                "ExpressionAttributeValues": amount,
            }
            yield done(
                client, "TransactWriteItems", TransactItems=[{"Update": give}, {"Update": take}]
            )
            gets = [{"Get": {"TableName": table, "Key": {"id": {"S": a}}}} for a in accounts]
            answer = client("TransactGetItems", TransactItems=gets)["Responses"]
            amounts = [int(response["Item"]["n"]["N"]) for response in answer]
            assert min(amounts) >= 0
            assert sum(amounts) == 120

    outcome = at_once(ports, work)
    assert outcome.keys() <= {"done", "TransactionCanceledException", RETRYABLE}
    assert outcome["done"] >= CLIENTS


def test_conditions_have_one_winner(ports: list[int], table: str) -> None:
    def work(client: Client, number: int) -> Iterator[str]:
        for key in range(20):
            item = {"id": {"S": f"seat {key}"}, "n": {"N": str(number)}}
            yield done(
                client,
                "PutItem",
                TableName=table,
                Item=item,
                ConditionExpression="attribute_not_exists(id)",
            )

    outcome = at_once(ports, work)
    assert outcome.keys() <= {"done", "ConditionalCheckFailedException", RETRYABLE}
    assert outcome["done"] == Client(ports[-1])("Scan", TableName=table)["Count"] == 20


def test_a_token_is_good_for_one_transaction(ports: list[int], table: str) -> None:
    def work(client: Client, _: int) -> Iterator[str]:
        for number in range(10):
            add = {
                "TableName": table,
                "Key": {"id": {"S": "counter"}},
                "UpdateExpression": "ADD n :one",
                "ExpressionAttributeValues": {":one": {"N": "1"}},
            }
            yield done(
                client,
                "TransactWriteItems",
                TransactItems=[{"Update": add}],
                ClientRequestToken=f"token {number}",
            )

    outcome = at_once(ports, work)
    assert outcome.keys() <= {"done", RETRYABLE}
    assert number_of(Client(ports[0]), table, "counter") == 10


def test_a_table_is_usable_at_all_servers_at_once(ports: list[int]) -> None:
    clients = [Client(port) for port in ports]
    for number in range(6):
        maker, *others = clients[number % len(clients) :] + clients[: number % len(clients)]
        name = f"made-{number}"
        create(maker, name)
        for other in others:
            other("PutItem", TableName=name, Item={"id": {"S": "a"}})
            assert maker("Scan", TableName=name)["Count"] == 1
        others[0]("DeleteTable", TableName=name)
        for client in clients:
            with pytest.raises(Refused) as caught:
                client("GetItem", TableName=name, Key={"id": {"S": "a"}})
            assert caught.value.type == "ResourceNotFoundException"


def test_one_of_many_makers_makes_a_table(ports: list[int]) -> None:
    def work(client: Client, _: int) -> Iterator[str]:
        for number in range(4):
            try:
                create(client, f"wanted-{number}")
            except Refused as refused:
                yield refused.type
            else:
                yield "done"

    outcome = at_once(ports, work)
    assert outcome.keys() <= {"done", "ResourceInUseException", RETRYABLE}
    assert outcome["done"] == 4
