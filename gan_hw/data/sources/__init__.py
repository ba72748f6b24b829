"""Where pictures come from: each source has a name, an address, a fingerprint of its content, and can be read.

drawn, drawn:2000            anime faces drawn by program (see drawn_faces)
a folder, .zip, .tgz, .tar   every picture in it, sub-folders included
crypko                       the course's 71,314 faces, downloaded
hf:OWNER/DATASET/FILE        an archive in a data set on Hugging Face
kaggle:OWNER/DATASET         a data set on Kaggle; attached to a Kaggle notebook, it is read where it lies
iclevr:PATH                  i-CLEVR: a folder or archive of its pictures, train.json and objects.json
cifar10, celeba, flowers102  through torchvision, downloaded; or cifar10:ROOT, as torchvision keeps it in that folder
any of these?labels=...      a .csv with the classes of each picture (others are left out), or the kinds of classes
                             to keep of those that it has: drawn?labels=hair,eyes; or `folders`, the sub-folders that
                             pictures lie in as classes, or some of them: pictures.zip?labels=folders:cats,dogs
any picture files?fit=pad    pictures that are not square are padded with white, not cut
any of these?take=300        so many of its pictures, drawn at random, the same ones each time: a small collection
"""

import re

from gan_hw.data import labels
from gan_hw.data.address import FIT, LABELS, TAKE, TORCHVISION_SETS
from gan_hw.data.sources.archives import PictureFiles, open_files, reached
from gan_hw.data.sources.downloaded import Downloaded
from gan_hw.data.sources.drawn import DRAWN_FACES, DrawnFaces
from gan_hw.data.sources.modified import Labelled, Taken, fitted, labelled


def open_source(source):
    """The source object of a name or path: `name`, `address`, `fingerprint()` and `read(size, scratch, progress, fit)`.

    The address names the same source from any folder. scratch: an open file for pixels that should not fill the memory.
    What stands behind the name, LABELS, FIT and TAKE, may stand in any order.
    Raises ValueError when there is no such source.
    """
    name, *options = re.split(r"(\?(?:labels|fit|take)=)", str(source))
    chosen = {key: value.strip() for key, value in zip(options[::2], options[1::2], strict=True)}
    if len(chosen) < len(options) // 2:
        raise ValueError(f"data={str(source)!r}: each of {LABELS} {FIT} {TAKE} may stand there once")
    found = _open(name)
    for key, change in ((LABELS, labelled), (FIT, fitted), (TAKE, Taken)):
        if key in chosen:
            found = change(found, chosen[key])
    return found


def _open(source):
    kind, _, rest = source.partition(":")
    if kind == "drawn":
        if rest and not (rest.isdecimal() and int(rest) > 0):
            raise ValueError(f"data={source!r}: after 'drawn:' comes the number of faces, as in drawn:2000")
        return DrawnFaces(int(rest) if rest else DRAWN_FACES)
    if kind in ("crypko", "hf", "kaggle"):
        return Downloaded(source, kind, rest)
    if kind == "iclevr":
        return iclevr(rest)
    if kind in TORCHVISION_SETS:
        from gan_hw.data.sources.torchvision_sets import TorchvisionSet  # it takes seconds to load

        return TorchvisionSet(kind, reached(rest, source) if rest else None)
    if not source.strip():
        raise ValueError("data='' names nothing; give a path, or use 'drawn'")
    return open_files(source)


def iclevr(path):
    """i-CLEVR's pictures in a folder or archive, with the labels of its train.json and objects.json."""
    if not path:
        raise ValueError("data='iclevr:' names nothing; after it comes a folder or archive, as in iclevr:iclevr.zip")
    files = open_source(path)
    if not isinstance(files, PictureFiles):
        raise ValueError(f"data='iclevr:{path}': after 'iclevr:' comes a folder or archive")
    found = labels.from_iclevr(files.text("train.json"), files.text("objects.json"), path)
    return Labelled(files, found, f"iclevr:{files.address}", "iclevr")
