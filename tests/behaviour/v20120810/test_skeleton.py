"""One item goes in and comes out, through every layer and door."""

from tests.behaviour.calling import Caller


def test_get_item_gives_what_put_item_took(call: Caller) -> None:
    call(
        "CreateTable",
        {
            "TableName": "music",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )
    item = {"pk": {"S": "x"}, "n": {"N": "1.50"}}
    assert call("PutItem", {"TableName": "music", "Item": item}) == {}
    assert call("GetItem", {"TableName": "music", "Key": {"pk": {"S": "x"}}}) == {
        "Item": {"pk": {"S": "x"}, "n": {"N": "1.5"}}
    }


def test_an_unknown_table_is_not_found(call: Caller) -> None:
    assert call.refused("GetItem", {"TableName": "nowhere", "Key": {"pk": {"S": "x"}}}) == (
        400,
        "ResourceNotFoundException",
        "Requested resource not found",
    )
