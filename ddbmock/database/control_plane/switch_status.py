"""The status of settings that take time to enable or disable: time to live, contributor insights."""

from __future__ import annotations

from ddbmock.database.schema import ContributorInsights, TimeToLive


def switch_status(
    setting: TimeToLive | ContributorInsights | None, now: float, delay: float
) -> str:
    """Return ``ENABLING``, ``ENABLED``, ``DISABLING`` or ``DISABLED``."""
    if setting is None:
        return "DISABLED"
    changing = now < setting.changed_at + delay
    if setting.enabled:
        return "ENABLING" if changing else "ENABLED"
    return "DISABLING" if changing else "DISABLED"
