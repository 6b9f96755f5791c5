"""Doors inside the process: one client library per module, imported only when asked for."""
