"""Errors of triggers, for the program that runs them."""

from __future__ import annotations


class TriggerError(Exception):
    """A trigger that cannot run: an option is wrong, or its table has no stream."""


class EndlessTriggersError(TriggerError):
    """Triggers write the records by which they are called again, without end."""
