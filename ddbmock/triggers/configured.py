"""Triggers of the setting ``ddbmock.triggers``: tables, functions and options, as one text."""

from __future__ import annotations

import dataclasses
import pkgutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl

from ddbmock.named_tuple import NamedTuple
from ddbmock.triggers.errors import TriggerError
from ddbmock.triggers.options import Handler, Options, options_of

_LISTS: Final = {"filter": "filters", "function_response_type": "function_response_types"}
"""Options with several values, by the word that adds one value."""


class Configured(NamedTuple):
    """A trigger that a setting names."""

    table: str
    function: str
    options: Mapping[str, Any]

    def load(self) -> Handler:
        """Import the function.

        :raises TriggerError: it cannot be imported.
        """
        return _imported(self.function)

    def loaded_options(self) -> dict[str, Any]:
        """Return the options, with the function of a destination imported.

        :raises TriggerError: it cannot be imported.
        """
        destination = self.options.get("on_failure")
        if destination is None or destination.startswith("arn:"):
            return dict(self.options)
        return {**self.options, "on_failure": _imported(destination)}


def _imported(name: str) -> Callable[..., Any]:
    """Return the function with a dotted name; its module can be in the current folder.

    The command ``ddbmock`` does not import from that folder by default. It is added at the end, so
    that its files do not replace other modules.
    """
    folder = str(Path.cwd())
    if not {"", folder} & set(sys.path):
        sys.path.append(folder)
    try:
        function: Callable[..., Any] = pkgutil.resolve_name(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise TriggerError(
            f"The function {name!r} of a trigger cannot be imported: {error}."
        ) from error
    if not callable(function):
        raise TriggerError(f"{name!r}, of a trigger, is not a function.")
    return function


def read(text: str) -> list[Configured]:
    """Return the triggers of a setting.

    >>> read("orders=shop.handlers:project?batch_size=10")
    [Configured(table='orders', function='shop.handlers:project', options={'batch_size': 10})]

    :raises TriggerError: the text has another form, or an option is wrong.
    """
    return [_configured(word) for word in text.split()]


def _configured(word: str) -> Configured:
    table, equals, rest = word.partition("=")
    function, _, query = rest.partition("?")
    if not equals or not table or ":" not in function:
        raise TriggerError(f"A trigger is like 'orders=module:function', not {word!r}.")
    options: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in _LISTS:
            options.setdefault(_LISTS[name], []).append(value)
        else:
            options[name] = _value(name, value)
    options_of(options)
    return Configured(table, function, options)


def _value(name: str, text: str) -> Any:
    defaults = {field.name: field.default for field in dataclasses.fields(Options)}
    default = defaults.get(name)
    try:
        if isinstance(default, bool):
            return {"true": True, "false": False}[text.lower()]
        return int(text) if isinstance(default, int) else text
    except (KeyError, ValueError):
        kind = "true or false" if isinstance(default, bool) else "a whole number"
        raise TriggerError(f"{name} of a trigger must be {kind}, not {text!r}.") from None
