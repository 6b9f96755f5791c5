"""The error of archives."""


class ArchiveError(Exception):
    """Files that cannot be read, or content that does not fit; the text is one sentence."""
