"""The documentation as a site: it builds without a warning, and its links lead somewhere."""

from __future__ import annotations

import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.pages import ROOT

pytest.importorskip("sphinx", reason="needs Sphinx: pip install -e '.[docs]'")


class Page(HTMLParser):
    """What a page links to, and what can be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            elif name in ("href", "src") and value:
                self.targets.append(value)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("site")
    options = ["-q", "-W", "--keep-going", "-d", str(directory / "doctrees")]
    built = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(directory / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (built.returncode, built.stderr) == (0, "")
    return directory / "html"


def test_internal_links_lead_somewhere(site: Path) -> None:
    pages = {path: Page(path) for path in site.rglob("*.html")}
    broken = []
    for path, page in pages.items():
        for target in page.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc:
                continue
            found = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not found.exists():
                broken.append(f"{path.relative_to(site)}: {target}")
            elif found in pages and parts.fragment and parts.fragment not in pages[found].anchors:
                broken.append(f"{path.relative_to(site)}: no {target}")
    assert broken == []


def test_links_between_sources_are_links_between_pages(site: Path) -> None:
    left = [
        f"{path.relative_to(site)}: {target}"
        for path in site.rglob("*.html")
        for target in Page(path).targets
        if urlsplit(target).path.endswith(".rst")
    ]
    assert left == []
