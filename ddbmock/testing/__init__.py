"""Databases, mocks and limits, for users, the pytest plugin and the unittest mixin."""
