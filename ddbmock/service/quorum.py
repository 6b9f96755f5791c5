"""The quorum of global tables with strong consistency, checked while regions are cut off.

A write or a strongly consistent read needs two of the three regions; the witness counts as one.
Other reads are served from the region's own items. Source: Developer Guide, "Multi-Region strong
consistency" and "Fault injection testing"; the error is assumed: it is the only server error that
these operations declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from ddbmock.database import Call
from ddbmock.database.schema import Replication
from ddbmock.errors import InternalServerError
from ddbmock.fault_injection import RequestView
from ddbmock.operations.api import Target
from ddbmock.operations.operation import Kind

NEEDED: Final = 2
"""The number of regions, of three."""


def check_quorum(target: Target, body: Mapping[str, Any], call: Call) -> None:
    """Raise if a request cannot reach enough regions of a table that it names.

    :raises InternalServerError: the request cannot reach enough of them.
    """
    request = RequestView.of(target, body)
    if request.kind is not Kind.WRITE and not (request.kind is Kind.READ and request.consistent):
        return
    isolated = call.dynamodb.links.isolated
    with call.read() as tables:
        for name in request.tables:
            table = tables.describe(name)
            group = None if table is None else table.replication
            if group is not None and group.strong:
                _check_group(group, isolated)


def _check_group(group: Replication, isolated: set[str]) -> None:
    regions = {*group.regions, *([] if group.witness is None else [group.witness])}
    reached = {group.region} if group.region in isolated else regions - isolated
    if len(reached) < NEEDED:
        cut = ", ".join(sorted(regions & isolated))
        raise InternalServerError(
            "Internal server error",
            hint=f"db.replication.cut() separates {cut}, so {group.region} reaches no other region "
            "of this table. With strong consistency, writes and consistent reads need two regions; "
            "reads without ConsistentRead are served.",
        )
