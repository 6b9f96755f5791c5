"""Expressions: text to syntax tree to plain Python callables."""
