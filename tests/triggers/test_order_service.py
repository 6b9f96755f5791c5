"""The order service of the documentation against a server that calls its functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.pages import ROOT, examples
from tests.servers import ddbmock_serve
from tests.triggers.orders import definition
from tests.triggers.test_worker import client_of, eventually

SETTING = (
    "orders=shop:project "
    'orders=shop:mail?filter={"eventName":["INSERT"]} '
    "orders=shop:invoice?bisect_batch_on_function_error=true&maximum_retry_attempts=1"
    "&on_failure=shop:bury"
)


@pytest.mark.slow
@pytest.mark.parametrize("server", ["waitress", "fast"])
def test_the_order_service_of_the_documentation(tmp_path: Path, server: str) -> None:
    page = ROOT / "docs" / "triggers.rst"
    [shop] = [one.code for one in examples(page) if one.code.startswith("# shop.py")]
    (tmp_path / "shop.py").write_text(shop, encoding="utf-8")
    for word in SETTING.split():
        assert word in page.read_text(encoding="utf-8")
    with ddbmock_serve(tmp_path, "--server", server, "--triggers", SETTING) as serving:
        client = client_of(serving.port)
        for name in ("orders", "totals", "mails", "dead_letters"):
            client.create_table(**definition(name))

        def items(table: str) -> dict[str, Any]:
            return {item["id"]["S"]: item for item in client.scan(TableName=table)["Items"]}

        for one, customer, amount in [
            ("o1", "Ada", 5),
            ("o2", "Ada", 0),
            ("o3", "Bob", 7),
            ("o3", "Bob", 8),
        ]:
            item = {"id": {"S": one}, "customer": {"S": customer}, "amount": {"N": str(amount)}}
            client.put_item(TableName="orders", Item=item)
        expected = {
            "Ada": {"id": {"S": "Ada"}, "amount": {"N": "5"}},
            "Bob": {"id": {"S": "Bob"}, "amount": {"N": "8"}},
        }
        eventually(lambda: items("totals") == expected)
        eventually(lambda: items("mails").keys() == {"o1", "o2", "o3"})
        eventually(lambda: len(items("dead_letters")) == 1)
        [message] = items("dead_letters").values()
        assert message["size"] == {"N": "1"}
        assert message["condition"] == {"S": "RetryAttemptsExhausted"}
    assert "an order of nothing" in "".join(serving.log)
