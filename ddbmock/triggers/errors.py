"""Errors of triggers, which the program that runs them gets."""

from __future__ import annotations


class TriggerError(Exception):
    """A trigger cannot run: an option is wrong, or its table has no stream."""


class HandlerError(TriggerError):
    """A handler has failed, and nothing else reports it. The handler's exception is its cause."""


class EndlessTriggersError(TriggerError):
    """Triggers write the records by which they are called again, without end."""
