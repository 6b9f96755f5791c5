"""Random statements on a table with indexes: most are valid, some are spoilt."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Final

KEYS: Final = ("a", "b", "c")
NAMES: Final = ("n", "s", "m", "l", "set", "date", "x")
NUMBERS: Final = ("0", "1", "-1.5", "2", "10")
SPOILING: Final = (
    "",
    "(",
    ")",
    "AND",
    "?",
    "'",
    '"',
    "[",
    "<<",
    "=",
    "1",
    "NULL",
    "FROM",
    ".",
    ",",
)
TARGETS: Final = ('"Music"', '"Music"."ByN"', '"Music"."BySk"', '"Music"."Keys"')


class Statements:
    """Makes statements and their parameters."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.parameters: list[Any] = []

    def one_of(self, *makers: Callable[[], str]) -> str:
        return self.random.choice(makers)()

    def request(self) -> dict[str, Any]:
        """A statement and its parameters as members of a request."""
        self.parameters = []
        text = self.one_of(
            self.select, self.select, self.insert, self.update, self.delete, self.exists
        )
        if self.random.random() < 0.1:
            words = text.split(" ")
            words[self.random.randrange(len(words))] = self.random.choice(SPOILING)
            text = " ".join(words)
        return {"Statement": text, **({"Parameters": self.parameters} if self.parameters else {})}

    # Values

    def key(self) -> str:
        return self.random.choice(KEYS)

    def literal(self, depth: int = 0) -> str:
        makers: list[Callable[[], str]] = [
            lambda: f"'{self.key()}'",
            lambda: self.random.choice(NUMBERS),
            lambda: self.random.choice(("true", "NULL", "<<1, 2>>", "<<'a', 'b'>>", "[]", "{}")),
        ]
        if depth < 2:
            makers.append(lambda: f"[{self.literal(depth + 1)}, {self.literal(depth + 1)}]")
            makers.append(lambda: f"{{'k': {self.literal(depth + 1)}}}")
        return self.one_of(*makers)

    def value(self) -> str:
        if self.random.random() < 0.7:
            return self.literal()
        self.parameters.append(
            self.random.choice(
                (
                    {"S": self.key()},
                    {"N": "1"},
                    {"SS": ["a", "c"]},
                    {"B": "AAE="},
                    {"L": [{"N": "2"}]},
                )
            )
        )
        return "?"

    def path(self) -> str:
        name = f'"{self.random.choice(NAMES)}"'
        return name + self.random.choice(("", "", "", "[0]", "[1]", ".k", ".k[0]"))

    # Conditions

    def test(self) -> str:
        path = self.path()
        return self.one_of(
            lambda: (
                f"{path} {self.random.choice(('=', '<>', '<', '<=', '>', '>='))} {self.value()}"
            ),
            lambda: f"{path} BETWEEN {self.random.choice(NUMBERS)} AND {self.value()}",
            lambda: f"{path} IN [{self.value()}, {self.value()}]",
            lambda: (
                f"{path} IS {self.random.choice(('', 'NOT '))}{self.random.choice(('MISSING', 'NULL', 'STRING'))}"
            ),
            lambda: f"begins_with({path}, '{self.key()}')",
            lambda: f"contains({path}, {self.value()})",
            lambda: f"size({path}) > {self.value()}",
            lambda: f"attribute_type({path}, 'N') = {self.random.choice(('true', 'false'))}",
        )

    def key_test(self) -> str:
        """A condition that pins the key, or a range of keys, or too much."""
        hash_key = self.one_of(
            lambda: f"pk = '{self.key()}'",
            lambda: f"pk = '{self.key()}'",
            lambda: f"pk IN ['{self.key()}', '{self.key()}']",
            lambda: f"(pk = '{self.key()}' OR pk = '{self.key()}')",
            lambda: f"n = {self.random.choice(NUMBERS)}",
            lambda: "pk > 'a'",
        )
        range_key = self.one_of(
            lambda: f" AND sk = '{self.key()}'",
            lambda: f" AND sk = '{self.key()}'",
            lambda: f" AND sk {self.random.choice(('<', '>='))} '{self.key()}'",
            lambda: f" AND sk IN ('{self.key()}', {self.value()})",
            lambda: "",
        )
        return hash_key + range_key

    def whole_key(self) -> str:
        return f"pk = '{self.key()}' AND sk = '{self.key()}'"

    def where(self) -> str:
        test = self.one_of(self.key_test, self.whole_key, self.whole_key)
        for _ in range(self.random.choice((0, 0, 0, 1, 2))):
            glue = self.random.choice((" AND ", " AND ", " OR ", " AND NOT "))
            test += f"{glue}{self.test()}"
        return test

    # Statements

    def select(self) -> str:
        columns = self.random.choice(("*", "*", 'pk, sk, "n"', "l[0], m.k"))
        where = self.random.choice(("", f" WHERE {self.where()}", f" WHERE {self.where()}"))
        order = self.random.choice(("", "", "", " ORDER BY sk DESC", " ORDER BY pk, sk"))
        return f"SELECT {columns} FROM {self.random.choice(TARGETS)}{where}{order}"

    def insert(self) -> str:
        key = f"'pk': '{self.key()}', 'sk': '{self.key()}'"
        return f"INSERT INTO Music VALUE {{{key}, '{self.random.choice(NAMES)}': {self.value()}}}"

    def action(self) -> str:
        path = self.path()
        return self.one_of(
            lambda: f"SET {path} = {self.value()}",
            lambda: f"SET {path} = {self.path()} + {self.value()}",
            lambda: f"SET {path} = list_append({path}, {self.value()})",
            lambda: f"SET {path} = set_add({path}, {self.value()})",
            lambda: f"SET {path} = set_delete({path}, {self.value()})",
            lambda: f"REMOVE {path}",
        )

    def update(self) -> str:
        actions = " ".join([self.action() for _ in range(self.random.choice((1, 1, 2)))])
        which = self.random.choice(("ALL OLD", "ALL NEW", "MODIFIED OLD", "MODIFIED NEW"))
        returning = self.random.choice(("", f" RETURNING {which} *"))
        return f"UPDATE Music {actions} WHERE {self.where()}{returning}"

    def delete(self) -> str:
        returning = self.random.choice(("", " RETURNING ALL OLD *"))
        return f"DELETE FROM Music WHERE {self.where()}{returning}"

    def exists(self) -> str:
        return f"EXISTS(SELECT * FROM Music WHERE {self.where()})"
