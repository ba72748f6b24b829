"""What a notebook file may hold."""

import json
import re

import papermill
import pytest
from conftest import ROOT

from gan_hw.recipes import COLLECTIONS, RECIPES

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CORE = [path for path in NOTEBOOKS if path.stem[:2] <= "05"]


def cells(path):
    return json.loads(path.read_text(encoding="utf-8"))["cells"]


def test_the_five_notebooks_are_there():
    assert [path.stem[:2] for path in CORE] == ["01", "02", "03", "04", "05"]


def test_the_bootstrap_cell_is_the_same_letter_for_letter():
    bootstraps = {"".join(cell["source"]) for path in NOTEBOOKS for cell in cells(path) if cell["id"] == "bootstrap"}
    assert len(bootstraps) == 1
    assert all(any(cell["id"] == "bootstrap" for cell in cells(path)) for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestNotebookFile:
    def test_format_and_metadata(self, path):
        notebook = json.loads(path.read_text(encoding="utf-8"))
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        assert "widgets" not in notebook["metadata"]
        trains = path.stem[:2] not in ("02", "03", "09")  # those would spend a student's quota for nothing
        assert notebook["metadata"].get("accelerator") == ("GPU" if trains else None)
        assert notebook["metadata"]["colab"].get("gpuType") == ("T4" if trains else None)
        assert notebook["metadata"]["kaggle"]["isGpuEnabled"] == trains
        assert path.stat().st_size < 400_000

    def test_cell_ids_are_unique_words(self, path):
        ids = [cell["id"] for cell in cells(path)]
        assert len(ids) == len(set(ids))
        assert all(any(letter.isalpha() for letter in name) and len(name) < 40 for name in ids)

    def test_outputs_are_compared_text_or_light_pictures(self, path):
        code = [cell for cell in cells(path) if cell["cell_type"] == "code"]
        compared = [cell for cell in code if "NBVAL_CHECK_OUTPUT" in "".join(cell["source"])]
        assert len(compared) >= 3
        for cell in code:
            kept = cell in compared
            picture = "picture" in cell["metadata"].get("tags", [])
            # nbval never compares a cell whose execution count is null, and refuses outputs of one
            assert (cell["execution_count"] is not None) == (kept or picture), cell["id"]
            if picture:
                (output,) = cell["outputs"]
                assert list(output["data"]) == ["image/jpeg"] and len(output["data"]["image/jpeg"]) < 140_000, cell[
                    "id"
                ]
                assert not kept, cell["id"]
            else:
                assert bool(cell["outputs"]) == kept, cell["id"]
                assert all(output["output_type"] == "stream" for output in cell["outputs"]), cell["id"]

    def test_every_picture_is_also_described_in_words(self, path):
        for cell in cells(path):
            if "picture" in cell["metadata"].get("tags", []):
                alt = cell["metadata"]["alt"]
                assert 20 < len(alt) < 250 and cell["metadata"]["mystnb"] == {"image": {"alt": alt}}, cell["id"]

    def test_each_ends_with_what_was_learned_and_how_far_one_is(self, path):
        ids = [cell["id"] for cell in cells(path)]
        assert ids.index("able-to-say") < ids.index("your-progress") < ids.index("next") == len(ids) - 1

    def test_cells_are_short(self, path):
        for cell in cells(path):
            if cell["cell_type"] == "code" and cell["id"] not in ("bootstrap", "parameters"):
                assert len(cell["source"]) <= 16, cell["id"]

    def test_every_parameter_is_typed_and_explained(self, path):
        (tagged,) = [cell for cell in cells(path) if "parameters" in cell["metadata"].get("tags", [])]
        parameters = papermill.inspect_notebook(str(path))
        assert len(parameters) == len(tagged["source"])
        for parameter in parameters.values():
            assert parameter["inferred_type_name"] in ("str", "int", "float", "bool"), parameter
            # Colab bears words after a type, and a list of values speaks for itself
            form, words = re.fullmatch(r"@param (\[.*\]|\{.*\}  # (.*))", parameter["help"]).groups()
            assert form.startswith("[") or len(words) > 10, parameter
            self.check_form_field(form.split("  #")[0], parameter, path.stem)

    def check_form_field(self, form, parameter, stem):
        """Colab asks for the parameter's type, or offers its values."""
        if form.startswith("["):
            choices, default = json.loads(form), parameter["default"].strip('"')
            assert default in choices
            offered = [
                name
                for name, recipe in RECIPES.items()
                if recipe.conditional == ("conditional" in stem) and (recipe in COLLECTIONS) == ("other" in stem)
            ]
            assert parameter["name"] != "recipe" or choices == offered
        else:
            kinds = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
            assert form == f'{{type:"{kinds[parameter["inferred_type_name"]]}"}}', parameter
