"""Sphinx: the pages of this folder, and pages made from the program itself (docs/site), which are removed at the end.

python -m sphinx -W -b html docs build/docs
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent / "site"))
import figure_pages
import formulas
import notebook_pages
import reference_pages
import theorem_pages

import lumpform
from lumpform.cli.figures import NAMES

HERE = Path(__file__).parent
sys.argv[0] = "lumpform"  # what the pages of commands begin with

project = "LumpForm"
author = "the LumpForm authors"
version = release = lumpform.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "cyclopts.ext.sphinx",
]
html_theme = "furo"
html_title = f"LumpForm {release}"
html_copy_source = False
html_static_path = ["static"]
html_css_files = ["wide.css"]
exclude_patterns = ["_build", "site"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
html_math_renderer = "mathml"
default_role = "py:obj"  # a name in single backticks is a link where it is one of ours, and code otherwise
autodoc_member_order = "groupwise"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 72
python_use_unqualified_type_names = True
napoleon_use_rtype = False
napoleon_preprocess_types = True
toc_object_entries_show_parents = "hide"
suppress_warnings = [
    "myst.xref_missing",  # links to files beside this folder; tests/test_docs.py checks that they exist
    "ref.python",  # names that several classes have
]
GENERATED = HERE / "generated"


def setup(app: Any) -> None:
    """Write the pages before Sphinx looks for pages."""
    formulas.connect(app)
    shutil.rmtree(GENERATED, ignore_errors=True)
    GENERATED.mkdir()
    reference_pages.write(GENERATED)
    theorem_pages.write(GENERATED, (HERE / "theory.md").read_text(encoding="utf-8"))
    notebook_pages.write(GENERATED, HERE.parent / "notebooks")
    figure_pages.write(GENERATED, HERE / "figures", NAMES)
    app.connect("build-finished", lambda app, error: shutil.rmtree(GENERATED, ignore_errors=True))
