"""The object store behind an S3 endpoint, through boto3: MinIO, moto, LocalStack, AWS itself.

Credentials and region are those that boto3 finds for this process, never those of a request.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import IO, Any, Final, cast, final

from ddbmock.object_store import (
    ObjectStoreError,
    Stored,
    access_denied,
    check_bucket_name,
    check_key,
    no_such_bucket,
    no_such_key,
)

CONNECT_SECONDS: Final = 5
"""The time-out for connecting in seconds: a server with one thread answers no other request
meanwhile."""
_REGION: Final = "us-east-1"
_PLACEHOLDER: Final = "ddbmock"


@final
class S3Bucket:
    """A bucket of an endpoint."""

    def __init__(self, client: Any, name: str, owner: str | None) -> None:
        self._client = client
        self._request: Final[dict[str, Any]] = {"Bucket": name}
        if owner is not None:
            self._request["ExpectedBucketOwner"] = owner

    def put(self, key: str, content: IO[bytes]) -> str:
        check_key(key)
        client, request = self._client, self._request | {"Key": key}
        with _errors(key):
            # This is a multipart upload with one part, since exports list the ETag of such an
            # upload.
            upload = request | {"UploadId": client.create_multipart_upload(**request)["UploadId"]}
            try:
                part = client.upload_part(**upload, PartNumber=1, Body=content)
                parts = [{"PartNumber": 1, "ETag": part["ETag"]}]
                done = client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
            except BaseException:
                client.abort_multipart_upload(**upload)
                raise
        return str(done["ETag"]).strip('"')

    def open(self, key: str) -> IO[bytes]:
        check_key(key)
        with _errors(key):
            return cast("IO[bytes]", self._client.get_object(**self._request, Key=key)["Body"])

    def objects(self, prefix: str = "") -> Iterator[Stored]:
        request = self._request | {"Prefix": prefix}
        while True:
            with _errors(prefix):
                page = self._client.list_objects_v2(**request)
            for entry in page.get("Contents", ()):
                yield Stored(entry["Key"], entry["Size"])
            if "NextContinuationToken" not in page:
                return
            request["ContinuationToken"] = page["NextContinuationToken"]


@final
class S3Store:
    """The buckets that a client of boto3 reaches. The client is made at the first use."""

    def __init__(self, endpoint: str | None) -> None:
        self._endpoint = endpoint
        self._client: Any = None

    def bucket(self, name: str, owner: str | None = None) -> S3Bucket:
        check_bucket_name(name)
        bucket = S3Bucket(self._connected(), name, owner)
        with _errors(None):
            self._client.head_bucket(**bucket._request)
        return bucket

    def _connected(self) -> Any:
        if self._client is None:
            try:
                import boto3
            except ModuleNotFoundError as missing:
                from ddbmock.extras import install_command

                raise ObjectStoreError(
                    "ServiceUnavailable",
                    503,
                    "Reduce your request rate.",
                    f"S3 needs boto3, which is not installed: {install_command('boto3')}",
                ) from missing
            from botocore.config import Config

            session = boto3.Session()
            options: dict[str, Any] = {}
            if session.get_credentials() is None and self._endpoint is not None:
                options = {
                    "aws_access_key_id": _PLACEHOLDER,
                    "aws_secret_access_key": _PLACEHOLDER,
                }
            self._client = session.client(
                "s3",
                endpoint_url=self._endpoint,
                region_name=session.region_name or _REGION,
                config=Config(
                    s3={"addressing_style": "path"},
                    retries={"max_attempts": 2},
                    connect_timeout=CONNECT_SECONDS,
                ),
                **options,
            )
        return self._client


def open_url(url: str, account_id: str) -> S3Store:
    """Return the store of an endpoint, ``https://localhost:9000``; ``https:`` alone is AWS."""
    return S3Store(None if url in ("https:", "https://") else url)


@contextlib.contextmanager
def _errors(key: str | None) -> Iterator[None]:
    """Turn the client's errors into those of the port. `key` is None for a whole bucket."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        answer: dict[str, Any] = error.response
        code = str(answer.get("Error", {}).get("Code", ""))
        status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
        # The answer to HEAD has no body, so the code of its errors is the status.
        if code == "NoSuchBucket" or (key is None and status == 404):
            raise no_such_bucket() from error
        if code == "NoSuchKey" or (key is not None and status == 404):
            raise no_such_key(key or "") from error
        if status == 403:
            raise access_denied() from error
        message = str(answer.get("Error", {}).get("Message", ""))
        raise ObjectStoreError(code, status, message) from error
    except (BotoCoreError, OSError) as error:
        raise ObjectStoreError(
            "ServiceUnavailable", 503, "Reduce your request rate.", str(error)
        ) from error
