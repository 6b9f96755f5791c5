"""PartiQL: ExecuteStatement, BatchExecuteStatement and ExecuteTransaction, through every door."""

from __future__ import annotations

from typing import Any

import pytest

from tests.behaviour.calling import Caller
from tests.behaviour.doors import Refused
from tests.behaviour.v20120810.requests import definitions, index, keys, table

Json = dict[str, Any]


@pytest.fixture(autouse=True)
def music(call: Caller) -> None:
    """The table of the AWS tutorial, with a few songs."""
    call(
        "CreateTable",
        table(
            AttributeDefinitions=definitions("Artist:S", "SongTitle:S", "Genre:S", "Year:N"),
            KeySchema=keys("Artist", "SongTitle"),
            GlobalSecondaryIndexes=[
                index("ByGenre", "Genre", "Year"),
                index("Names", "Genre", Projection={"ProjectionType": "KEYS_ONLY"}),
            ],
        ),
    )


def execute(call: Caller, text: str, *parameters: Any, **members: Any) -> Json:
    request: Json = {"Statement": text, **members}
    if parameters:
        request["Parameters"] = list(parameters)
    return call("ExecuteStatement", request)


def insert(call: Caller, artist: str, song: str, **attributes: Json) -> None:
    names = "".join([f", '{name}': ?" for name in attributes])
    execute(
        call,
        f"INSERT INTO Music VALUE {{'Artist': '{artist}', 'SongTitle': '{song}'{names}}}",
        *attributes.values(),
    )


def songs(output: Json) -> list[str]:
    return [item["SongTitle"]["S"] for item in output["Items"]]


def test_the_tutorial(call: Caller) -> None:
    execute(
        call,
        "INSERT INTO Music value {'Artist':'Acme Band','SongTitle':'PartiQL Rocks'}",
    )
    key = "Artist='Acme Band' AND SongTitle='PartiQL Rocks'"
    assert execute(call, f"SELECT * FROM Music WHERE {key}") == {
        "Items": [{"Artist": {"S": "Acme Band"}, "SongTitle": {"S": "PartiQL Rocks"}}]
    }
    execute(
        call, f"UPDATE Music SET AwardsWon=1 SET AwardDetail={{'Grammys':[2020, 2018]}} WHERE {key}"
    )
    execute(
        call,
        "UPDATE Music SET AwardDetail.Grammys =list_append(AwardDetail.Grammys,[2016]) "
        f"WHERE {key}",
    )
    execute(call, f"UPDATE Music SET BandMembers =<<'member1', 'member2'>> WHERE {key}")
    execute(
        call, f"UPDATE Music SET BandMembers =set_add(BandMembers, <<'newmember'>>) WHERE {key}"
    )
    execute(call, f"UPDATE Music REMOVE AwardDetail.Grammys[2] WHERE {key}")
    updated = execute(
        call, f"UPDATE Music SET AwardsWon=AwardsWon+1 WHERE {key} RETURNING ALL NEW *"
    )
    assert updated["Items"] == [
        {
            "Artist": {"S": "Acme Band"},
            "SongTitle": {"S": "PartiQL Rocks"},
            "AwardsWon": {"N": "2"},
            "AwardDetail": {"M": {"Grammys": {"L": [{"N": "2020"}, {"N": "2018"}]}}},
            "BandMembers": {"SS": ["member1", "member2", "newmember"]},
        }
    ]
    deleted = execute(
        call, f"DELETE FROM Music WHERE {key} AND AwardsWon > ? RETURNING ALL OLD *", {"N": "1"}
    )
    assert deleted == updated
    assert execute(call, f"SELECT * FROM Music WHERE {key}") == {"Items": []}


def test_binaries_come_and_go_as_parameters(call: Caller) -> None:
    values: list[Json] = [{"B": "AAE="}, {"BS": ["/w==", "AA=="]}]
    insert(call, "a", "b", x=values[0], y={"L": [values[1]]})
    output = execute(
        call, "SELECT x, y[0] FROM Music WHERE Artist = ? AND SongTitle = 'b'", {"S": "a"}
    )
    assert output == {"Items": [{"x": values[0], "y[0]": {"BS": ["AA==", "/w=="]}}]}


def pages(call: Caller, text: str, *parameters: Any, **members: Any) -> list[Json]:
    found = [execute(call, text, *parameters, **members)]
    while "NextToken" in found[-1]:
        token = found[-1]["NextToken"]
        found.append(execute(call, text, *parameters, NextToken=token, **members))
    return found


def test_pages_of_a_scan(call: Caller) -> None:
    for number in range(5):
        insert(call, f"artist {number}", "song", n={"N": str(number)})
    text = "SELECT Artist, n FROM Music WHERE n <> ?"
    found = pages(call, text, {"N": "3"}, Limit=2)
    assert [len(page["Items"]) for page in found] in ([2, 2, 0], [2, 1, 1], [1, 2, 1])
    whole = execute(call, text, {"N": "3"})["Items"]
    assert [item for page in found for item in page["Items"]] == whole
    for page in found[:-1]:
        assert page["LastEvaluatedKey"].keys() == {"Artist", "SongTitle"}
    assert "LastEvaluatedKey" not in found[-1]


def test_pages_over_several_partitions_and_an_index(call: Caller) -> None:
    for artist in "abc":
        for number in range(3):
            year = {"N": str(2000 + number)}
            insert(call, artist, f"{artist}{number}", Genre={"S": "x"}, Year=year)
    text = "SELECT SongTitle FROM Music WHERE Artist IN ['c', 'a'] AND SongTitle > 'a0' ORDER BY Artist DESC"
    found = pages(call, text, Limit=2)
    assert [songs(page) for page in found] == [["c2", "c1"], ["c0", "a2"], ["a1"]]
    by_year = pages(call, "SELECT * FROM Music.ByGenre WHERE Genre='x' ORDER BY Year", Limit=4)
    assert [len(page["Items"]) for page in by_year] == [4, 4, 1]
    years = [item["Year"]["N"] for page in by_year for item in page["Items"]]
    assert years == sorted(years)
    assert by_year[0]["LastEvaluatedKey"].keys() == {"Artist", "SongTitle", "Genre", "Year"}
    # the same pages without a token in between
    assert [*songs(by_year[0]), *songs(by_year[1])] == songs(
        execute(call, "SELECT * FROM Music.ByGenre WHERE Genre='x' ORDER BY Year")
    )[:8]


def test_pages_of_single_items(call: Caller) -> None:
    for artist in "abc":
        insert(call, artist, "song")
    text = (
        "SELECT Artist FROM Music WHERE Artist IN ['a', 'nobody', 'b', 'c'] AND SongTitle = 'song'"
    )
    found = pages(call, text, Limit=1)
    assert [page["Items"] for page in found if page["Items"]] == [
        [{"Artist": {"S": artist}}] for artist in "abc"
    ]
    single = execute(call, "SELECT * FROM Music WHERE Artist='a' AND SongTitle='song'", Limit=1)
    assert single.keys() == {"Items"}


def test_a_token_belongs_to_its_statement(call: Caller) -> None:
    for number in range(3):
        insert(call, "a", str(number))
    text = "SELECT * FROM Music WHERE Artist = ?"
    token = execute(call, text, {"S": "a"}, Limit=1)["NextToken"]
    for other, value in ((f"{text} ", {"S": "a"}), (text, {"S": "b"})):
        request = {"Statement": other, "Parameters": [value], "NextToken": token}
        assert call.refused("ExecuteStatement", request) == (
            400,
            "ValidationException",
            "NextToken does not match request",
        )
    for wrong in ("AAAA", token[:-8], "x" * 40, token.swapcase()):
        request = {"Statement": text, "Parameters": [{"S": "a"}], "NextToken": wrong}
        assert call.refused("ExecuteStatement", request)[2] == "Invalid NextToken"
    # neither Limit nor ConsistentRead matter
    rest = execute(call, text, {"S": "a"}, NextToken=token, ConsistentRead=True)
    assert songs(rest) == ["1", "2"]


def test_a_refused_update_may_return_the_item(call: Caller) -> None:
    insert(call, "a", "b", n={"N": "1"})
    text = "UPDATE Music SET n = 5 WHERE Artist='a' AND SongTitle='b' AND n = 2"
    with pytest.raises(Refused) as caught:
        execute(call, text, ReturnValuesOnConditionCheckFailure="ALL_OLD")
    assert caught.value.type == "ConditionalCheckFailedException"
    assert caught.value.body["Item"]["n"] == {"N": "1"}


def test_a_batch_does_what_it_can(call: Caller) -> None:
    insert(call, "a", "b")
    answers = call(
        "BatchExecuteStatement",
        {
            "Statements": [
                {"Statement": "INSERT INTO Music VALUE {'Artist':'a','SongTitle':'b'}"},
                {
                    "Statement": "INSERT INTO Music VALUE {'Artist':'a','SongTitle':?}",
                    "Parameters": [{"S": "c"}],
                },
                {"Statement": "UPDATE Music SET n=1 WHERE Artist='a' AND SongTitle='d'"},
                {"Statement": "DELETE FROM Music WHERE Artist='a' AND SongTitle='e'"},
                {"Statement": "DELETE FROM Music WHERE Artist='a'"},
            ]
        },
    )["Responses"]
    assert [answer.get("Error", {}).get("Code") for answer in answers] == [
        "DuplicateItem", None, "ConditionalCheckFailed", None, "ValidationError",
    ]  # fmt: skip
    assert [answer.get("TableName") for answer in answers] == ["Music"] * 4 + [None]
    read = call(
        "BatchExecuteStatement",
        {
            "Statements": [
                {
                    "Statement": f"SELECT SongTitle FROM Music WHERE Artist='a' AND SongTitle='{song}'"
                }
                for song in "bcd"
            ],
            "ReturnConsumedCapacity": "TOTAL",
        },
    )
    assert [answer.get("Item") for answer in read["Responses"]] == [
        {"SongTitle": {"S": "b"}},
        {"SongTitle": {"S": "c"}},
        None,
    ]
    assert read["ConsumedCapacity"] == [{"TableName": "Music", "CapacityUnits": 1.5}]


def transact(call: Caller, *texts: str, **members: Any) -> Json:
    statements = [{"Statement": text} for text in texts]
    return call("ExecuteTransaction", {"TransactStatements": statements, **members})


def test_a_transaction_does_all_or_nothing(call: Caller) -> None:
    insert(call, "a", "b", n={"N": "1"})
    check = "EXISTS(SELECT * FROM Music WHERE Artist='a' AND SongTitle='b' AND n = {})"
    change = "UPDATE Music SET n = n + 1 WHERE Artist='a' AND SongTitle='c'"
    other = "INSERT INTO Music VALUE {'Artist':'a','SongTitle':'c','n':1}"
    with pytest.raises(Refused) as caught:
        transact(call, check.format(2), other)
    assert [reason["Code"] for reason in caught.value.body["CancellationReasons"]] == [
        "ConditionalCheckFailed",
        "None",
    ]
    assert transact(call, check.format(1), other) == {"Responses": []}
    assert transact(call, change, ClientRequestToken="t") == {"Responses": []}
    assert transact(call, change, ClientRequestToken="t") == {"Responses": []}
    read = "SELECT n FROM Music WHERE Artist='a' AND SongTitle='{}'"
    assert transact(call, read.format("b"), read.format("c"), read.format("d")) == {
        "Responses": [{"Item": {"n": {"N": "1"}}}, {"Item": {"n": {"N": "2"}}}, {}]
    }
    statements = [{"Statement": other}]
    request = {"TransactStatements": statements, "ClientRequestToken": "t"}
    assert call.refused("ExecuteTransaction", request)[1] == "IdempotentParameterMismatchException"
    call.clock.advance(601)
    transact(call, change, ClientRequestToken="t")
    assert transact(call, read.format("c"))["Responses"] == [{"Item": {"n": {"N": "3"}}}]


def test_a_statement_may_have_8192_characters(call: Caller) -> None:
    longest = f"SELECT * FROM Music WHERE x = '{'a' * 8159}'"
    assert len(longest) == 8191
    assert execute(call, f"{longest} ") == {"Items": []}
    message = call.refused("ExecuteStatement", {"Statement": f"{longest}  "})[2]
    assert message is not None
    assert message.endswith("Member must have length less than or equal to 8192")
