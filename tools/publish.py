"""make publish REPO=owner/name: the bootstrap cells' address and the badges of notebooks and README, for a fork say.

    python tools/publish.py owner/name

Stamping again replaces what was stamped before; without it everything works from a checkout or an uploaded copy.
"""

import re
import sys
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent
REPO = re.compile(r"[\w.-]+/[\w.-]+")
BADGES = re.compile(r"\n\n\[!\[Open In Colab\].*")  # the line of badges, with the blank one before it
SOURCE_TITLE = re.compile(r"(^# # .*)(\n#\n# \[!\[Open In Colab\].*)?", re.M)  # the same in notebooks/src
COLAB = "https://colab.research.google.com"
KAGGLE = "https://kaggle.com"


def badges(repo, notebook):
    """The line of badges that open a notebook of the GitHub repository `repo` in Colab and in Kaggle."""
    path = f"github/{repo}/blob/main/notebooks/{notebook}"
    colab = f"[![Open In Colab]({COLAB}/assets/colab-badge.svg)]({COLAB}/{path})"
    source = f"{KAGGLE}/kernels/welcome?src=https://github.com/{repo}/blob/main/notebooks/{notebook}"
    return f"{colab} [![Open In Kaggle]({KAGGLE}/static/images/open-in-kaggle.svg)]({source})"


def publish(repo, root=ROOT):
    """Stamp every notebook and the README under `root`. Raises ValueError when `repo` is no owner/name."""
    if not REPO.fullmatch(repo):
        raise ValueError(f"REPO={repo!r} is not of the form owner/name, as on GitHub")
    folder = root / "notebooks"
    for path in sorted(folder.rglob("*.ipynb")):
        first, *_ = path.relative_to(folder).parts
        if first == "nbgrader":
            continue
        # Badges open the student edition, also those of solutions: of English, or of the language in whose folder it is
        language = "" if first in (path.name, "solutions") else f"{first}/"
        notebook = nbformat.read(path, as_version=4)
        for cell in notebook.cells:
            if cell.id == "title":
                cell.source = stamped(cell.source, badges(repo, language + path.name))
            if cell.id == "bootstrap":
                cell.source = with_address(cell.source, repo)
        path.write_text(nbformat.writes(notebook, indent=1) + "\n", encoding="utf-8")
    for path in sorted((folder / "src").rglob("*.py")):  # so that building again changes nothing
        text = with_address(path.read_text(encoding="utf-8"), repo)
        line = badges(repo, f"{path.stem}.ipynb")
        path.write_text(
            SOURCE_TITLE.sub(lambda title, line=line: f"{title[1]}\n#\n# {line}", text, 1), encoding="utf-8"
        )
    first_notebook = min(folder.glob("*.ipynb")).name
    for readme in sorted(root.glob("README*.md")):
        language = readme.name.removeprefix("README").removesuffix("md").strip(".")  # README.zh-TW.md
        line = badges(repo, f"{language}/{first_notebook}".strip("/"))
        readme.write_text(stamped(readme.read_text(encoding="utf-8"), line), encoding="utf-8")


def with_address(text, repo):
    """The bootstrap cell's code with the repository's address."""
    return re.sub(r'REPOSITORY = ".*?"', f'REPOSITORY = "https://github.com/{repo}"', text)


def stamped(text, line):
    """The text with the line of badges below its first line, the title."""
    title, rest = BADGES.sub("", text, count=1).split("\n", 1)
    return f"{title}\n\n{line}\n{rest}"


if __name__ == "__main__":
    try:
        publish(*sys.argv[1:])
    except (TypeError, ValueError) as error:
        sys.exit(f"publish: {error}")
