"""Requests checked against policies."""
