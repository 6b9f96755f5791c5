"""The operations of every API version: what a request must be, and what it does.

Each version is a package with a table of contents, ``OPERATIONS``: the router serves it, the
documentation lists it, the tests walk it.
"""
