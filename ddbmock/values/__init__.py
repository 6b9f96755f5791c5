"""Attribute values: the ten types, their numbers, sizes, order and JSON."""
