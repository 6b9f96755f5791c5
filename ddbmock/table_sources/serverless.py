"""Tables of a ``serverless.yml``: its resources are CloudFormation's, with variables of its own.

Source: Serverless Framework documentation, "Variables" and "AWS Infrastructure Resources".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from ddbmock.table_sources import cloudformation
from ddbmock.table_sources.definition import TableDefinition, TableSourceError

VARIABLE: Final = re.compile(r"\$\{((?!AWS::)[a-zA-Z-]+(?:\([^)]*\))?:[^${}]*|self:[^${}]*)\}")
"""An innermost variable, but none of CloudFormation's (``${AWS::Region}``, ``${Parameter}``)."""
DEEPEST: Final = 50
"""Variables within the values of variables; more of them go in a circle."""


def is_serverless(document: Mapping[str, Any]) -> bool:
    """Return whether a document looks like a ``serverless.yml``."""
    return "provider" in document and ("service" in document or "resources" in document)


def definitions(
    document: Mapping[str, Any], parameters: Mapping[str, Any]
) -> Iterator[TableDefinition]:
    """Yield the tables of the resources; `parameters` are command-line options such as ``stage``.

    :raises TableSourceError: there are no resources, or a variable cannot be worked out.
    """
    merged: dict[str, Any] = {}
    resources = document.get("resources") or {}
    for part in resources if isinstance(resources, list) else [resources]:
        if isinstance(part, str):
            raise TableSourceError(
                f"Its resources are in another file ({part}): give that file as the source."
            )
        for name, members in part.items():
            merged.setdefault(name, {}).update(members or {})
    if not merged.get("Resources"):
        raise TableSourceError("It looks like a serverless.yml, but has no resources.Resources.")
    template = Variables(document, parameters).value(merged)
    yield from cloudformation.definitions(template, {})


class Variables:
    """The variables of a document."""

    def __init__(self, document: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        self._document = document
        self._parameters = parameters

    def value(self, node: Any) -> Any:
        """Return a value with all variables in it replaced."""
        if isinstance(node, Mapping):
            return {name: self.value(one) for name, one in node.items()}
        if isinstance(node, list):
            return [self.value(one) for one in node]
        return self._text(node) if isinstance(node, str) else node

    def _text(self, text: str) -> Any:
        for _ in range(DEEPEST):
            match = VARIABLE.search(text)
            if match is None:
                return text
            value = self._variable(match[1])
            if match[0] == text:
                if not isinstance(value, str):
                    return self.value(value)
                text = value
            else:
                text = text[: match.start()] + str(value) + text[match.end() :]
        raise TableSourceError(f"The variables of {text!r} refer to one another in a circle.")

    def _variable(self, expression: str) -> Any:
        for source in _alternatives(expression):
            if re.fullmatch(r"'[^']*'|\"[^\"]*\"", source):
                return source[1:-1]
            if re.fullmatch(r"true|false|null|-?\d+(\.\d+)?", source):
                return {"true": True, "false": False, "null": None}.get(source, source)
            value = self._looked_up(source)
            if value is not None:
                return value
        raise TableSourceError(
            f"The variable ${{{expression}}} has no value here: give it as a parameter, "
            "create_tables(source, {'stage': 'dev'}), or write a default into the file."
        )

    def _looked_up(self, source: str) -> Any:
        kind, _, name = source.partition(":")
        provider = self._document.get("provider") or {}
        if kind in ("opt", "param") and name in self._parameters:
            return self._parameters[name]
        if kind == "self":
            return _member(self._document, name)
        if kind == "env":
            return os.environ.get(name)
        if (kind, name) == ("sls", "stage"):
            return self._parameters.get("stage") or provider.get("stage") or "dev"
        if (kind, name) == ("aws", "region"):
            return self._parameters.get("region") or provider.get("region") or "us-east-1"
        if (kind, name) == ("aws", "accountId"):
            return "000000000000"
        return None


def _alternatives(expression: str) -> list[str]:
    """Split ``opt:stage, 'dev'`` at its commas, but not within quotes."""
    return [one.strip() for one in re.findall(r"(?:'[^']*'|\"[^\"]*\"|[^,])+", expression)]


def _member(document: Any, path: str) -> Any:
    for name in path.split(".") if path else ():
        if isinstance(document, list) and name.isdigit() and int(name) < len(document):
            document = document[int(name)]
        elif isinstance(document, Mapping):
            document = document.get(name)
        else:
            return None
    # service: {name: ...} is an older way to write service: name
    return document["name"] if path == "service" and isinstance(document, Mapping) else document
