"""Links between pages that work both on the site and where the sources are read.

Pages link to each other as ```text <page.rst>`_``, which code hosts follow. Sphinx would leave
``page.rst`` in the HTML; this transform makes such links references to documents, so that a page
that does not exist is a warning.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

OUTSIDE = {"../README": "index", "../CHANGELOG": "changelog", "../CONTRIBUTING": "contributing"}
"""Files outside of the documentation, and the pages that stand for them."""
TARGET = re.compile(r"([^:#]+)\.rst(?:#([\w-]+))?")


class PageLinks(SphinxTransform):
    """Turns links to ``.rst`` files into references to documents."""

    default_priority = 5

    def apply(self, **_: Any) -> None:
        for link in list(self.document.findall(nodes.reference)):
            match = TARGET.fullmatch(link.get("refuri", ""))
            if match:
                link.replace_self(self._reference(link, match[1], match[2]))

    def _reference(self, link: nodes.reference, path: str, anchor: str | None) -> nodes.Node:
        here = posixpath.dirname(self.env.docname)
        depth = self.env.docname.count("/")
        outside = OUTSIDE.get(path[3 * depth :])
        if anchor:
            relative = outside or path
            return nodes.reference(
                "", "", *link.children, refuri=f"{relative}.html#{anchor}", internal=True
            )
        target = "/" + (outside or posixpath.normpath(posixpath.join(here, path)))
        return addnodes.pending_xref(
            "",
            nodes.inline("", "", *link.children),
            refdomain="std",
            reftype="doc",
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the transform."""
    app.add_transform(PageLinks)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
