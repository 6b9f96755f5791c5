"""The names in the service's model: operations, members of structures, words of enumerations.

``python -m tests.model_names`` writes those of the installed botocore to model_names.json.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import botocore

SERVICES: Final = ("dynamodb", "dynamodbstreams")
FILE: Final = Path(__file__).with_suffix(".json")


def model(service: str) -> Mapping[str, Any]:
    """Return the model of a service as the installed botocore has it."""
    folder = Path(botocore.__file__).parent / "data" / service / "2012-08-10"
    content = gzip.decompress((folder / "service-2.json.gz").read_bytes())
    found: Mapping[str, Any] = json.loads(content)
    return found


def names_of(model: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the names of the operations, and of each shape's members or words."""
    names: dict[str, list[str]] = {"operations": sorted(model["operations"])}
    for name, shape in model["shapes"].items():
        found: Iterable[str] = shape.get("members") or shape.get("enum") or ()
        if found and shape["type"] != "list":
            names[name] = sorted(found)
    return names


if __name__ == "__main__":
    listed = {
        service: {kind: " ".join(names) for kind, names in names_of(model(service)).items()}
        for service in SERVICES
    }
    FILE.write_text(json.dumps(listed, indent=1, sort_keys=True) + "\n", encoding="utf-8")
