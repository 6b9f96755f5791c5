"""Settings: every name with its default, unit and meaning, written once, in one frozen class.

The class body of :class:`Settings` is the table that the program, the documentation and the tests
read. Values come, the later winning, from a ``.ini`` file (``ddbmock.limits = none``), from the
environment (``DDBMOCK_LIMITS=none``) and from Python (``limits="none"``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from typing import Any, Final, Literal

from ddbmock import roll_out
from ddbmock.frozen import dataclass, specified
from ddbmock.settings.converters import (
    digits,
    json_object,
    number,
    one_of,
    origins,
    region_name,
    text,
    text_or_nothing,
    whole_number,
)
from ddbmock.suggestions import nearest

INI_PREFIX: Final = "ddbmock."
ENVIRONMENT_PREFIX: Final = "DDBMOCK_"


class SettingsError(ValueError):
    """A setting that is unknown or wrong; the text is one sentence that says which and why."""


def setting(
    default: object,
    convert: Callable[[Any], object],
    unit: str,
    help: str,
    *,
    secret: bool = False,
) -> Any:
    """Return one row of the table; `unit` is for people: ``seconds``, ``bytes``, or the words
    allowed.

    A `secret` value (there may be a password in it) is left out of ``repr``.
    """
    metadata = {"convert": convert, "unit": unit, "help": help}
    return field(default=default, metadata=metadata, repr=not secret)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one database; ``Settings()`` has every default.

    >>> Settings(limits="none").limits
    'none'
    >>> Settings(delay_creating=-1)
    Traceback (most recent call last):
    ddbmock.settings.SettingsError: Setting ddbmock.delay_creating must be at least 0, not -1.
    """

    limits: Literal["aws", "none"] = setting(
        "aws",
        one_of("aws", "none"),
        "aws or none",
        "Whether DynamoDB's limits hold. With none there is no limit on the number of tables, on "
        "concurrent table operations, or on the size of items, requests and answers.",
    )
    storage: str = setting(
        "memory://",
        text,
        "URL",
        "Where the data are stored. In memory:// they end with the process; sqlite:///path.db and "
        "postgresql://host/name keep them.",
        secret=True,
    )
    delay_creating: float = setting(
        0.0,
        number(least=0),
        "seconds",
        "How long a new table stays CREATING.",
    )
    delay_updating: float = setting(
        0.0,
        number(least=0),
        "seconds",
        "How long a table stays UPDATING after UpdateTable.",
    )
    delay_deleting: float = setting(
        0.0,
        number(least=0),
        "seconds",
        "How long a table stays DELETING before it is gone.",
    )
    delay_policies: float = setting(
        0.0,
        number(least=0),
        "seconds",
        "How long PutResourcePolicy and DeleteResourcePolicy take to have effect; other changes of the "
        "policy are rejected meanwhile. DynamoDB takes 15 seconds.",
    )
    delay_index: float = setting(
        0.0,
        number(least=0),
        "seconds",
        "How long a global secondary index that UpdateTable adds is back-filled.",
    )
    delay_search: float = setting(
        0.0,
        number(least=0),
        "seconds",
        "How long a new vector index is ACTIVE before searches find it.",
    )
    vector_filters: Literal["wide", "2026-08"] = setting(
        "wide",
        one_of("wide", "2026-08"),
        "wide or 2026-08",
        "The grammar of SearchConditionExpression. wide: that of FilterExpression, with one "
        "equality on the HASH attribute. 2026-08: equalities joined by AND, as DynamoDB accepted "
        "when SearchVectors appeared.",
    )
    vector_numbers: Literal["2026-09", "2026-08"] = setting(
        "2026-09",
        one_of("2026-09", "2026-08"),
        "2026-09 or 2026-08",
        "The month whose arithmetic scores vectors. 2026-09: sums in 32 bits, made by halves, and "
        "vectors printed with a decimal point. 2026-08: sums in 64 bits, vectors printed without.",
    )
    delay_jobs: float = setting(
        0.0,
        number(least=0),
        "seconds",
        "The shortest time that a restore, an export, an import or a bulk operation takes.",
    )
    s3: str = setting(
        "none",
        text,
        "URL",
        "Where the buckets of exports, imports and bulk operations are. none: there are none. "
        "memory:one,two: in memory. file:///path: the subfolders of a folder. http://host:port or "
        "https://host: an S3 endpoint, with the credentials that boto3 finds. https: AWS.",
    )
    account_id: str = setting(
        "123456789012",
        digits(12),
        "12 digits",
        "The account number in ARNs.",
    )
    databases: Literal["one", "region", "each"] = setting(
        "one",
        one_of("one", "region", "each"),
        "one or region or each",
        "one: every access key and every region see the same tables. region: every region has tables "
        "of its own, as on AWS. each: every pair of access key and region has. In-process and in "
        "memory (mock(), the pytest plugin, Database) the default is region.",
    )
    policies: Literal["ignore", "enforce"] = setting(
        "ignore",
        one_of("ignore", "enforce"),
        "ignore or enforce",
        "Whether requests are checked against resource policies and the identity policies of their "
        "callers. A caller without identity is the account's root user, whom only a resource policy "
        "can deny.",
    )
    policy: str | Mapping[str, Any] = setting(
        "",
        json_object,
        "JSON",
        "The identity policy of all callers that have none of their own; enforces policies.",
    )
    region: str = setting(
        "",
        region_name,
        "region",
        "The default region of clients and tables. Empty: the region of AWS's own configuration "
        "(AWS_DEFAULT_REGION or the profile), or else us-east-1.",
    )
    tables: str = setting(
        "",
        text_or_nothing,
        "path",
        "A file or folder whose tables are created at the start, unless they exist: descriptions, "
        "templates of CloudFormation, SAM and CDK, serverless.yml, Terraform's plans.",
    )
    load: str = setting(
        "",
        text_or_nothing,
        "path",
        "A folder with exports, of ddbmock dump or of AWS, whose tables are loaded at the start, "
        "unless they have items.",
    )
    hints: Literal["header", "message"] = setting(
        "header",
        one_of("header", "message"),
        "header or message",
        "Where hints appear. header: in a header of the answer and a note of the exception. message: also "
        "at the end of the message, for clients that show nothing else: the AWS CLI, JavaScript, Python 3.10.",
    )
    authentication: Literal["presence", "none"] = setting(
        "presence",
        one_of("presence", "none"),
        "presence or none",
        "presence: requests without credentials are rejected as on AWS; any credentials are accepted. "
        "none: requests need no credentials.",
    )
    wording: str = setting(
        roll_out.DEFAULT,
        roll_out.wording,
        "2025, by-region or a region",
        "The era and region whose request validation ddbmock has. Since June 2026 AWS has been introducing "
        "a new one, region by region, with many different messages. 2025: the service before it. "
        "2026-us-east-1 (or another region): that region on 9 October 2026. by-region: the region "
        "for which the request is signed.",
    )
    ttl: Literal["aws", "prompt"] = setting(
        "aws",
        one_of("aws", "prompt"),
        "aws or prompt",
        "When an expired item is deleted. aws: after ddbmock.ttl_delay seconds, in which it can be read. "
        "prompt: as soon as it expires.",
    )
    ttl_delay: float = setting(
        172800.0,
        number(least=0),
        "seconds",
        "How long an expired item stays readable when ddbmock.ttl is aws.",
    )
    stream_shards: int = setting(
        1,
        whole_number(least=1, most=64),
        "shards",
        "How many shards a new stream has; each covers an equal part of the hash keys.",
    )
    kinesis_endpoint: str = setting(
        "",
        text_or_nothing,
        "URL",
        "The address of Kinesis, for the changes of tables with a Kinesis streaming destination; "
        "without an address, ddbmock keeps the changes.",
    )
    triggers: str = setting(
        "",
        text_or_nothing,
        "table=module:function?option=value",
        "Functions that the server calls with the records of streams, separated by blanks. They are "
        "imported when it starts; see docs/triggers.rst.",
    )
    throughput_decreases: int = setting(
        1,
        whole_number(least=0),
        "times per UTC day",
        "How often API version 2011-12-05 lets a table's throughput decrease.",
    )
    statistics_sample: float = setting(
        1.0,
        number(above=0),
        "seconds",
        "The time over which consumed units are summed to one sample.",
    )
    statistics_aggregate: float = setting(
        300.0,
        number(above=0),
        "seconds",
        "The time over which samples become one minimum, maximum and average.",
    )
    max_body: int = setting(
        16 * 1024 * 1024,
        whole_number(least=1),
        "bytes",
        "The largest request body; a larger one gets status 413 before it is read.",
    )

    control: Literal["auto", "off", "on"] = setting(
        "auto",
        one_of("auto", "off", "on"),
        "auto, off or on",
        "Whether a server can be controlled below /_ddbmock: its clock, forks, snapshots, requests and "
        "trouble. With auto, ddbmock's own servers can be, with a token if other machines can reach "
        "them. With on, every server can be, without a token.",
    )
    control_token: str = setting(
        "",
        str,
        "text",
        "The token of a server that other machines can reach. If this is empty, each start makes a new "
        "token and logs it.",
        secret=True,
    )
    console: Literal["off", "on"] = setting(
        "on",
        one_of("off", "on"),
        "off or on",
        "Whether a server with the control API has pages for a browser at /_ddbmock/.",
    )
    origins: str = setting(
        "loopback",
        origins,
        "origins",
        "The origins of web pages that may use the server, in addition to localhost and 127.0.0.1, such as "
        "https://app.example:8080; several are separated by blanks; * means all. Requests of other pages get "
        "status 403. Programs are not affected.",
    )
    workers: int = setting(
        1,
        whole_number(least=1, most=64),
        "processes",
        "How many processes serve the database on one port, with ddbmock's own servers. More than one "
        "needs data in SQLite or PostgreSQL.",
    )
    idle_timeout: float = setting(
        120.0,
        number(above=0),
        "seconds",
        "How long a connection to the server may be idle, or a client may take for the next part "
        "of a request or answer, before it is closed.",
    )

    def __post_init__(self) -> None:
        for name, row in specified(type(self)).items():
            raw = getattr(self, name)
            try:
                value = row.metadata["convert"](raw)
            except ValueError as error:
                raise SettingsError(f"Setting {INI_PREFIX}{name} {error}, not {raw!r}.") from None
            object.__setattr__(self, name, value)

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Settings:
        """Return the settings with the values of a mapping, whose names may begin with ``ddbmock.``.

        :raises SettingsError: a name is unknown, or a value is invalid.

        >>> Settings.from_mapping({"limit": "none"})
        Traceback (most recent call last):
        ddbmock.settings.SettingsError: There is no setting ddbmock.limit; did you mean \
ddbmock.limits?
        """
        plain = {name.removeprefix(INI_PREFIX): value for name, value in values.items()}
        names = tuple(specified(cls))
        for name in plain:
            if name not in names:
                raise SettingsError(f"There is no setting {INI_PREFIX}{name}{_advice(name, names)}")
        return cls(**plain)  # type: ignore[arg-type]  # __post_init__ converts and rejects

    @classmethod
    def collect(
        cls,
        arguments: Mapping[str, object] | None = None,
        *,
        environment: Mapping[str, str] | None = None,
        ini: Mapping[str, object] | None = None,
    ) -> Settings:
        """Return the settings of three sources: `arguments` override `environment`, and that `ini`.

        Names in `ini` that do not begin with ``ddbmock.`` are ignored, and so are variables that are
        no settings.

        :raises SettingsError: a name is unknown or a value is invalid; or the name of a variable is
            similar to that of a setting, such as ``DDBMOCK_LIMIT``.
        """
        values = {
            name.removeprefix(INI_PREFIX): value
            for name, value in (ini or {}).items()
            if name.startswith(INI_PREFIX)
        }
        values.update(_of_environment(environment or {}, tuple(specified(cls))))
        values.update(arguments or {})
        return cls.from_mapping(values)


def check_no_settings(settings: Iterable[str]) -> None:
    """Reject settings, by their names, for a database that has its own.

    >>> check_no_settings(["limits"])
    Traceback (most recent call last):
    ddbmock.settings.SettingsError: A database that exists already has its settings; it cannot be \
given limits.
    """
    names = ", ".join(settings)
    if names:
        raise SettingsError(
            f"A database that exists already has its settings; it cannot be given {names}."
        )


def _of_environment(environment: Mapping[str, str], names: Iterable[str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for variable, value in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX):
            continue
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if name in names:
            found[name] = value
        elif near := nearest(name, names, 0.8):
            raise SettingsError(
                f"The environment variable {variable} is no setting; did you mean "
                f"{ENVIRONMENT_PREFIX}{near.upper()}?"
            )
    return found


def _advice(name: str, names: Iterable[str]) -> str:
    near = nearest(name, names, 0.8)
    return f"; did you mean {INI_PREFIX}{near}?" if near else f" (there are: {', '.join(names)})."
