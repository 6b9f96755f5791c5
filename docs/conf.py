"""Sphinx's configuration: ``make docs`` builds the site into ``build/site``.

Furo is the theme: it is plain, reads well on a phone, has a dark mode, and is used and kept by
projects that our readers know (pip, attrs, urllib3, Black).
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE / "_extensions")]

import ddbmock  # noqa: E402 (after the path is set)

project = "ddbmock"
author = "ddbmock contributors"
copyright = author
release = version = ddbmock.__version__

extensions = [
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "sphinx_design",
    "page_links",
]
exclude_patterns = ["_extensions", "generate.py", "operation_facts.py"]
source_suffix = {".rst": "restructuredtext"}
nitpicky = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
highlight_language = "text"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True, "show-inheritance": False}
add_module_names = False
python_use_unqualified_type_names = True

copybutton_prompt_text = "$ "
copybutton_only_copy_prompt_lines = False

html_theme = "furo"
html_title = "ddbmock"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_theme_options = {
    "navigation_with_keys": True,
    "light_css_variables": {
        "color-brand-primary": "#2158c7",
        "color-brand-content": "#2158c7",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7aa7ff",
        "color-brand-content": "#7aa7ff",
    },
}
