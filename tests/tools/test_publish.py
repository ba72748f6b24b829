"""Badges and the bootstrap's address point to the repository that publishes; an archive of it is small."""

import json
import shutil
import subprocess

import nbformat
import pytest
from build_notebooks import take_over_outputs, text_of, without_outputs
from conftest import ROOT
from publish import publish
from translate.editions import Edition


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(ROOT / "notebooks", tmp_path / "notebooks", ignore=shutil.ignore_patterns(".*"))
    for readme in ROOT.glob("README*.md"):
        shutil.copy(readme, tmp_path)
    return tmp_path


def source(path, name):
    (cell,) = [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["id"] == name]
    return "".join(cell["source"])


def test_a_fork_s_badges_point_to_the_fork(copy):
    before = (copy / "README.md").read_text(encoding="utf-8")
    publish("someone/gan-kit", copy)
    publish("other/fork", copy)
    for path in (copy / "notebooks").glob("*.ipynb"):
        title = source(path, "title").splitlines()
        assert title[0].startswith("# ") and title[2].count("[![Open In") == 2
        assert title[2].count(f"other/fork/blob/main/notebooks/{path.name}") == 2
        assert 'REPOSITORY = "https://github.com/other/fork"' in source(path, "bootstrap")
        assert "someone" not in path.read_text(encoding="utf-8")
        assert len({source(other, "bootstrap") for other in (copy / "notebooks").glob("*.ipynb")}) == 1
        made = without_outputs(copy / "notebooks" / "src" / f"{path.stem}.py", "student")
        take_over_outputs(made, nbformat.read(path, as_version=4), pictures=True)
        assert text_of(made) == path.read_text(encoding="utf-8")
    for path in (copy / "notebooks").glob("zh-TW/**/*.ipynb"):
        language = path.relative_to(copy / "notebooks").parts[0]
        assert source(path, "title").count(f"other/fork/blob/main/notebooks/{language}/{path.name}") == 2
        edition = Edition(language.replace("-", "_"))
        kind = "solutions" if path.parent.name == "solutions" else "student"
        english = without_outputs(copy / "notebooks" / "src" / f"{path.stem}.py", kind)
        assert edition.notebook(english, path.name, kind).cells[0].source == source(path, "title")
    for readme in copy.glob("README.*.md"):
        assert f"/notebooks/{readme.suffixes[0].strip('.')}/01_environment.ipynb" in readme.read_text(encoding="utf-8")
    readme = (copy / "README.md").read_text(encoding="utf-8")
    assert "someone" not in readme and readme.count("other/fork/blob/main/notebooks/01_environment.ipynb") == 2
    assert [line for line in readme.splitlines() if line and "Open In" not in line] == [
        line for line in before.splitlines() if line and "Open In" not in line
    ]


@pytest.mark.parametrize("repo", ["", "owner", "https://github.com/a/b", "a/b/c"])
def test_what_is_no_repository_stamps_nothing(copy, repo):
    before = (copy / "README.md").read_bytes()
    with pytest.raises(ValueError, match="is not of the form owner/name"):
        publish(repo, copy)
    assert (copy / "README.md").read_bytes() == before


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a git checkout")
def test_an_archive_of_the_kit_is_under_twenty_megabytes(tmp_path):
    archive = tmp_path / "kit.zip"
    subprocess.run(["git", "-C", ROOT, "archive", "-o", archive, "HEAD"], check=True)
    assert 100_000 < archive.stat().st_size < 20_000_000  # twelve of them are the networks that ship
