"""How Sphinx builds these pages: `scripts/docs`. Nothing is fetched."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "src"), str(HERE / "_ext")]

from relcomm import __version__  # noqa: E402 - only now can it be found

project = "relcomm"
author = "The relcomm authors"
copyright = author  # noqa: A001 - Sphinx's own name
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "relcomm_pages"]
exclude_patterns = ["_build"]
# `name` in a docstring is a link where the name has a page, and code where it has none.
default_role = "py:obj"
myst_enable_extensions = ["attrs_inline", "fieldlist"]
myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
python_use_unqualified_type_names = True
add_module_names = False
suppress_warnings = ["myst.header"]  # the models' cards begin their levels where a card does

html_theme = "furo"
html_title = f"relcomm {version}"
html_static_path = ["_static"]
html_css_files = ["relcomm.css"]
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"
pygments_dark_style = "monokai"
