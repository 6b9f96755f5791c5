"""The canonical form of a resource's policy, in which DynamoDB stores and returns it.

Source: answers recorded in October 2026 by the control-plane lab of AWS Controllers for Kubernetes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from ddbmock.policies.document import ELEMENTS, VERSIONS

_MEMBERS: Final = ("Version", "Id", "Statement")
_LISTS: Final = frozenset({"Action", "NotAction", "Resource", "NotResource"})
_PRINCIPALS: Final = frozenset({"Principal", "NotPrincipal"})


def canonical(document: str, partition: str) -> str:
    """Return a valid policy without blanks, with its members in order and short forms written out.

    >>> canonical('{"Statement": {"Action": ["a:b"], "Effect": "allow"}}', "aws")
    '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"a:b"}]}'
    """
    content = {"Version": VERSIONS[1], **json.loads(document)}
    statements = content["Statement"]
    content["Statement"] = [
        _statement(one, partition)
        for one in (statements if isinstance(statements, list) else [statements])
    ]
    return json.dumps(_ordered(content, _MEMBERS), separators=(",", ":"), ensure_ascii=False)


def has_version(document: str) -> bool:
    """Return whether a policy names its version: one that does not is another policy."""
    return "Version" in json.loads(document)


def _statement(statement: Mapping[str, Any], partition: str) -> dict[str, Any]:
    written = dict(statement)
    written["Effect"] = written["Effect"].capitalize()
    for element in written:
        if element in _LISTS:
            written[element] = _single(written[element])
        elif element in _PRINCIPALS and isinstance(written[element], Mapping):
            written[element] = {
                kind: _single(_accounts(names, partition) if kind == "AWS" else names)
                for kind, names in written[element].items()
            }
    return _ordered(written, ELEMENTS)


def _ordered(content: Mapping[str, Any], order: tuple[str, ...]) -> dict[str, Any]:
    return {name: content[name] for name in order if name in content}


def _single(value: Any) -> Any:
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def _accounts(names: Any, partition: str) -> list[str]:
    """Return principals of AWS with the numbers of accounts as ARNs, each once."""
    listed = names if isinstance(names, list) else [names]
    arns = (
        f"arn:{partition}:iam::{name}:root" if name.isdigit() and len(name) == 12 else name
        for name in listed
    )
    return list(dict.fromkeys(arns))
