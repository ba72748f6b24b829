"""Files from elsewhere, through the libraries that keep, resume and verify them; each download happens once."""

from pathlib import Path

from gan_hw.utils.hosts import KAGGLE_INPUT, host


class DownloadFailed(RuntimeError):
    """Something can't be fetched from here; the message says what, why, and what to do instead."""


def from_hugging_face(repository, file):
    """Path of one file of the data set `repository` (owner/name) on Hugging Face, kept in its own cache.

    Raises DownloadFailed.
    """
    return attempt(f"'{file}' of huggingface.co/datasets/{repository}", _hugging_face, repository, file)


def _hugging_face(repository, file):
    from huggingface_hub import hf_hub_download

    return Path(hf_hub_download(repository, file, repo_type="dataset"))


def from_kaggle(handle):
    """Path of the folder with the files of the Kaggle data set `handle` (owner/name).

    One that is attached to a Kaggle notebook is used where it lies, without a network. Raises DownloadFailed.
    """
    owner, name = handle.split("/")
    for attached in (KAGGLE_INPUT / name, KAGGLE_INPUT / "datasets" / owner / name):
        if attached.is_dir():
            return attached
    return attempt(f"kaggle.com/datasets/{handle}", _kaggle, handle)


def _kaggle(handle):
    import kagglehub

    return Path(kagglehub.dataset_download(handle))


def from_address(url, sha256, path):
    """Fetch one file to `path`, if it is not there yet, and check its hash. Raises DownloadFailed."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    return attempt(url, _address, url, sha256, path)


def _address(url, sha256, path):
    import pooch

    pooch.get_logger().setLevel("WARNING")
    return Path(pooch.retrieve(url, f"sha256:{sha256}", fname=path.name, path=path.parent))


def from_torchvision(name):
    """torchvision's network of that name with its best ImageNet weights, fetched once. Raises DownloadFailed."""
    from torchvision.models import get_model

    return attempt(f"{name}'s weights", lambda: get_model(name, weights="DEFAULT"))


def attempt(what, fetch, *arguments):
    """The libraries raise some forty kinds of error, their network layers more; to a student all say one thing."""
    try:
        return fetch(*arguments)
    except Exception as error:
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise DownloadFailed(f"{what} could not be fetched ({reason})") from error


def offline_hint():
    """How to go on without the network, for messages."""
    attach = "attach it to the notebook (Add Input), " if host() == "kaggle" else ""
    return f"{attach}get it where there is a network and name the file with data=PATH, or use data='drawn'"
