"""References of a request: definitions of ``#names`` and ``:values``, and their use.

Source: Developer Guide, "Expression attribute names" and "Expression attribute values"; error
texts observed on the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NoReturn, TypeAlias

from ddbmock.errors import Reason, ValidationException
from ddbmock.expressions.faults import Fault, Finding, probably, refusal
from ddbmock.expressions.nodes import NameRef, Node, Path, ValueRef, walk
from ddbmock.expressions.parameters import NAMES, VALUES
from ddbmock.expressions.parser import NodeT, Parsed
from ddbmock.expressions.paths import DocumentPath
from ddbmock.expressions.reserved import is_reserved
from ddbmock.suggestions import shortened
from ddbmock.values.canonical import (
    MAX_NAME_BYTES,
    MAX_NESTING,
    CanonicalAttributes,
    Walk,
    check_name,
)
from ddbmock.values.dynamodb_json import decode_attributes, restore
from ddbmock.values.model import Attributes, AttributeValue, Json
from ddbmock.values.size import text_size, value_size

_NAME_KEY: Final = re.compile(r"#[0-9A-Za-z_]+")
_VALUE_KEY: Final = re.compile(r":[0-9A-Za-z_]+")
MAX_KEY_BYTES: Final = 255
"""Length limit of a reference, including its sigil. Source: Developer Guide, "Quotas"."""
MAX_MAP_BYTES: Final = 2_097_152
"""Size limit of all references, names and values together. Source: Developer Guide, "Quotas"."""


NameTuple: TypeAlias = tuple[str | None, ...]
TypeTuple: TypeAlias = tuple[type[AttributeValue] | None, ...]


class Names:
    """ExpressionAttributeNames and ExpressionAttributeValues of one request.

    All expressions of a request share one object, so that at the end :meth:`check_all_used` can report
    unused references. :meth:`of_json` checks the members of a request; the constructor accepts only valid
    names and values.
    """

    __slots__ = ("_names", "_used_names", "_used_values", "size", "values")

    def __init__(
        self,
        names: Mapping[str, str] | None = None,
        values: Attributes | None = None,
        size: int = 0,
    ) -> None:
        self._names: Final = names or {}
        self.values: Final[Attributes] = values or {}
        self.size: Final = size
        """A lower bound of the values' size in bytes."""
        self._used_names: set[str] = set()
        self._used_values: set[str] = set()

    @classmethod
    def of_json(
        cls,
        names: Mapping[str, str] | None,
        values: Mapping[str, Json] | None,
        deepest: int = MAX_NESTING,
        *,
        limited: bool = True,
    ) -> Names:
        """Read the references of a request; values are JSON, up to `deepest` levels.

        The error about a name or value includes its key. `limited` is whether their total size is checked.

        :raises ValidationException: a map is empty, a key is not a reference, or a name or value is
            invalid. Names are checked before values, and sizes last.
        """
        found = cls._of_json(names, values, deepest)
        if limited and found._largest() > MAX_MAP_BYTES:
            found._check_size()
        return found

    @classmethod
    def _of_json(
        cls, names: Mapping[str, str] | None, values: Mapping[str, Json] | None, deepest: int
    ) -> Names:
        if names is not None:
            _check_keys(NAMES, names, _NAME_KEY)
            for key, name in names.items():
                try:
                    check_name(name)
                except ValidationException as error:
                    _refuse(NAMES, key, error)
        if values is None:
            return cls(names)
        _check_keys(VALUES, values, _VALUE_KEY)
        if type(values) is CanonicalAttributes:
            return cls(names, decode_attributes(values), values.size)
        decoded, walk = {}, Walk(deepest)
        for key, value in values.items():
            try:
                decoded[key] = restore(walk.value(value))
            except ValidationException as error:
                _refuse(VALUES, key, error)
        return cls(names, decoded, walk.size)

    def _largest(self) -> int:
        """Return an upper bound of the size of all references, names and values, in bytes."""
        of_names = len(self._names) * (MAX_KEY_BYTES + MAX_NAME_BYTES)
        return of_names + len(self.values) * MAX_KEY_BYTES + self.size

    def _check_size(self) -> None:
        """Check the sizes of names and values.

        Source of the texts: the validation that Amazon's client for DynamoDB Accelerator makes.

        :raises ValidationException: the names, the values, or both together are too large.
        """
        of_names = sum(text_size(ref) + text_size(name) for ref, name in self._names.items())
        of_values = sum(text_size(ref) + value_size(value) for ref, value in self.values.items())
        message, size = f"{NAMES} exceeds max size", of_names
        if of_names <= MAX_MAP_BYTES:
            message, size = f"{VALUES} exceeds max size", of_values
            if of_values <= MAX_MAP_BYTES:
                message = f"Combined size of {NAMES} and {VALUES} exceeds max size"
                size = of_names + of_values
        if size > MAX_MAP_BYTES:
            raise ValidationException(
                message,
                hint=f"They have {size} bytes; at most {MAX_MAP_BYTES} are allowed in one request.",
            )

    def bind(self, parsed: Parsed[NodeT]) -> tuple[NameTuple, TypeTuple]:
        """Return the names and the types of values that an expression refers to; None if undefined."""
        name_refs, value_refs = parsed.name_refs, parsed.value_refs
        self._used_names.update(name_refs)
        self._used_values.update(value_refs)
        names, values = self._names, self.values
        return (
            tuple([names.get(ref) for ref in name_refs]),
            tuple([type(values[ref]) if ref in values else None for ref in value_refs]),
        )

    def check(self, member: str, text: str, findings: Iterable[Finding]) -> None:
        """Raise the first fault among the findings.

        :raises ValidationException: there is a fault.
        """
        for finding in findings:
            fault = finding if isinstance(finding, Fault) else finding(self.values)
            if fault is not None:
                raise refusal(member, text, self._explained(fault))

    def _explained(self, fault: Fault) -> Fault:
        if fault.missing is None:
            return fault
        member, defined = (
            (NAMES, list(self._names)) if fault.missing[0] == "#" else (VALUES, list(self.values))
        )
        known = (
            f"{member} defines {_listed(defined)}."
            if defined
            else f"There is no {member}: define {fault.missing} there."
        )
        return fault._replace(advice=f"{known}{probably(fault.missing, defined)}")

    def check_all_used(self) -> None:
        """Check that expressions use all names and values. Call this after the last expression.

        :raises ValidationException: some are unused; names are reported before values.
        """
        if len(self._used_names) < len(self._names):
            raise _unused(NAMES, self._names, self._used_names)
        if len(self._used_values) < len(self.values):
            raise _unused(VALUES, self.values, self._used_values)


def _check_keys(member: str, placeholders: Mapping[str, object], key: re.Pattern[str]) -> None:
    if not placeholders:
        raise ValidationException(
            f"{member} must not be empty", hint=f"Omit {member} if there is nothing to define."
        )
    for name in placeholders:
        if len(name) <= MAX_KEY_BYTES and key.fullmatch(name):
            continue
        sigil, size = key.pattern[0], text_size(name)
        if size > MAX_KEY_BYTES:
            raise ValidationException(
                f"{member} contains invalid key: The expression attribute map contains a key "
                f"that is too long; size of key: {size}",
                hint=f"A key has at most {MAX_KEY_BYTES} bytes, its {sigil} included.",
            )
        raise ValidationException(
            f'{member} contains invalid key: Syntax error; key: "{name}"',
            hint=f"A key is {sigil} followed by letters, digits or underscores: "
            f"write {sigil}{_word(name)}.",
        )


def _word(name: str) -> str:
    """Return the letters, digits and underscores of an invalid key."""
    return re.sub(r"\W+", "_", name.lstrip("#:"), flags=re.ASCII) or "name"


def _refuse(member: str, key: str, error: ValidationException) -> NoReturn:
    """Raise the error about a name or value, with its key if the service includes it."""
    error.hint = f"In {key}{shortened(error.place)}: {error.hint}"
    if error.reason is Reason.NAME_TOO_LARGE:
        raise error
    raise ValidationException(
        f"{member} contains invalid value: {error.message} for key {key}",
        hint=error.hint,
        reason=error.reason,
        message_2026=(error.message_2026 or error.message) if member == VALUES else None,
    ) from error


def _unused(member: str, placeholders: Mapping[str, object], used: set[str]) -> ValidationException:
    unused = [key for key in placeholders if key not in used]
    return ValidationException(
        f"Value provided in {member} unused in expressions: keys: {{{', '.join(unused)}}}",
        hint=f"The expressions use {_listed(sorted(used)) if used else 'none'}."
        + (
            probably(unused[0], used)
            or f" Remove {_listed(unused)}, or write {'it' if len(unused) == 1 else 'them'} in an expression."
        ),
    )


def _listed(keys: list[str]) -> str:
    shown = ", ".join(keys[:20])
    return shown if len(keys) <= 20 else f"{shown} and {len(keys) - 20} more"


class Binding:
    """The names and the types of values to which the references of one expression refer.

    Results derived from a binding hold for all requests with the same names and types.
    """

    __slots__ = ("names", "text", "types")

    def __init__(
        self,
        text: str,
        names: Mapping[str, str | None],
        types: Mapping[str, type[AttributeValue] | None],
    ) -> None:
        self.text: Final = text
        self.names: Final = names
        self.types: Final = types

    @classmethod
    def of(cls, parsed: Parsed[NodeT], names: NameTuple, types: TypeTuple) -> Binding:
        """Bind the references of an expression in their order."""
        return cls(
            parsed.text,
            dict(zip(parsed.name_refs, names, strict=True)),
            dict(zip(parsed.value_refs, types, strict=True)),
        )

    def path(self, path: Path) -> DocumentPath:
        """Return a path with its references resolved; they must be defined."""
        return tuple([self._step(step) for step in path.elements])

    def _step(self, step: str | int | NameRef) -> str | int:
        if isinstance(step, NameRef):
            name = self.names[step.text]
            assert name is not None
            return name
        return step

    def undefined_names(self, root: Node) -> Iterator[Fault]:
        """Yield the faults of undefined names, in textual order."""
        message = "An expression attribute name used in the document path is not defined; "
        return _undefined(root, NameRef, self.names, f"{message}attribute name: ")

    def undefined_values(self, root: Node) -> Iterator[Fault]:
        """Yield the faults of undefined values, in textual order."""
        message = "An expression attribute value used in expression is not defined; "
        return _undefined(root, ValueRef, self.types, f"{message}attribute value: ")

    def undefined(self, root: Node) -> Iterator[Fault]:
        """Yield the faults of undefined names and values, in textual order."""
        found = [*self.undefined_names(root), *self.undefined_values(root)]
        yield from sorted(found, key=lambda fault: fault.at)


def _undefined(
    root: Node,
    kind: type[NameRef | ValueRef],
    known: Mapping[str, object],
    message: str,
) -> Iterator[Fault]:
    """Yield the faults of undefined references of one kind."""
    for node in walk(root):
        if isinstance(node, kind) and known[node.text] is None:
            yield Fault(f"{message}{node.text}", node.at, "", node.text)


NO_REFERENCES: Final = Binding("", {}, {})
"""The binding of trees without references to names."""


def paths_of(root: Node) -> Iterator[Path]:
    """Yield the paths of an expression in textual order."""
    for node in walk(root):
        if isinstance(node, Path):
            yield node


def reserved_words(root: Node, text: str) -> Iterator[Fault]:
    """Yield the faults of plain names that are reserved words, in textual order."""
    for path in paths_of(root):
        for step in path.elements:
            if isinstance(step, str) and is_reserved(step):
                yield Fault(
                    f"Attribute name is a reserved keyword; reserved keyword: {step}",
                    _place(step, text, path.at),
                    _of_reserved(step),
                )


def _of_reserved(word: str) -> str:
    write = f"#{word} and define it in ExpressionAttributeNames as {word!r}."
    if word.lower() in ("null", "true", "false"):
        return (
            f"Expressions have no literals: for the value {word} write :{word} and define it in "
            f"ExpressionAttributeValues. For an attribute of this name, write {write}"
        )
    return f"Write {write}"


def _place(name: str, text: str, at: int) -> int:
    """Return the position of a plain name in the path that starts at `at`."""
    found = re.compile(rf"(?<![#\w]){name}(?!\w)").search(text, at)
    return found.start() if found else at
