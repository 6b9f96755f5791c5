"""Tags: TagResource, UntagResource and ListTagsOfResource."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from ddbmock.database import Call
from ddbmock.database.catalogue import Tables
from ddbmock.database.control_plane import tags
from ddbmock.database.control_plane.resource_in_use import (
    tags_are_changing,
    until_tags_settle,
)
from ddbmock.database.schema import CREATING, TableDescription
from ddbmock.errors import (
    LimitExceededException,
    ResourceNotFoundException,
    ValidationException,
)
from ddbmock.frozen import replace
from ddbmock.operations.operation import Kind, Operation, Output
from ddbmock.operations.v20120810.members.inputs import check_owner
from ddbmock.operations.v20120810.members.resource_arns import (
    ResourceArn,
    check_is_arn,
    resource_of,
)
from ddbmock.operations.v20120810.members.table_definitions import Tag
from ddbmock.shapes import Input


class _TagInput(Input):
    """The input of an operation on tags; it requires ResourceArn before all else."""

    def check_first(self) -> None:
        arn: str | None = self.__dict__["resource_arn"]
        if arn is None:
            raise ValidationException(
                "Invalid TableArn", hint="ResourceArn, the ARN of a table, is required."
            )
        if not arn:
            check_is_arn(arn)


class TagResourceInput(_TagInput):
    resource_arn: ResourceArn
    tags: list[Tag]


def tag_resource(call: Call, request: TagResourceInput) -> Output:
    """Add tags to a table, or change the values of its tags."""
    name = _table_name(call, request.resource_arn)
    if not request.tags:
        raise ValidationException(
            "Atleast one Tag needs to be provided as Input.",
            hint="Tags is empty; give at least one tag.",
        )
    added = tags.check_tags([(tag.key, tag.value) for tag in request.tags])
    return _change(call, request.resource_arn, name, lambda old: {**old, **added})


class UntagResourceInput(_TagInput):
    resource_arn: ResourceArn
    tag_keys: list[str]


def untag_resource(call: Call, request: UntagResourceInput) -> Output:
    """Remove tags from a table; keys without a tag are ignored."""
    name = _table_name(call, request.resource_arn)
    if not request.tag_keys:
        raise ValidationException(
            "Atleast one Tag Key needs to be provided as Input.",
            hint="TagKeys is empty; give at least one key.",
        )
    gone = tags.check_keys(request.tag_keys)
    return _change(
        call,
        request.resource_arn,
        name,
        lambda old: {key: value for key, value in old.items() if key not in gone},
    )


class ListTagsOfResourceInput(_TagInput):
    resource_arn: ResourceArn
    next_token: str | None = None


def list_tags_of_resource(call: Call, request: ListTagsOfResourceInput) -> Output:
    """Return all tags of a table on one page: there are at most 50."""
    name = _table_name(call, request.resource_arn)
    with call.read() as tables:
        table = _tagged(tables, name, request.resource_arn)
    return {"Tags": [{"Key": key, "Value": value} for key, value in table.tags.items()]}


def _table_name(call: Call, arn: str) -> str:
    """Return the name of the table in a ResourceArn.

    :raises ValidationException: it is not the ARN of a table of this region.
    :raises AccessDeniedException: the table belongs to another account.
    """
    check_is_arn(arn)
    resource = resource_of(call, arn)
    hint = None
    if resource.region != call.region:
        hint = f"The request was signed for the region {call.region}."
    elif not 3 <= len(resource.table_name) <= 255:
        length = len(resource.table_name)
        hint = f"The table name has {length} characters; 3 to 255 are allowed."
    if hint is not None:
        raise ValidationException(
            f"Invalid TableArn: Invalid ResourceArn provided as input {arn}", hint=hint
        )
    check_owner(call, arn, resource.region, resource.account_id)
    if resource.stream_label is not None:
        raise ResourceNotFoundException(
            f"Requested resource not found: ResourceArn: {arn} not found",
            hint="Streams have no tags: give the ARN of the table.",
        )
    return resource.table_name


def _tagged(tables: Tables, name: str, arn: str) -> TableDescription:
    table = tables.describe(name)
    if table is None or table.status == CREATING:
        raise ResourceNotFoundException(
            f"Requested resource not found: ResourceArn: {arn} not found",
            hint=tables.why_not(name, table),
        )
    return table


def _change(
    call: Call, arn: str, name: str, change: Callable[[Mapping[str, str]], Mapping[str, str]]
) -> Output:
    """Change a table's tags, which cannot be changed again until the delay of updates has passed.

    A request that leaves the tags as they are is admitted all the same.
    """
    with call.write() as tables:
        table = _tagged(tables, name, arn)
        changed = change(table.tags)
        tags.check_count(changed)
        if changed == table.tags:
            return {}
        if table.tags_changing_until > tables.now:
            raise LimitExceededException(
                f"Subscriber limit exceeded: {tags_are_changing(table)}",
                hint=until_tags_settle(table, tables.now),
            )
        until = tables.now + call.settings.delay_updating
        tables.change(
            name,
            (
                tables.now,
                lambda state: replace(state, tags=changed, tags_changing_until=until),
            ),
        )
    return {}


OPERATIONS: Final[Mapping[str, Operation]] = {
    "ListTagsOfResource": Operation(ListTagsOfResourceInput, list_tags_of_resource, Kind.CONTROL),
    "TagResource": Operation(TagResourceInput, tag_resource, Kind.CONTROL, empty=True),
    "UntagResource": Operation(UntagResourceInput, untag_resource, Kind.CONTROL, empty=True),
}
