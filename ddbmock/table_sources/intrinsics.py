"""CloudFormation's intrinsic functions, as far as they can be evaluated without an account.

Values that only a deployment knows (an attribute of another resource, an import) become texts that
name them: a table rarely depends on it. Source: CloudFormation Template Reference, "Intrinsic
function reference".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from ddbmock.table_sources.bounds import MOST_TEXT, MOST_VALUES
from ddbmock.table_sources.definition import TableSourceError

PSEUDO: Final = {
    "AWS::AccountId": "000000000000",
    "AWS::NotificationARNs": [],
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackId": "stack",
    "AWS::StackName": "stack",
    "AWS::URLSuffix": "amazonaws.com",
}
ABSENT: Final = object()
"""The value of ``AWS::NoValue``: the member that has it is left out."""


class Template:
    """A template's parameters, mappings and conditions, with which values are evaluated."""

    def __init__(self, document: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        declared = section(document, "Parameters")
        self._resources = section(document, "Resources")
        self._mappings = section(document, "Mappings")
        self._conditions = section(document, "Conditions")
        defaults = {name: _default(name, one) for name, one in declared.items()}
        self._values: dict[str, Any] = {**PSEUDO, **defaults, **parameters}
        self._working: list[str] = []
        self._decided: dict[str, bool | None] = {}
        self._steps = 0

    def holds(self, condition: str) -> bool:
        """Return whether a condition of the template holds; one that does not exist does not.

        :raises TableSourceError: it depends on itself.
        """
        if condition not in self._decided:
            self._decided[condition] = None
            self._decided[condition] = bool(self.value(self._conditions.get(condition, False)))
        decided = self._decided[condition]
        if decided is None:
            raise TableSourceError(f"The condition {condition} depends on itself.")
        return decided

    def value(self, node: Any) -> Any:
        """Return a value in which all functions are evaluated.

        :raises TableSourceError: that takes too many steps.
        """
        self._steps += 1
        if self._steps > MOST_VALUES:
            raise TableSourceError("Its references lead to more values than can be worked out.")
        if isinstance(node, Mapping):
            if len(node) == 1:
                [(name, argument)] = node.items()
                if name in FUNCTIONS:
                    return FUNCTIONS[name](self, argument)
                if name.startswith("Fn::"):
                    return name
            values = {name: self.value(one) for name, one in node.items()}
            return {name: one for name, one in values.items() if one is not ABSENT}
        if isinstance(node, list):
            return [one for one in map(self.value, node) if one is not ABSENT]
        return node

    def ref(self, name: str) -> Any:
        """Return the value of a parameter, the name of a table, or else the logical name itself."""
        if name == "AWS::NoValue":
            return ABSENT
        if name in self._values:
            return self._values[name]
        properties = self._resources.get(name, {}).get("Properties") or {}
        if "TableName" in properties and name not in self._working:
            # A table's name can contain that of another table; _working ends circles.
            self._working.append(name)
            try:
                return self.value(properties["TableName"])
            finally:
                self._working.pop()
        return name

    def found_in_map(self, argument: Any) -> Any:
        """Return an entry of ``Mappings``."""
        mapping, first, second = (self.value(one) for one in argument[:3])
        try:
            return self._mappings[mapping][first][second]
        except (KeyError, TypeError):
            raise TableSourceError(f"Mappings has no {mapping}.{first}.{second}.") from None

    def substituted(self, argument: Any) -> str:
        """Return a text with its ``${names}`` replaced."""
        text, own = argument if isinstance(argument, list) else (argument, {})
        values = {name: self.value(one) for name, one in own.items()}

        def replacement(match: re.Match[str]) -> str:
            name = match[1]
            if name.startswith("!"):
                return "${" + name[1:] + "}"
            return str(values[name] if name in values else self.ref(name))

        return _bounded(re.sub(r"\$\{([^}]*)\}", replacement, text))


def _bounded(text: str) -> str:
    if len(text) > MOST_TEXT:
        raise TableSourceError(f"A text becomes longer than {MOST_TEXT:,} characters.")
    return text


def _join(template: Template, argument: Any) -> str:
    separator, parts = argument
    return _bounded(str(template.value(separator)).join(map(str, template.value(parts))))


def section(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Return a section of a template; one that is missing is empty.

    :raises TableSourceError: it is no mapping.
    """
    found = document.get(name) or {}
    if not isinstance(found, Mapping):
        raise TableSourceError(f"The template's {name} must be a mapping.")
    return found


def _default(name: str, parameter: Any) -> Any:
    """Return the default of a parameter; the value of one without a default is its own name."""
    if not isinstance(parameter, Mapping):
        raise TableSourceError(f"The template's parameter {name} must be a mapping.")
    value = parameter.get("Default", name)
    is_list = str(parameter.get("Type", "")).startswith(("CommaDelimitedList", "List<"))
    return [one.strip() for one in str(value).split(",")] if is_list else value


def _if(template: Template, argument: Any) -> Any:
    condition, yes, no = argument
    return template.value(yes if template.holds(condition) else no)


def _equals(template: Template, argument: Any) -> bool:
    one, other = map(template.value, argument)
    return bool(_plain(one) == _plain(other))


def _plain(value: Any) -> Any:
    """Return a value as CloudFormation compares it: ``true`` equals ``"true"``."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def _select(template: Template, argument: Any) -> Any:
    index, values = map(template.value, argument)
    return values[int(index)]


FUNCTIONS: Final[Mapping[str, Callable[[Template, Any], Any]]] = {
    "Ref": lambda template, name: template.ref(name),
    "Condition": lambda template, name: template.holds(name),
    "Fn::And": lambda template, these: all(map(template.value, these)),
    "Fn::Equals": _equals,
    "Fn::FindInMap": Template.found_in_map,
    "Fn::GetAtt": lambda _, names: names if isinstance(names, str) else ".".join(map(str, names)),
    "Fn::If": _if,
    "Fn::ImportValue": lambda template, name: template.value(name),
    "Fn::Join": _join,
    "Fn::Not": lambda template, these: not template.value(these[0]),
    "Fn::Or": lambda template, these: any(map(template.value, these)),
    "Fn::Select": _select,
    "Fn::Split": lambda template, these: str(template.value(these[1])).split(these[0]),
    "Fn::Sub": Template.substituted,
}
