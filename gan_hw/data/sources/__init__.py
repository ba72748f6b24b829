"""Sources of images, each named by an address.

The addresses::

    drawn, drawn:2000            anime faces drawn by program (see drawn_faces)
    a folder, .zip, .tgz, .tar   all pictures in it, including those in sub-folders
    crypko                       the course's 71,314 faces, downloaded
    hf:OWNER/DATASET/FILE        an archive in a data set on Hugging Face
    kaggle:OWNER/DATASET         a data set on Kaggle; in a Kaggle notebook that it is attached to, it is read in place
    iclevr:PATH                  i-CLEVR: a folder or archive with its pictures, train.json and objects.json
    cifar10, celeba, flowers102  downloaded by torchvision; cifar10:ROOT reads the copy in its layout in the folder ROOT
    any of these?labels=...      labels from a .csv with the classes of each picture (pictures that it does not name
                                 are left out); or groups of the source's own classes, as drawn?labels=hair,eyes; or
                                 `folders`, the sub-folders as classes, or some of them, as
                                 pictures.zip?labels=folders:cats,dogs
    any picture files?fit=pad    pictures that are not square get a white border instead of being cropped
    any of these?take=300        a random subset of so many pictures, the same one every time
"""

import re
from pathlib import Path

from gan_hw.data import labels
from gan_hw.data.address import FIT_OPTION, LABELS_OPTION, TAKE_OPTION, TORCHVISION_SETS
from gan_hw.data.sources.archives import PictureFiles, expand_path, open_files
from gan_hw.data.sources.base import ImageSource
from gan_hw.data.sources.drawn import DEFAULT_DRAWN_FACES, DrawnFaces
from gan_hw.data.sources.remote import DownloadedFiles
from gan_hw.data.sources.wrappers import LabelledFiles, with_fit, with_labels, with_random_subset
from gan_hw.utils.messages import say


def open_source(address: str | Path) -> ImageSource:
    """The source of an address or path. The options ?labels=, ?fit= and ?take= may be in any order.

    Raises ValueError when there is no such source.
    """
    base, *options = re.split(r"(\?(?:labels|fit|take)=)", str(address))
    values = {option: value.strip() for option, value in zip(options[::2], options[1::2], strict=True)}
    if len(values) < len(options) // 2:
        raise ValueError(
            say(
                "data={address!r}: each of {labels} {fit} {take} may appear only once",
                address=str(address),
                labels=LABELS_OPTION,
                fit=FIT_OPTION,
                take=TAKE_OPTION,
            )
        )
    source = _open_without_options(base)
    for option, modify in ((LABELS_OPTION, with_labels), (FIT_OPTION, with_fit), (TAKE_OPTION, with_random_subset)):
        if option in values:
            source = modify(source, values[option])
    return source


def _open_without_options(address: str) -> ImageSource:
    scheme, _, location = address.partition(":")
    if scheme == "drawn":
        if location and not (location.isdecimal() and int(location) > 0):
            raise ValueError(
                say("data={address!r}: 'drawn:' needs the number of faces after it, as in drawn:2000", address=address)
            )
        return DrawnFaces(int(location) if location else DEFAULT_DRAWN_FACES)
    if scheme in ("crypko", "hf", "kaggle"):
        return DownloadedFiles(address, scheme, location)
    if scheme == "iclevr":
        return _open_iclevr(location)
    if scheme in TORCHVISION_SETS:
        from gan_hw.data.sources.torchvision_sets import TorchvisionSet  # torchvision takes seconds to load

        return TorchvisionSet(scheme, expand_path(location, address) if location else None)
    if not address.strip():
        raise ValueError(say("data='' is empty; give a path, or use 'drawn'"))
    return open_files(address)


def _open_iclevr(path: str) -> LabelledFiles:
    """I-CLEVR's pictures in a folder or archive, with the labels of its train.json and objects.json."""
    if not path:
        raise ValueError(say("data='iclevr:' needs a folder or archive after it, as in iclevr:iclevr.zip"))
    files = open_source(path)
    if not isinstance(files, PictureFiles):
        raise ValueError(say("data='iclevr:{path}': {path!r} is not a folder or archive", path=path))
    found = labels.from_iclevr(files.text("train.json"), files.text("objects.json"), path)
    return LabelledFiles(files, lambda: found, f"iclevr:{files.address}", "iclevr")
