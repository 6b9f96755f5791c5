"""Interrupts, forks, damage, hostile input: what must not hurt a database."""
