"""The region of clients without a region of their own."""

from __future__ import annotations

import os
from typing import Final

DEFAULT: Final = "us-east-1"
"""The region if AWS's configuration has none."""


def configured() -> str | None:
    """Return the region of the environment or of the profile in AWS's configuration files."""
    region = os.environ.get("AWS_DEFAULT_REGION")
    if region:
        return region
    path = os.environ.get("AWS_CONFIG_FILE", "~/.aws/config")
    if not os.path.isfile(os.path.expanduser(os.path.expandvars(path))):
        return None  # mostly, and each mock asks
    try:
        from botocore.configloader import load_config
        from botocore.exceptions import ConfigNotFound
    except ModuleNotFoundError:
        return None
    try:
        config = load_config(path)
    except ConfigNotFound:
        return None
    profile = os.environ.get("AWS_PROFILE", os.environ.get("AWS_DEFAULT_PROFILE", "default"))
    region = config["profiles"].get(profile, {}).get("region")
    return str(region) if region else None
