"""Pictures, archives and notebooks that tests make."""

import io
import tarfile
import zipfile

import nbformat
import numpy as np
from PIL import Image

# A small i-CLEVR: what its train.json and objects.json hold.
OBJECTS = {"gray cube": 1, "red cube": 0, "cyan sphere": 2}
TRAIN = {"a.png": ["cyan sphere", "red cube"], "b.png": ["gray cube"]}


def content(image, kind="PNG"):
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def picture(number, size=(70, 70), mode="RGB"):
    pixels = np.random.default_rng(number).integers(0, 256, (*size[::-1], 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def packed(folder, kind):
    files = {file.relative_to(folder).as_posix(): file for file in folder.rglob("*") if file.is_file()}
    archive = folder.parent / f"packed.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as target:
            for name, file in files.items():
                target.write(file, name)
    else:
        with tarfile.open(archive, "w:gz") as target:
            for name, file in files.items():
                target.add(file, name)
    return archive


def notebook(tmp_path, *sources):
    cells = [nbformat.v4.new_code_cell("steps: int = 3  # how many", metadata={"tags": ["parameters"]})]
    cells += [nbformat.v4.new_code_cell(source) for source in sources]
    path = tmp_path / "test.ipynb"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), path)
    return path


# Subsets of LBP codes that a pattern passes.
PASS_ALL = "-1 -1 -1 -1 -1 -1 -1 -1"  # every code leads left
PASS_FLAT = "0 0 0 0 0 0 0 -2147483648"  # only code 255, no block darker than the centre, leads left


def small_cascade(path, subset, window=24, rectangle="0 0 8 8", leaves="1 -1"):
    """A cascade of one stage with one pattern."""
    path.write_text(
        f"<opencv_storage><cascade><featureType>LBP</featureType><height>{window}</height><width>{window}</width>"
        "<stages><_><stageThreshold>0.5</stageThreshold><weakClassifiers><_>"
        f"<internalNodes>0 -1 0 {subset}</internalNodes><leafValues>{leaves}</leafValues></_></weakClassifiers></_>"
        f"</stages><features><_><rect>{rectangle}</rect></_></features></cascade></opencv_storage>"
    )
    return path
