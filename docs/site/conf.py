"""How Sphinx makes the site of the documentation: `make docs`."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

project = "dezone"
author = "dezone contributors"
version = release = PROJECT["version"]
copyright = author

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["site", "_build"]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"dezone {version}"
html_static_path = ["static"]
html_css_files = ["house.css"]
html_show_sphinx = False
html_copy_source = False
html_show_sourcelink = False
html_last_updated_fmt = None
html_theme_options: dict[str, Any] = {
    "light_css_variables": {
        "color-brand-primary": "#0B5F97",
        "color-brand-content": "#0B5F97",
        "color-brand-visited": "#7A3568",
        "color-background-primary": "#FBFAF7",
        "color-background-secondary": "#F7F4EC",
        "color-background-border": "#DDD8CA",
        "color-foreground-primary": "#1F2933",
        "color-foreground-secondary": "#4A545E",
        "font-stack": "system-ui, 'Noto Sans', 'Noto Sans Arabic', sans-serif",
    },
    "dark_css_variables": {
        "color-brand-primary": "#7FC0EE",
        "color-brand-content": "#7FC0EE",
        "color-brand-visited": "#DFA3CF",
        "color-background-primary": "#14191E",
        "color-background-secondary": "#1B2127",
        "color-background-border": "#38424B",
        "color-foreground-primary": "#E9E6DD",
        "color-foreground-secondary": "#B4BCC3",
    },
}


def in_its_language(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Say in which language a page is: what lies in ar/ is Arabic, the rest English."""
    context["language"] = "ar" if page.startswith("ar/") else "en"


def setup(app: Any) -> None:
    """Let Sphinx know what is ours."""
    app.connect("html-page-context", in_its_language)
