"""Settings of the book, which `make docs` builds.

It is built from the repository's root, so that its pages, the notebooks and the code can link to each other by relative
paths that work on GitHub too.
"""

from gan_hw import __version__

project = "The GAN course kit"
author = "the kit's authors"
version = release = __version__
root_doc = "docs/index"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx_copybutton"]
include_patterns = [
    "docs/**",
    "notebooks/*.ipynb",
    "notebooks/zh-TW/*.ipynb",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "README*.md",
]
include_patterns += [
    "gan_hw/metrics/weights/*.md",
    "assets/weights/*.md",
]  # the cards of the networks that ship with the kit
exclude_patterns = [".venv", ".git", "workspace", "build", "out", "tests", "tools", "notebooks/solutions"]

# Notebooks are shown as they are stored; `make notebooks` runs them.
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 4
suppress_warnings = [
    "myst.header",  # a notebook's sections may begin below its title's level
    "toc.not_included",  # README is read for its links; the book has an entry page of its own
]

default_role = "code"  # docstrings quote names in single backticks
autodoc_default_options = {"members": True, "member-order": "bysource", "show-inheritance": True}
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 90
toc_object_entries_show_parents = "hide"


def escape_markup(app, what, name, obj, options, lines):
    """Docstrings are plain text with names in backticks: * and | in them are no markup."""
    lines[:] = [line.replace("*", r"\*").replace("|", r"\|") for line in lines]


def setup(app):
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", escape_markup)


html_theme = "furo"
html_title = project
html_static_path = ["_static"]
html_css_files = ["book.css"]
html_extra_path = ["_root"]  # the entry page of the built book
html_copy_source = False
html_use_index = html_domain_indices = False  # the search finds names
copybutton_exclude = ".linenos, .gp"

linkcheck_anchors = False  # pages of services are made by scripts
linkcheck_timeout = 20
linkcheck_retries = 2
