"""The worker of a server: a thread that calls the functions of its triggers."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from ddbmock.clock import AdjustableClock
from ddbmock.database import DynamoDB
from ddbmock.errors import DynamoDBError
from ddbmock.storage import StorageError
from ddbmock.triggers.configured import Configured
from ddbmock.triggers.kinesis import Kinesis
from ddbmock.triggers.leases import Leases
from ddbmock.triggers.positions import Positions, SupersededError
from ddbmock.triggers.run import lines_of
from ddbmock.triggers.runner import Triggers
from ddbmock.triggers.trigger import Trigger

log: Final = logging.getLogger("ddbmock.triggers")

PAUSE: Final = 0.25
"""Seconds between two reads of the streams. Source: Lambda polls a shard four times a second."""
PAUSE_AFTER_ERROR: Final = 5.0
"""The pause in seconds after an error, such as a Kinesis endpoint that cannot be reached."""
KINESIS: Final = "kinesis"
"""The name of the lease for deliveries to Kinesis."""


class Worker:
    """Calls functions with the records of streams, until it is stopped.

    Functions may be synchronous or asynchronous. A server calls one function at a time. Their
    positions are in the database, and leases let one server at a time call a function.
    """

    def __init__(
        self,
        dynamodb: DynamoDB,
        clock: AdjustableClock,
        configured: list[Configured],
        region: str,
        kinesis_endpoint: str = "",
    ) -> None:
        """Import the functions and start.

        :raises TriggerError: a function cannot be imported, or an option is wrong.
        """
        self.triggers: Final = Triggers(dynamodb, clock)
        self._kinesis: Final = Kinesis(dynamodb, kinesis_endpoint)
        self._named: Final[dict[str, Trigger]] = {}
        names: Counter[str] = Counter()
        for one in configured:
            name = f"{region} {one.table} {one.function}"
            names[name] += 1
            if names[name] > 1:
                name = f"{name} {names[name]}"
            positions = Positions(dynamodb.storage, name)
            self._named[name] = self.triggers.add(
                one.load(),
                one.table,
                name=one.function,
                positions=positions,
                region=region,
                **one.loaded_options(),
            )
        self._leases: Final = Leases(dynamodb.storage, [*self._named, KINESIS])
        self._leases.beat()
        self._stopping: Final = threading.Event()
        self._ended: Final = threading.Event()
        # A function can take long, and the leases must be renewed meanwhile.
        self._threads: Final = [
            threading.Thread(target=target, name="ddbmock triggers", daemon=True)
            for target in (self._work, lambda: self._leases.keep(self._ended))
        ]
        for thread in self._threads:
            thread.start()

    def _work(self) -> None:
        try:
            asyncio.run(self._run())
        finally:
            self._ended.set()

    async def _run(self) -> None:
        while not self._stopping.is_set():
            own = self._leases.own
            pause = PAUSE
            for name, trigger in self._named.items():
                trigger.standby = name not in own
                pause = max(pause, await self._attempt(partial(self._poll, trigger)))
            if KINESIS in own:
                pause = max(pause, await self._attempt(self._deliver))
            await asyncio.to_thread(self._stopping.wait, pause)

    async def _attempt(self, work: Callable[[], Awaitable[None]]) -> float:
        """Do some work, and log errors; return the seconds to pause."""
        try:
            await work()
        except DynamoDBError as error:
            log.warning("streams cannot be read: %s", error.hint or error.message)
        except SupersededError:
            log.info("another server has taken a trigger over")
        except StorageError as error:
            log.warning("positions of triggers cannot be stored: %s", error)
        except BaseException:
            # Interrupts do not reach this thread, so a function has raised this.
            log.exception("the records of streams could not be handed on")
            return PAUSE_AFTER_ERROR
        return PAUSE

    async def _poll(self, trigger: Trigger) -> None:
        if trigger.standby:
            trigger.backlog.refresh()
            return
        now = self.triggers.now
        failures = await trigger.poll(now)
        for failure, line in zip(failures, lines_of(failures, now), strict=True):
            log.error("%s", line, exc_info=failure.cause)

    async def _deliver(self) -> None:
        self._kinesis.deliver()

    def stop(self) -> None:
        """Stop after the current call."""
        self._stopping.set()
        for thread in self._threads:
            if threading.current_thread() is not thread:
                thread.join()
