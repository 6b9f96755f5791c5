"""What is wrong with an archive."""


class ArchiveError(Exception):
    """Files that cannot be read, or content that does not fit; one sentence for a person."""
