"""The face detector's file: a given path, or downloaded once; no torch, so that a wrong path is reported at once."""

import os
from pathlib import Path

from gan_hw.data import downloads
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.utils.hosts import mounted_path

CASCADE_URL = "https://raw.githubusercontent.com/nagadomi/lbpcascade_animeface/master/lbpcascade_animeface.xml"
CASCADE_SHA256 = "9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30"
CASCADE_NAME = "lbpcascade_animeface.xml"


def find_cascade(cascade: str | Path | None, workspace: str | Path) -> Path:
    """Path of the face detector's file: `cascade`, else GAN_HW_CASCADE, else downloaded once into the workspace.

    Raises ValueError when `cascade` or GAN_HW_CASCADE is not a file, NotMeasured when the download fails.
    """
    given = cascade or os.environ.get("GAN_HW_CASCADE")
    if given:
        path = mounted_path(given)
        if not path.is_file():
            raise ValueError(f"cascade={str(given)!r} is not a file here; leave it out to have it fetched")
        return path
    path = Path(workspace) / "data" / CASCADE_NAME
    if not path.exists():
        _fetch_cascade(path)
    return path


def _fetch_cascade(path: Path) -> None:
    try:
        downloads.from_url(CASCADE_URL, CASCADE_SHA256, path)
    except downloads.DownloadFailed as error:
        raise NotMeasured(f"{error}; get it by hand and name it with --cascade FILE or GAN_HW_CASCADE") from error
