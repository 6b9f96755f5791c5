"""Contributor insights: UpdateContributorInsights, DescribeContributorInsights and
ListContributorInsights."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Annotated, Final

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import contributor_insights
from ddbmock.database.control_plane.switch_status import switch_status
from ddbmock.database.schema import ContributorInsights, TableDescription
from ddbmock.errors import ValidationException
from ddbmock.operations.operation import Kind, Operation, Output, Timestamp
from ddbmock.operations.request_entries import single_entry
from ddbmock.operations.v20120810.members.inputs import (
    ControlInput,
    ControlTableName,
    IndexName,
    TableName,
    check_length,
    table_name,
)
from ddbmock.shapes import Enum, Input, Integer, Range

MAX_RESULTS: Final = 100


class _InsightsInput(ControlInput):
    """The input of an operation on a table or index; it checks the length of IndexName first."""

    def check_first(self) -> None:
        super().check_first()
        check_length("IndexName", self.__dict__["index_name"])


class UpdateContributorInsightsInput(_InsightsInput):
    table_name: ControlTableName
    index_name: IndexName | None = None
    contributor_insights_action: Annotated[str, Enum("ENABLE", "DISABLE")]
    contributor_insights_mode: (
        Annotated[str, Enum("THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS")] | None
    ) = None


def update_contributor_insights(call: Call, request: UpdateContributorInsightsInput) -> Output:
    """Start or stop counting the accesses to the keys of a table or global index."""
    name, index = table_name(call, request.table_name), request.index_name
    enabled = request.contributor_insights_action == "ENABLE"
    with call.write() as tables:
        insights = contributor_insights.update(
            tables, name, index, enabled=enabled, mode=request.contributor_insights_mode
        )
        status = _status(tables, insights)
        if insights.changed_at == tables.now and call.settings.delay_updating == 0:
            status = "ENABLING" if enabled else "DISABLING"
    return {
        **_named(name, index),
        "ContributorInsightsStatus": status,
        "ContributorInsightsMode": insights.mode,
    }


class DescribeContributorInsightsInput(_InsightsInput):
    table_name: ControlTableName
    index_name: IndexName | None = None


def describe_contributor_insights(call: Call, request: DescribeContributorInsightsInput) -> Output:
    """Return the status of contributor insights of a table or global index."""
    name, index = table_name(call, request.table_name), request.index_name
    with call.read() as tables:
        table = contributor_insights.table_of(tables, name, index)
        insights = table.insights.get(index or "")
        status = _status(tables, insights)
    output = {**_named(name, index), "ContributorInsightsStatus": status}
    if insights is not None:
        output["LastUpdateDateTime"] = Timestamp(insights.changed_at)
        output["ContributorInsightsMode"] = insights.mode
        if insights.enabled:
            rules = contributor_insights.rules(table, index, insights)
            output["ContributorInsightsRuleList"] = rules
    return output


class ListContributorInsightsInput(Input):
    table_name: TableName | None = None
    next_token: str | None = None
    max_results: Annotated[Integer, Range(None, MAX_RESULTS)] | None = None


def list_contributor_insights(call: Call, request: ListContributorInsightsInput) -> Output:
    """Return the status of all tables and indexes with a contributor insights setting."""
    most = MAX_RESULTS if request.max_results is None else request.max_results
    if most < 1:
        raise ValidationException(  # assumed: the text is not known
            "Invalid MaxResults", hint=f"MaxResults must be 1 to {MAX_RESULTS}, not {most}."
        )
    after = _position(request.next_token)
    name = None if request.table_name is None else table_name(call, request.table_name)
    with call.read() as tables:
        some = tables.sound_descriptions() if name is None else [tables.existing(name)]
        summaries = _summaries(tables, some)
        page = list(islice((one for one in summaries if after is None or one[0] > after), most + 1))
    output: Output = {"ContributorInsightsSummaries": [summary for _, summary in page[:most]]}
    if len(page) > most:
        output["NextToken"] = _token(page[most - 1][0])
    return output


def _summaries(
    tables: Tables, some: Iterable[TableDescription]
) -> Iterator[tuple[tuple[str, str], Output]]:
    """Yield the summaries with their positions in the list."""
    for table in some:
        for index, insights in sorted(table.insights.items()):
            status = _status(tables, insights)
            if status == "DISABLED" or (index and table.index(index) is None):
                continue
            summary = {
                **_named(table.name, index or None),
                "ContributorInsightsStatus": status,
                "ContributorInsightsMode": insights.mode,
            }
            yield (table.name, index), summary


def _status(tables: Tables, insights: ContributorInsights | None) -> str:
    delay = tables.call.settings.delay_updating
    return switch_status(insights, tables.now, delay)


def _named(name: str, index: str | None) -> Output:
    return {"TableName": name} if index is None else {"TableName": name, "IndexName": index}


def _token(place: tuple[str, str]) -> str:
    return base64.urlsafe_b64encode("/".join(place).encode()).decode()


def _position(token: str | None) -> tuple[str, str] | None:
    if token is None:
        return None
    try:
        name, _, index = (
            base64.b64decode(token.encode(), b"-_", validate=True).decode().partition("/")
        )
    except (binascii.Error, ValueError) as error:
        raise ValidationException(
            "Invalid NextToken",
            hint="NextToken must be what the previous page of this list returned.",
        ) from error
    return name, index


OPERATIONS: Final[Mapping[str, Operation]] = {
    "DescribeContributorInsights": Operation(
        DescribeContributorInsightsInput,
        describe_contributor_insights,
        Kind.CONTROL,
        single_entry,
    ),
    "ListContributorInsights": Operation(
        ListContributorInsightsInput,
        list_contributor_insights,
        Kind.CONTROL,
        single_entry,
        page_size="MaxResults",
    ),
    "UpdateContributorInsights": Operation(
        UpdateContributorInsightsInput,
        update_contributor_insights,
        Kind.CONTROL,
        single_entry,
    ),
}
