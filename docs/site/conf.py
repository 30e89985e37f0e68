"""How Sphinx makes the site of the documentation: `make docs`.

It is built twice: from `docs/` without `docs/ar` in English, and from `docs/ar` with the language
`ar` into its folder `ar/`, so that the Arabic pages have an Arabic frame, search and contents.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path, PurePosixPath
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ARABIC = ROOT / "docs" / "ar"
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
exclude_patterns = ["site", "ar"]
locale_dirs = [str(HERE / "locale")]
templates_path = [str(HERE / "templates")]

myst_heading_anchors = 4
myst_enable_extensions = ["colon_fence", "deflist"]
myst_url_schemes = {
    "http": None,
    "https": None,
    "mailto": None,
    "other": "{{path}}",
}

autodoc_typehints = "description"
autodoc_typehints_description_target = "documented_params"
autodoc_member_order = "bysource"
napoleon_use_rtype = False

html_theme = "furo"
html_title = f"dezone {version}"
html_static_path = ["static"]
html_css_files = ["house.css"]
html_show_sphinx = False
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "languages.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_copy_source = False
html_use_index = False
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


def lead_to_the_other_site(app: Any, page: str, source: list[str]) -> None:
    """Lead links from one language's pages to the other's, which are another build's."""
    elsewhere = r"\]\((\.\./|ar/)([a-z/]+)\.md\)"
    source[0] = re.sub(elsewhere, r"](other:\1\2.html)", source[0])


# A day (or two), and a cell that is quoted with its column: as one, from left to right.
DAYS = r"\d{4}-\d\d(?:-\d\d)?(?:/\d{4}-\d\d(?:-\d\d)?)?"
WHOLE = re.compile(rf"(?<![\w'-])(?:(?:[A-Za-z]+: )?'[^'<>\n]+'|{DAYS})(?![^<]*>|[\w'-])")


def frame_in_its_language(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: Any
) -> None:
    """Say in which language and direction a page is, and where it is in the other language."""
    arabic = app.config.language == "ar"
    if arabic:
        context["language"] = 'ar" dir="rtl'  # the theme has no place for the direction
        # Among Arabic letters 2018-03-12 would be shown as 12-03-2018.
        context["body"] = WHOLE.sub(r'<bdi dir="ltr">\g<0></bdi>', context.get("body", ""))
    there = ROOT / "docs" if arabic else ARABIC
    name = page if (there / f"{page}.md").exists() else "index"
    folder = PurePosixPath("..") if arabic else PurePosixPath("ar")
    context["other_page"] = f"{context['content_root']}{folder / name}.html"
    context["other_language"] = "en" if arabic else "ar"
    context["other_name"] = "English" if arabic else "العربية"


def setup(app: Any) -> None:
    """Let Sphinx know what is ours."""
    app.connect("source-read", lead_to_the_other_site)
    app.connect("html-page-context", frame_in_its_language)
