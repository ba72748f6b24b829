"""Another source with one thing changed: its labels, some of its pictures, the way they are made square."""

from functools import cached_property

from gan_hw.data import labels
from gan_hw.data.address import FIT, FITS, FOLDERS, LABELS, TAKE
from gan_hw.data.sources.archives import PictureFiles, plain_name
from gan_hw.data.sources.downloaded import Downloaded
from gan_hw.utils.files import short_hash
from gan_hw.utils.hosts import reach

MAX_NAME_LENGTH = 60  # letters of a choice in the names of files


def labelled(source, chosen):
    """Another source with labels from a .csv or its sub-folders, or a choice among the kinds of classes it has."""
    if not chosen:
        raise ValueError(
            f"data={source.address + LABELS!r}: after {LABELS!r} comes a .csv, or kinds, as hair,eyes, or {FOLDERS}"
        )
    if chosen.partition(":")[0] == FOLDERS:
        return InFolders(source, [name.strip() for name in chosen.partition(":")[2].split(",") if name.strip()])
    if not chosen.lower().endswith(".csv"):
        return Chosen(source, [kind.strip() for kind in chosen.split(",")])
    try:
        table = reach(chosen).resolve()
    except RuntimeError as error:  # ~nobody
        raise ValueError(f"labels {chosen!r}: {error}") from error
    address = f"{source.address}{LABELS}{table}"
    if not isinstance(source, (PictureFiles, Downloaded)):
        raise ValueError(f"data={address!r}: a table names picture files, and {source.address!r} brings its own labels")
    try:
        found = labels.from_csv(table.read_text(encoding="utf-8-sig"), table)
    except OSError as error:
        raise ValueError(f"data={address!r}: the labels can't be read: {error}") from error
    except UnicodeDecodeError as error:
        raise ValueError(f"labels '{table}' are no text in UTF-8: {error}") from error
    return Labelled(source, found, address, f"{source.name}-{plain_name(table.name)}")


def fitted(source, how):
    """Another source whose pictures are made square in this way."""
    if how not in FITS:
        raise ValueError(f"data={source.address + FIT + how!r}: after {FIT!r} comes {' or '.join(FITS)}")
    if getattr(source, "square", False):
        raise ValueError(f"data={source.address + FIT + how!r}: {source.address!r} has square pictures")
    return source if how == FITS[0] else Fitted(source, how)


class Fitted:
    """A source whose pictures are made square in another way than by cutting. how: of pictures.FITS."""

    def __init__(self, source, how):
        self.source, self.how = source, how
        self.address, self.name = f"{source.address}{FIT}{how}", f"{source.name}-{how}"

    def fingerprint(self):
        """Of the source and the way."""
        return short_hash(f"{self.source.fingerprint()} {self.how}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        return self.source.read(size, scratch, progress, self.how)


class Taken:
    """Some pictures of another source, drawn at random. count: how many, as text. Raises ValueError for less than 1."""

    def __init__(self, source, count):
        if not (count.isdecimal() and int(count) > 0):
            raise ValueError(f"data={source.address + TAKE + count!r}: after {TAKE!r} comes a number of pictures")
        self.source, self.count = source, int(count)
        self.address, self.name = f"{source.address}{TAKE}{count}", f"{source.name}-{count}"

    def fingerprint(self):
        """Of the source and the number."""
        return short_hash(f"{self.source.fingerprint()} take {self.count}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        stored = self.source.read(size, scratch, progress, fit)
        import torch  # not before pictures are read: a wrong address is answered without it

        rows = torch.randperm(len(stored["images"]), generator=torch.Generator().manual_seed(0))[: self.count].sort()[0]
        parts = ("images", "labels") if stored["labels"] is not None else ("images",)
        return {**stored, **{part: stored[part][rows] for part in parts}}


class Labelled:
    """Picture files, of which those are read that have labels. labels: a labels.Labels."""

    def __init__(self, files, labels, address, name):
        self.files, self.labels, self.address, self.name = files, labels, address, name

    def fingerprint(self):
        """Of the pictures and their labels."""
        return short_hash(f"{self.files.fingerprint()} {self.labels.class_names} {sorted(self.labels.of.items())}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        return self.files.local.read(size, scratch, progress, fit, self.labels)


class InFolders(Labelled):
    """Picture files whose classes are the sub-folders that they lie in. chosen: those to read, or none for all."""

    def __init__(self, files, chosen):
        if not isinstance(files, (PictureFiles, Downloaded)):
            raise ValueError(f"data={files.address + LABELS + FOLDERS!r}: {files.address!r} is no folder or archive")
        self.files, self.chosen = files, chosen
        self.address = f"{files.address}{LABELS}{':'.join([FOLDERS, ','.join(chosen)] if chosen else [FOLDERS])}"
        self.name = f"{files.name}-{plain_name('-'.join(chosen or [FOLDERS]))[:MAX_NAME_LENGTH]}"

    @cached_property
    def labels(self):
        """Raises ValueError when a folder is not there, or there are none."""
        return labels.from_folders(self.files.local.names(), self.chosen, self.address)


class Chosen:
    """A labelled source with some kinds of its classes alone. A class's kind is the last word of its name."""

    def __init__(self, source, kinds):
        self.source, self.kinds = source, kinds
        self.square = getattr(source, "square", False)
        self.address = f"{source.address}{LABELS}{','.join(kinds)}"
        self.name = f"{source.name}-{plain_name('-'.join(kinds))[:MAX_NAME_LENGTH]}"

    def fingerprint(self):
        """Of the source and the choice."""
        return short_hash(f"{self.source.fingerprint()} {self.kinds}")

    def read(self, size, scratch, progress, fit=FITS[0]):
        stored = self.source.read(size, scratch, progress, fit)
        names = stored["class_names"]
        of_kind = labels.kinds(names)
        for kind in self.kinds:
            if kind not in of_kind:
                there = ", ".join(of_kind) or "none at all"
                hint = f"; {FOLDERS!r} or a table, NAME.csv, may be meant" if there == "none at all" else ""
                raise ValueError(
                    f"data={self.address!r}: it has no classes of the kind {kind!r}; there are {there}{hint}"
                )
        kept = [k for kind in dict.fromkeys(self.kinds) for k in of_kind[kind]]
        return {**stored, "labels": stored["labels"][:, kept], "class_names": [names[k] for k in kept]}
