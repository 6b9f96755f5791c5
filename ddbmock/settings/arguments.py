"""Settings as keyword arguments, for type checkers and editors; the program does not import this."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict


class SettingsArguments(TypedDict, total=False):
    """Keyword arguments that are settings, for type checkers and editors; see :class:`.Settings`."""

    limits: Literal["aws", "none"]
    storage: str
    delay_creating: float
    delay_updating: float
    delay_deleting: float
    delay_policies: float
    delay_index: float
    delay_search: float
    vector_filters: Literal["wide", "2026-08"]
    vector_numbers: Literal["2026-09", "2026-08"]
    delay_jobs: float
    s3: str
    account_id: str
    databases: Literal["one", "region", "each"]
    policies: Literal["ignore", "enforce"]
    policy: str | Mapping[str, Any]
    region: str
    tables: str
    load: str
    hints: Literal["header", "message"]
    authentication: Literal["presence", "none"]
    wording: str
    ttl: Literal["aws", "prompt"]
    ttl_delay: float
    stream_shards: int
    kinesis_endpoint: str
    triggers: str
    throughput_decreases: int
    statistics_sample: float
    statistics_aggregate: float
    max_body: int
    control: Literal["auto", "off", "on"]
    control_token: str
    console: Literal["off", "on"]
    origins: str
    workers: int
    idle_timeout: float
