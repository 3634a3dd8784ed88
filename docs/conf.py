"""Both languages in one build: ``docs/en`` and ``docs/ru``."""

import sys
from pathlib import Path

import notifykit

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "notifykit"
author = "notifykit"
version = release = notifykit.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "generated",
    "reference",
    "two_languages",
]
exclude_patterns = ["_build"]

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

# The docstrings' `single backticks` are names.
default_role = "py:obj"
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
autodoc_typehints_format = "short"

# Dashes only: both languages type their own quotation marks.
smartquotes_action = "D"

html_theme = "furo"
html_title = f"notifykit {release}"
html_static_path = ["_static"]
html_css_files = ["notifykit.css"]
html_show_copyright = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#1b7a43", "color-brand-content": "#1b7a43"},
    "dark_css_variables": {"color-brand-primary": "#4cc384", "color-brand-content": "#4cc384"},
}
