"""The face detector's file: named, or fetched once; no torch, so that a wrong name is answered at once."""

import os
from pathlib import Path

from gan_hw.data import downloads
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.utils.hosts import reach

CASCADE_URL = "https://raw.githubusercontent.com/nagadomi/lbpcascade_animeface/master/lbpcascade_animeface.xml"
CASCADE_SHA256 = "9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30"
CASCADE_NAME = "lbpcascade_animeface.xml"


def find_cascade(cascade, workspace):
    """Path of the face detector's file: `cascade`, else GAN_HW_CASCADE, else fetched once and kept in the workspace.

    Raises ValueError when a file that was named is missing, NotMeasured when fetching it fails.
    """
    named = cascade or os.environ.get("GAN_HW_CASCADE")
    if named:
        path = reach(named)
        if not path.is_file():
            raise ValueError(f"cascade={str(named)!r} is not a file here; leave it out to have it fetched")
        return path
    path = Path(workspace) / "data" / CASCADE_NAME
    if not path.exists():
        _fetch_cascade(path)
    return path


def _fetch_cascade(path):
    try:
        downloads.from_address(CASCADE_URL, CASCADE_SHA256, path)
    except downloads.DownloadFailed as error:
        raise NotMeasured(f"{error}; get it by hand and name it with --cascade FILE or GAN_HW_CASCADE") from error
