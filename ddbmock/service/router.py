"""The router: from a target and a body to the operation, and to its output or error.

All requests pass here. Clients inside the process use :meth:`Router.perform`, which returns an
output that is not yet encoded; :mod:`ddbmock.service.http` adds HTTP for servers.
"""

from __future__ import annotations

import itertools
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias

from ddbmock import forking
from ddbmock.database import Call, DynamoDB
from ddbmock.database.control_plane.jobs import Jobs
from ddbmock.errors import (
    THROTTLING,
    DynamoDBError,
    InternalServerError,
    UnknownOperationException,
)
from ddbmock.later import later
from ddbmock.operations.api import Api, Target
from ddbmock.operations.operation import Operation, Output
from ddbmock.service.apis import APIS, DYNAMODB_20120810
from ddbmock.storage import (
    ConflictError,
    DamagedError,
    StorageError,
    UnavailableError,
    gains_from_groups,
)
from ddbmock.storage.attempts import ATTEMPTS, pause
from ddbmock.suggestions import nearest

if TYPE_CHECKING:
    from ddbmock.database import damage
else:
    damage = later("ddbmock.database", "damage")

if TYPE_CHECKING:
    from ddbmock.service import grouped_writes
    from ddbmock.service.grouped_writes import GroupedWrite
else:
    grouped_writes = later("ddbmock.service", "grouped_writes")

log: Final = logging.getLogger("ddbmock.requests")
SILENT: Final = logging.Logger("silent", logging.CRITICAL + 1)
"""A logger that discards everything."""

REACHES: Final = 3
"""The number of attempts at most if the storage cannot be reached, or cannot write."""
PATIENCE: Final = 10.0
"""The seconds after which no further attempt is made."""


Observer: TypeAlias = Callable[[Target, Call, Mapping[str, Any], float, DynamoDBError | None], None]
"""A function that receives each finished call: target, call, body, duration in seconds, and
error."""
Insights: TypeAlias = Callable[[Target, Call, Mapping[str, Any], DynamoDBError | None], None]
"""A function that receives calls that have used tables with contributor insights, and throttled
calls."""


class Trouble(Protocol):
    """Fault injection: errors and delays on purpose."""

    def may_refuse(self, target: Target, body: Mapping[str, Any]) -> bool:
        """Return whether the request may get an error after which clients retry."""

    def perform(
        self,
        target: Target,
        body: Mapping[str, Any],
        call: Call,
        perform: Callable[[Mapping[str, Any], Call], Output],
    ) -> Output:
        """Return the output of a request, whose operation `perform` performs."""


class ControlPath(Protocol):
    """The parts of a server beside DynamoDB's operations."""

    def handle(self, request: Any) -> Any:
        """Return the answer to a request on the control path, or None for any other request."""

    def started(self, *, beyond: bool) -> str | None:
        """Note that a server listens; return the console's path, or None.

        :param beyond: whether other machines can reach the server.
        """


class Guard(Protocol):
    """Access control."""

    def check(self, target: Target, body: Mapping[str, Any], call: Call) -> None:
        """Raise AccessDeniedException if the caller may not do what a request asks for."""


class Router:
    """The router of one database, which reports each call to its observer."""

    def __init__(
        self,
        dynamodb: DynamoDB,
        observer: Observer | None = None,
        apis: Iterable[Api] = APIS,
        *,
        log: logging.Logger = log,
    ) -> None:
        """Serve a database.

        :param log: receives requests and errors; :data:`SILENT` keeps ddbmock's own requests out.
        """
        self.dynamodb = dynamodb
        self.apis: Final[Mapping[str, Api]] = {api.name: api for api in apis}
        self.observer = observer
        self.insights: Insights | None = None
        """Counts the keys of calls, for contributor insights."""
        self._log: Final = log
        self.jobs: Final = Jobs()
        self._targets: dict[str, Target] = {}
        self.groups: Final = (
            grouped_writes.GroupedWrites(dynamodb, self._ready)
            if gains_from_groups(dynamodb.storage)
            else None
        )
        """The groups in which writes are carried out, if the storage gains from them."""
        self.trouble: Trouble | None = None
        self.guard: Guard | None = None
        """Checks requests against policies."""
        self.control: ControlPath | None = None
        """Answers requests on the control path, for :mod:`ddbmock.service.http`."""

    def target(self, text: str) -> Target:
        """Return the operation of a target header.

        :raises UnknownOperationException: there is none; the hint names a similar one.
        """
        target = self._targets.get(text)
        if target is None:
            api = self.api(text)
            target = None if api is None else api.target(text.partition(".")[2])
            if target is None:
                raise self._unknown(text, api)
            self._targets[text] = target
        return target

    def api(self, text: str) -> Api | None:
        """Return the API that a target header names, whether or not it has the operation."""
        return self.apis.get(text.partition(".")[0])

    def namespace(self, text: str) -> str:
        """Return the error namespace of the API that a target header names."""
        return (self.api(text) or DYNAMODB_20120810).error_namespace

    def _unknown(self, text: str, api: Api | None) -> UnknownOperationException:
        """Return the error for a target header that names no operation.

        DynamoDB sends no message for unknown operations, and neither does ddbmock. Operations that
        AWS has and ddbmock lacks are an exception, since the AWS CLI and the JavaScript SDK show
        messages only.
        """
        if not text:
            return UnknownOperationException(
                hint="The header X-Amz-Target is missing; an example is DynamoDB_20120810.GetItem."
            )
        name = text.partition(".")[2]
        if api is not None and name in api.not_served:
            return UnknownOperationException(
                f"{name} is an operation of DynamoDB that ddbmock does not serve; see Operations in "
                "its documentation."
            )
        preferred = [api] if api is not None else []
        targets: dict[str, str] = {}
        for one in (*preferred, DYNAMODB_20120810, *self.apis.values()):
            for target in one.targets:
                targets.setdefault(target.partition(".")[2], target)
        near = nearest(name or text, targets)
        advice = (
            f"did you mean {targets[near]}?"
            if near
            else "X-Amz-Target is a version and an operation, DynamoDB_20120810.GetItem."
        )
        return UnknownOperationException(hint=f"There is no operation {text!r}; {advice}")

    def perform(
        self,
        target: Target,
        body: Mapping[str, Any],
        *,
        request_id: str = "",
        region: str = "us-east-1",
        access_key: str = "",
        host: str = "",
    ) -> Output:
        """Return the output of an operation; `host` is the address of the request, with its port.

        :raises DynamoDBError: the operation fails, or the request is rejected.
        """
        call = Call(self.dynamodb, target.name, region, access_key, host)
        return self.finish(target, body, call, request_id)

    def finish(
        self,
        target: Target,
        body: Mapping[str, Any],
        call: Call,
        request_id: str = "",
        write: GroupedWrite | None = None,
    ) -> Output:
        """Return the output of a call, whose first attempt may have been made in a group.

        :raises DynamoDBError: the operation fails, or the request is rejected.
        """
        traced = self._log.isEnabledFor(logging.DEBUG)
        if traced:
            self._log.debug("%s %s %r", request_id, target.name, body)
        started = time.perf_counter()
        if write is not None:
            started -= write.seconds
        try:
            if self.trouble is None or write is not None:
                if write is None and self.groups is not None and self.groups.takes(target):
                    write = self.groups.join(target, body, call)
                output = self._attempt(target, body, call, write)
            else:
                output = self.trouble.perform(target, body, call, partial(self._attempt, target))
        except DynamoDBError as error:
            target.api.reword(error, call, body)
            if self._log.isEnabledFor(logging.INFO):
                self._log.info("%s %s %s", request_id, target.name, _log_text(error))
            if self.observer is not None:
                self.observer(target, call, body, time.perf_counter() - started, error)
            if call.watched or isinstance(error, THROTTLING):
                self._count_keys(target, call, body, error)
            raise
        except BaseException:
            # An interrupt (Ctrl-C, the time-out of a test) can arrive before a write block ends.
            self.dynamodb.storage.abandon()
            if self.groups is not None:
                self.groups.abandon()
            raise
        if self.observer is not None:
            self.observer(target, call, body, time.perf_counter() - started, None)
        if call.watched:
            self._count_keys(target, call, body, None)
        if call.warning is not None:
            self._log.info("%s %s %s", request_id, target.name, _indented(call.warning))
        if traced:
            self._log.debug("%s %s answer %r", request_id, target.name, output)
        return output

    def _count_keys(
        self, target: Target, call: Call, body: Mapping[str, Any], error: DynamoDBError | None
    ) -> None:
        if self.insights is not None:
            self.insights(target, call, body, error)

    def _attempt(
        self,
        target: Target,
        body: Mapping[str, Any],
        call: Call,
        write: GroupedWrite | None = None,
    ) -> Output:
        """Perform the operation, again if its storage transaction certainly did nothing.

        An operation changes nothing except through its one transaction, so it can be tried again.
        The first attempt may have been made in a group.
        """
        patience = (time.monotonic() if write is None else write.since) + PATIENCE
        for attempt in itertools.count(1):
            try:
                if write is not None and write.settled and attempt == 1:
                    output = write.result()
                else:
                    request = self._ready(target, body, call)
                    if self.dynamodb.replicas is not None:
                        output = _with_replicas(target.operation, call, request)
                    else:
                        output = target.operation.perform(call, request)
            except DynamoDBError:
                # a write that its condition rejects is billed as well
                self.dynamodb.statistics.record_call(call.operation, call.consumed)
                raise
            except StorageError as error:
                if attempt >= _attempts(error) or time.monotonic() > patience:
                    raise _unavailable(error, call) from error
                pause(attempt)
                call.begin_again()
            else:
                self.dynamodb.statistics.record_call(call.operation, call.consumed)
                if call.watched:
                    self._deliver()
                return output
        raise AssertionError("the loop ends by itself")

    def _ready(self, target: Target, body: Mapping[str, Any], call: Call) -> Any:
        """Take the steps of a request before its operation, in this order, and return the input.

        1. Catch up with the clock: delete expired items, deliver changes to replicas.
        2. Check that the caller reaches the operation: links between regions, access policies.
        3. Advance jobs: exports, imports, restores.
        4. Parse the body and check its shape.

        A step that most databases do not need is behind a condition: a list of functions would cost
        each request a call for every step.
        """
        dynamodb, operation = self.dynamodb, target.operation
        now = dynamodb.clock.now()
        begin, end = dynamodb.expired
        if not begin <= now < end:
            dynamodb.expire(now, call.prefix)
        if dynamodb.replicating:
            dynamodb.replicate()
        if dynamodb.links.isolated:
            _check_links(target, body, call)
        if self.guard is not None:
            self.guard.check(target, body, call)
        self.jobs.advance(call, now)
        limited = call.limited
        if limited and operation.entries.shorten is not None:
            body = operation.entries.shorten(body)
        return operation.input.parse(body, limited=limited)

    def _deliver(self) -> None:
        """Deliver the changes of a call to replicas.

        The request has succeeded. Changes that cannot be delivered now wait for the next request.
        """
        self.dynamodb.replicating = True
        try:
            self.dynamodb.replicate()
        except StorageError as error:
            log.error("storage: %s", printable(str(error)))


def _with_replicas(operation: Operation, call: Call, request: Any) -> Output:
    """Perform an operation, and perform it again on the primary if a replica caused the failure.

    The replica may be unreachable, or may not have the table or index yet.
    """
    try:
        return operation.perform(call, request)
    except (DynamoDBError, StorageError):
        if not call.lagging:
            raise
    call.read_primary()
    return operation.perform(call, request)


def _attempts(error: StorageError) -> int:
    """Return the number of attempts at most after an error: one if the writes may have been
    applied."""
    if isinstance(error, ConflictError):
        return ATTEMPTS
    if isinstance(error, UnavailableError) and error.applied is False:
        return REACHES
    return 1


def _check_links(target: Target, body: Mapping[str, Any], call: Call) -> None:
    """Raise if a request fails because regions are cut off.

    :raises InternalServerError: the regions that the request needs cannot be reached.
    """
    with forking.imports:
        from ddbmock.service.quorum import check_quorum

    if call.region in call.dynamodb.links.failed:
        raise InternalServerError(
            "Internal server error",
            hint=f"db.replication.cut() makes all requests to {call.region} fail until heal().",
        )
    check_quorum(target, body, call)


def _unavailable(error: StorageError, call: Call) -> InternalServerError:
    log.error("storage: %s", printable(str(error)))
    hint = str(error)
    if isinstance(error, DamagedError):
        with suppress(StorageError), call.dynamodb.storage.read() as reader:
            hint = damage.hint(reader, call.prefix, error.space, error.key)
    return InternalServerError("Internal server error", hint=hint)


def _log_text(error: DynamoDBError) -> str:
    """Return the text about an error and its hint for the log.

    A hint of several lines has lines of its own, since a caret in it points to what is above. They
    are indented, and control characters are escaped: a request cannot forge a line of the log.
    """
    text = (
        type(error).__name__
        if error.message is None
        else f"{type(error).__name__}: {printable(error.message)}"
    )
    if error.hint is None:
        return text
    single = "\n" not in error.hint
    return f"{text} ({printable(error.hint)})" if single else f"{text}\n    {_indented(error.hint)}"


def _indented(hint: str) -> str:
    return "\n    ".join([printable(line) for line in hint.split("\n")])


def printable(text: str) -> str:
    """Return a text with everything escaped that is not printable: line breaks, terminal codes.

    >>> printable("a\\n\\x1b[31m")
    'a\\\\n\\\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )
