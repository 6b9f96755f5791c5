"""DynamoDB for tests and development: over the network and inside the process."""

__version__ = "2.0.0.dev0"
