"""The console: pages for a browser, served below the control path from files in this package.

The pages are static. They use DynamoDB's operations at ``/`` and the control API, so scripts can do
all that the console can do. Their sources are in ``console/`` at the top of the repository; ``make
console`` builds them.
"""

from __future__ import annotations

import hashlib
from functools import cached_property
from importlib import resources
from typing import Final

from ddbmock.named_tuple import NamedTuple
from ddbmock.service.compression import accepted_encoding, compress
from ddbmock.service.http import WireRequest, WireResponse

_TYPES: Final = {
    "html": "text/html; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}

HEADERS: Final = (
    (
        "Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    ),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
)
"""The headers of every page and asset, which allow scripts and styles of this server only, and no
frames."""


class _Asset(NamedTuple):
    content: bytes
    compressed: dict[str, bytes]
    content_type: str
    etag: str


class Console:
    """The page and its assets, which answer GET requests."""

    @cached_property
    def _assets(self) -> dict[str, _Asset]:
        """All assets by name. The path of a request is looked up here, and never used as the path
        of a file."""
        assets = {}
        for file in resources.files(__name__).joinpath("assets").iterdir():
            content = file.read_bytes()
            kind = _TYPES[file.name.rpartition(".")[2]]
            etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            assets[file.name] = _Asset(content, {}, kind, etag)
        return assets

    def page(self, request: WireRequest) -> WireResponse:
        """Return the single page of the console."""
        return self._answer(request, self._assets["index.html"])

    def asset(self, request: WireRequest, name: str) -> WireResponse | None:
        """Return a script, style or picture by name, or None if it does not exist."""
        asset = self._assets.get(name)
        return None if asset is None else self._answer(request, asset)

    def _answer(self, request: WireRequest, asset: _Asset) -> WireResponse:
        headers = [*HEADERS, ("Cache-Control", "no-cache"), ("ETag", asset.etag)]
        if request.headers.get("if-none-match") == asset.etag:
            return WireResponse(304, headers, b"")
        content = asset.content
        encoding = accepted_encoding(request.headers.get("accept-encoding", ""))
        if encoding:
            content = asset.compressed.get(encoding) or compress(content, encoding)
            asset.compressed[encoding] = content
            headers.append(("Content-Encoding", encoding))
        headers += [
            ("Content-Type", asset.content_type),
            ("Vary", "Accept-Encoding"),
            ("Content-Length", str(len(content))),
        ]
        return WireResponse(200, headers, content)
