"""Downloads through libraries that cache, resume and verify them; every file is fetched once. No torch here."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar

from gan_hw.utils.hosts import KAGGLE_INPUT, host
from gan_hw.utils.messages import say

P = ParamSpec("P")
T = TypeVar("T")


class DownloadFailed(RuntimeError):
    """A download failed; the message says what, why, and what to do instead."""


def from_hugging_face(repository: str, file: str, kind: Literal["dataset", "model"] = "dataset") -> Path:
    """Path of one file of a data set or model `repository` (owner/name) on Hugging Face, in the library's own cache.

    Raises DownloadFailed.
    """
    page = f"datasets/{repository}" if kind == "dataset" else repository
    return download(f"'{file}' of huggingface.co/{page}", _fetch_hugging_face, repository, file, kind)


def _fetch_hugging_face(repository: str, file: str, kind: str) -> Path:
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(repository, file, repo_type=kind))


def from_kaggle(handle: str) -> Path:
    """Path of the folder with the files of the Kaggle data set `handle` (owner/name).

    A data set that is attached to a Kaggle notebook is used in place, without a network. Raises DownloadFailed.
    """
    owner, name = handle.split("/")
    for attached in (KAGGLE_INPUT / name, KAGGLE_INPUT / "datasets" / owner / name):
        if attached.is_dir():
            return attached
    return download(f"kaggle.com/datasets/{handle}", _fetch_kaggle, handle)


def _fetch_kaggle(handle: str) -> Path:
    import kagglehub

    return Path(kagglehub.dataset_download(handle))


def from_url(url: str, sha256: str, path: str | Path) -> Path:
    """Download one file to `path`, unless it is there already, and check its hash. Raises DownloadFailed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return download(url, _fetch_url, url, sha256, path)


def _fetch_url(url: str, sha256: str, path: Path) -> Path:
    import pooch

    pooch.get_logger().setLevel("WARNING")
    return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=path.name, path=path.parent))


def from_torchvision(name: str) -> Any:  # an nn.Module, of whose parts torchvision gives no types
    """The network `name` of torchvision with its best ImageNet weights. Raises DownloadFailed."""
    from torchvision.models import get_model

    return download(f"{name}'s weights", lambda: get_model(name, weights="DEFAULT"))


def download(what: str, fetch: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """The result of fetch(*args, **kwargs), any exception of which becomes a DownloadFailed that names `what`.

    The libraries and their network layers raise some forty types of exception.
    """
    try:
        return fetch(*args, **kwargs)
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DownloadFailed(say("{what} could not be fetched ({reason})", what=what, reason=reason)) from error


def offline_hint() -> str:
    """What to do without a network, for error messages."""
    if host() == "kaggle":
        return say(
            "attach it to the notebook (Add Input), download it on another machine and name the file with data=PATH, "
            "or use data='drawn'"
        )
    return say("download it on another machine and name the file with data=PATH, or use data='drawn'")
