"""Databases, mocks and limits: what users, the pytest plugin and the unittest mixin share."""
