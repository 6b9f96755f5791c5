"""The error of archives."""


class ArchiveError(Exception):
    """An error about files that cannot be read, or content that does not fit; its text is one
    sentence."""
