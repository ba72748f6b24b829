"""Another source with one thing changed: its labels, the way its pictures are made square, or their number."""

from collections.abc import Callable
from functools import cached_property
from typing import IO, TYPE_CHECKING

from gan_hw.data import labels
from gan_hw.data.address import FIT_MODES, FIT_OPTION, FOLDER_LABELS, LABELS_OPTION, TAKE_OPTION, Fit
from gan_hw.data.labels import Labels
from gan_hw.data.sources.archives import PictureFiles, name_without_suffix
from gan_hw.data.sources.base import DecodedImages, ImageSource
from gan_hw.data.sources.remote import DownloadedFiles
from gan_hw.utils.files import short_hash
from gan_hw.utils.hosts import mounted_path
from gan_hw.utils.messages import say

if TYPE_CHECKING:
    from gan_hw.utils.progress import Progress

MAX_OPTION_LETTERS = 60  # of the labels option, in the names of files


def with_labels(source: ImageSource, option: str) -> ImageSource:
    """The source with labels from a .csv or its sub-folders, or with some groups of the classes that it has.

    option: what follows ?labels= in an address. Raises ValueError naming the address and the problem.
    """
    address = source.address + LABELS_OPTION
    if not option:
        raise ValueError(
            say(
                "data={address!r}: {option!r} needs a .csv after it, groups of classes, as hair,eyes, or {folders}",
                address=address,
                option=LABELS_OPTION,
                folders=FOLDER_LABELS,
            )
        )
    if option.partition(":")[0] == FOLDER_LABELS:
        return _with_folder_labels(
            source, [name.strip() for name in option.partition(":")[2].split(",") if name.strip()]
        )
    if not option.lower().endswith(".csv"):
        return ClassGroups(source, [group.strip() for group in option.split(",")])
    return _with_table(source, option)


def _with_folder_labels(source: ImageSource, folders: list[str]) -> "LabelledFiles":
    """The files with their sub-folders as classes; `folders`: those to read, empty for all."""
    if not isinstance(source, (PictureFiles, DownloadedFiles)):
        raise ValueError(
            say(
                "data={address!r}: {source!r} is not a folder or archive",
                address=source.address + LABELS_OPTION + FOLDER_LABELS,
                source=source.address,
            )
        )
    option = ":".join([FOLDER_LABELS, ",".join(folders)] if folders else [FOLDER_LABELS])
    address = f"{source.address}{LABELS_OPTION}{option}"
    name = name_without_suffix("-".join(folders or [FOLDER_LABELS]))[:MAX_OPTION_LETTERS]
    return LabelledFiles(
        source,
        lambda: labels.from_folders(source.local_files.names(), folders, address),
        address,
        f"{source.name}-{name}",
    )


def _with_table(source: ImageSource, file: str) -> "LabelledFiles":
    try:
        table = mounted_path(file).resolve()
    except RuntimeError as error:  # ~nobody
        raise ValueError(say("labels {file!r}: {error}", file=file, error=error)) from error
    address = f"{source.address}{LABELS_OPTION}{table}"
    if not isinstance(source, (PictureFiles, DownloadedFiles)):
        raise ValueError(
            say(
                "data={address!r}: {source!r} has its own labels; a table is for picture files",
                address=address,
                source=source.address,
            )
        )
    try:
        found = labels.from_csv(table.read_text(encoding="utf-8-sig"), table)
    except OSError as error:
        raise ValueError(
            say("data={address!r}: the labels can't be read: {error}", address=address, error=error)
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(say("labels '{table}' are not UTF-8 text: {error}", table=table, error=error)) from error
    return LabelledFiles(source, lambda: found, address, f"{source.name}-{name_without_suffix(table.name)}")


def with_fit(source: ImageSource, option: str) -> ImageSource:
    """The source with another way of making pictures square.

    option: what follows ?fit= in an address. Raises ValueError when it is unknown or the pictures are square already.
    """
    fit = next((mode for mode in FIT_MODES if mode == option), None)
    address = source.address + FIT_OPTION + option
    if fit is None:
        raise ValueError(
            say(
                "data={address!r}: {option!r} needs {modes} after it",
                address=address,
                option=FIT_OPTION,
                modes=" or ".join(FIT_MODES),
            )
        )
    if source.always_square:
        raise ValueError(
            say("data={address!r}: {source!r} has square pictures", address=address, source=source.address)
        )
    return source if fit == "crop" else FitOverride(source, fit)


def with_random_subset(source: ImageSource, option: str) -> ImageSource:
    """The source with a random subset of its pictures. option: their number, as text.

    Raises ValueError when it is not a number of 1 or more.
    """
    if not (option.isdecimal() and int(option) > 0):
        raise ValueError(
            say(
                "data={address!r}: {option!r} needs a number of pictures after it",
                address=source.address + TAKE_OPTION + option,
                option=TAKE_OPTION,
            )
        )
    return RandomSubset(source, option)


class LabelledFiles(ImageSource):
    """Picture files of which those with labels are read.

    load_labels: called once, when the labels are first needed; those of folders are known only after a download.
    """

    def __init__(
        self,
        files: PictureFiles | DownloadedFiles,
        load_labels: Callable[[], Labels],
        address: str,
        name: str,
    ) -> None:
        self.files, self.load_labels, self.address, self.name = files, load_labels, address, name

    @cached_property
    def labels(self) -> Labels:
        """The classes of the pictures. Raises ValueError when a folder that was named does not exist."""
        return self.load_labels()

    def fingerprint(self) -> str:
        """Hash of the pictures and their labels."""
        fingerprint = self.files.fingerprint()
        return short_hash(f"{fingerprint} {self.labels.class_names} {sorted(self.labels.classes_of.items())}")

    def read(self, size: int, scratch_file: IO[bytes], progress: "Progress", fit: Fit = "crop") -> DecodedImages:
        """Decode the labelled pictures."""
        return self.files.local_files.read(size, scratch_file, progress, fit, self.labels)


class ModifiedSource(ImageSource):
    """Another source, `source`, with one thing changed."""

    def __init__(self, source: ImageSource, address: str, name: str) -> None:
        self.source, self.address, self.name = source, address, name
        self.always_square = source.always_square


class FitOverride(ModifiedSource):
    """The source with another `fit` than the one that `read` gets."""

    def __init__(self, source: ImageSource, fit: Fit) -> None:
        super().__init__(source, f"{source.address}{FIT_OPTION}{fit}", f"{source.name}-{fit}")
        self.fit = fit

    def fingerprint(self) -> str:
        """Hash of the source and the fit."""
        return short_hash(f"{self.source.fingerprint()} {self.fit}")

    def read(
        self,
        size: int,
        scratch_file: IO[bytes],
        progress: "Progress",
        fit: Fit = "crop",  # noqa: ARG002 - the same parameters for every source
    ) -> DecodedImages:
        """Decode the source's pictures."""
        return self.source.read(size, scratch_file, progress, self.fit)


class RandomSubset(ModifiedSource):
    """A random subset of the source's pictures, the same one every time. count: their number, as text."""

    def __init__(self, source: ImageSource, count: str) -> None:
        super().__init__(source, f"{source.address}{TAKE_OPTION}{count}", f"{source.name}-{count}")
        self.count = int(count)

    def fingerprint(self) -> str:
        """Hash of the source and the number."""
        return short_hash(f"{self.source.fingerprint()} take {self.count}")

    def read(self, size: int, scratch_file: IO[bytes], progress: "Progress", fit: Fit = "crop") -> DecodedImages:
        """Decode all pictures of the source, and return the subset."""
        decoded = self.source.read(size, scratch_file, progress, fit).copy()
        import torch  # only when pictures are read: a wrong address is refused without it

        rows = torch.randperm(len(decoded["images"]), generator=torch.Generator().manual_seed(0))
        rows = rows[: self.count].sort()[0]
        decoded["images"] = decoded["images"][rows]
        if decoded["labels"] is not None:
            decoded["labels"] = decoded["labels"][rows]
        return decoded


class ClassGroups(ModifiedSource):
    """A labelled source with some groups of its classes only. A class's group is the last word of its name."""

    def __init__(self, source: ImageSource, groups: list[str]) -> None:
        name = name_without_suffix("-".join(groups))[:MAX_OPTION_LETTERS]
        super().__init__(source, f"{source.address}{LABELS_OPTION}{','.join(groups)}", f"{source.name}-{name}")
        self.groups = groups

    def fingerprint(self) -> str:
        """Hash of the source and the groups."""
        return short_hash(f"{self.source.fingerprint()} {self.groups}")

    def read(self, size: int, scratch_file: IO[bytes], progress: "Progress", fit: Fit = "crop") -> DecodedImages:
        """Decode the source's pictures. Raises ValueError when it has no such group of classes."""
        decoded = self.source.read(size, scratch_file, progress, fit).copy()
        names, label_rows = decoded["class_names"], decoded["labels"]
        columns_of = labels.group_by_last_word(names)
        for group in self.groups:
            if group not in columns_of:
                none = say("none at all; use {option!r} or a table, NAME.csv", option=FOLDER_LABELS)
                existing = ", ".join(columns_of) or none
                raise ValueError(
                    say(
                        "data={address!r}: it has no group of classes {group!r}; there are {existing}",
                        address=self.address,
                        group=group,
                        existing=existing,
                    )
                )
        columns = [k for group in dict.fromkeys(self.groups) for k in columns_of[group]]
        assert label_rows is not None, "a source with classes has labels"
        decoded["labels"] = label_rows[:, columns]
        decoded["class_names"] = [names[k] for k in columns]
        return decoded
