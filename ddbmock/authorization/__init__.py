"""Authorization: requests checked against identity and resource policies, if that is switched on."""

from ddbmock.authorization.access_control import AccessControl

__all__ = ["AccessControl"]
