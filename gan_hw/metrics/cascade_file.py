"""The face detector's file: a given path, or downloaded once; no torch, so that a wrong path is reported at once."""

import os
from pathlib import Path

from gan_hw.data import downloads
from gan_hw.metrics.protocol import NotMeasured
from gan_hw.utils.files import atomic_path
from gan_hw.utils.hosts import mounted_path
from gan_hw.utils.messages import mark, say

CASCADE_URL = "https://raw.githubusercontent.com/nagadomi/lbpcascade_animeface/master/lbpcascade_animeface.xml"
CASCADE_SHA256 = "9376d30ac38db6bda2a68b88b3b76bbd7e6aa33af47f7f5c76bc88ca75f1ce30"
CASCADE_NAME = "lbpcascade_animeface.xml"
NO_CASCADE = mark("the cascade's file could not be fetched; name it with --cascade FILE or GAN_HW_CASCADE")


def find_cascade(cascade: str | Path | None, workspace: str | Path) -> Path:
    """Path of the face detector's file: `cascade`, else GAN_HW_CASCADE, else the workspace's, downloaded once.

    Raises ValueError when `cascade` or GAN_HW_CASCADE is not a file, NotMeasured when the download fails.
    """
    path = known_cascade(cascade, workspace)
    if path is None:
        path = _remembered_path(workspace)
        _fetch_cascade(path)
    return path


def known_cascade(cascade: str | Path | None, workspace: str | Path) -> Path | None:
    """As find_cascade, but nothing is downloaded: None where that would be needed."""
    given = cascade or os.environ.get("GAN_HW_CASCADE")
    if not given:
        path = _remembered_path(workspace)
        return path if path.exists() else None
    path = mounted_path(given)
    if not path.is_file():
        raise ValueError(say("cascade={given!r} is not a file here; leave it out to have it fetched", given=str(given)))
    return path


def remember_cascade(path: Path, workspace: str | Path) -> None:
    """Copy the detector's file into the workspace, so that later commands find it without its being named again."""
    remembered, content = _remembered_path(workspace), path.read_bytes()
    if not remembered.exists() or remembered.read_bytes() != content:
        with atomic_path(remembered) as part:
            part.write_bytes(content)


def _remembered_path(workspace: str | Path) -> Path:
    return Path(workspace) / "data" / CASCADE_NAME


def _fetch_cascade(path: Path) -> None:
    try:
        downloads.from_url(CASCADE_URL, CASCADE_SHA256, path)
    except downloads.DownloadFailed as error:
        raise NotMeasured(say(NO_CASCADE)) from error
