"""Clients inside the process, one client library per module; each is imported on first use."""
