"""The buckets of moto, while its mock is active at the same time as ``ddbmock.mock()``."""

from __future__ import annotations

from typing import final

from ddbmock.clients.botocore_patch import RealAWSCallError
from ddbmock.object_store import Bucket, no_such_bucket


@final
class MockedBuckets:
    """The buckets that boto3 clients of this process reach, except those of AWS."""

    def bucket(self, name: str, owner: str | None = None) -> Bucket:
        from ddbmock.object_store.s3 import S3Store

        try:
            # Each time this is a new client, because moto may have been started meanwhile.
            return S3Store(None).bucket(name, owner)
        except RealAWSCallError:
            raise no_such_bucket(
                "No buckets are configured: start moto's mock_aws() too, whose buckets are used then, "
                "or set ddbmock.s3."
            ) from None
