"""Files of table descriptions and templates, in JSON and YAML."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from ddbmock.table_sources.bounds import MOST_BYTES, MOST_VALUES, check_document
from ddbmock.table_sources.definition import TableSourceError

SUFFIXES: Final = (".json", ".template", ".yaml", ".yml")


def in_order(path: Path) -> Iterator[Path]:
    """Yield the file, or a folder's files with one of the suffixes, by name.

    :raises TableSourceError: there is none.
    """
    if path.is_dir():
        found = sorted(one for one in path.iterdir() if one.suffix in SUFFIXES and one.is_file())
        if (path / "manifest.json").is_file():
            # CDK's cdk.out has other files beside its templates
            templates = [one for one in found if one.name.endswith(".template.json")]
            found = templates or found
        if not found:
            raise TableSourceError(f"{path}: no file whose name ends in {', '.join(SUFFIXES)}.")
        yield from found
    elif path.is_file():
        yield path
    else:
        raise TableSourceError(f"{path}: there is no such file or folder.")


def load(path: Path) -> Any:
    """Return the document of a file: JSON, or else YAML.

    :raises TableSourceError: it is neither, or YAML that cannot be read here, or too large.
    """
    document = _parsed(path)
    check_document(document)
    return document


def _parsed(path: Path) -> Any:
    if path.suffix == ".tf":
        raise TableSourceError(
            "Terraform's language is not read; give what terraform show -json prints of a plan."
        )
    if path.stat().st_size > MOST_BYTES:
        raise TableSourceError(f"The file is larger than {MOST_BYTES:,} bytes.")
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise TableSourceError(f"Not text in UTF-8: {error}") from None
    return _document(text, yaml=path.suffix != ".json")


def parse(text: str) -> Any:
    """Return the document in a text: JSON, or else YAML.

    :raises TableSourceError: it is neither, or YAML that cannot be read here, or too large.
    """
    if len(text) > MOST_BYTES:
        raise TableSourceError(f"The text is longer than {MOST_BYTES:,} characters.")
    document = _document(text, yaml=not text.lstrip().startswith(("{", "[")))
    check_document(document)
    return document


def _document(text: str, *, yaml: bool) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        if not yaml:
            raise TableSourceError(f"Not JSON: {error}") from None
    except RecursionError:
        raise TableSourceError("The document is nested too deeply.") from None
    return _yaml(text)


def _yaml(text: str) -> Any:
    try:
        import yaml
    except ModuleNotFoundError:
        from ddbmock.extras import install_command

        raise TableSourceError(f"YAML needs PyYAML: {install_command('yaml')}") from None

    class Loader(yaml.SafeLoader):  # type: ignore[misc]  # published without types
        """Reads the short forms of intrinsic functions as their long ones."""

        def flatten_mapping(self, node: Any) -> None:
            # Merges of merges, each of them twice, double at each level in older PyYAML.
            super().flatten_mapping(node)
            if len(node.value) > MOST_VALUES:  # pragma: no cover
                raise TableSourceError("The document's merged mappings are too large.")

    Loader.add_multi_constructor("!", _intrinsic)
    try:
        return yaml.load(text, Loader)  # a SafeLoader
    except RecursionError:
        raise TableSourceError("The document is nested too deeply.") from None
    except (yaml.YAMLError, ValueError, TypeError) as error:
        # PyYAML raises ValueError for an impossible date, and TypeError for a mapping whose key is a list.
        raise TableSourceError(f"Not YAML: {error}") from None


def _intrinsic(loader: Any, name: str, node: Any) -> dict[str, Any]:
    """``!Sub text`` is ``{"Fn::Sub": "text"}``, and so on."""
    if node.id == "scalar":
        value: Any = loader.construct_scalar(node)
    elif node.id == "sequence":
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if name in ("Ref", "Condition"):
        return {name: value}
    if name == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {f"Fn::{name}": value}
