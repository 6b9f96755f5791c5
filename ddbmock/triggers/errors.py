"""Errors of triggers, which the program that runs them gets."""

from __future__ import annotations


class TriggerError(Exception):
    """A trigger cannot run: an option is wrong, or its table has no stream."""


class EndlessTriggersError(TriggerError):
    """Triggers write the records by which they are called again, without end."""
