"""The operations of every API version: their input classes and functions.

Each version is a package with a table of contents, ``OPERATIONS``. The router serves it, the documentation
lists it, and tests check it.
"""
