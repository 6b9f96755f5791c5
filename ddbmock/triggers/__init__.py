"""Triggers: functions that are called with the records of a stream, as AWS Lambda calls them.

A trigger is what Lambda calls an event source mapping. Source: Lambda Developer Guide, "Using AWS
Lambda with Amazon DynamoDB"; recorded events and invocations.
"""

from ddbmock.triggers.errors import EndlessTriggersError, TriggerError
from ddbmock.triggers.options import Options, on_stream
from ddbmock.triggers.run import HandlerError, Invocation, Run, Waiting
from ddbmock.triggers.runner import Triggers

__all__ = [
    "EndlessTriggersError",
    "HandlerError",
    "Invocation",
    "Options",
    "Run",
    "TriggerError",
    "Triggers",
    "Waiting",
    "on_stream",
]
