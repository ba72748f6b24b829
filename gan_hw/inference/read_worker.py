"""Reads one archive from a stranger in a process of its own, within limits; needs no torch.

    python -m gan_hw.inference.read_worker FOLDER

FOLDER/submission.tgz is checked. FOLDER/faults.json gets the reasons for which the judge would refuse it; when there
are none, FOLDER/images.raw gets the pixels, uint8 (1000, 3, 64, 64).
"""

import json
import sys
from pathlib import Path

from gan_hw.inference.submission import check_submission, read_submission
from gan_hw.utils.isolation import announce_start, set_limits

LIMITS = {  # in bytes, and seconds of the processor; an archive within the rules takes about a second, and 250 MB
    "RLIMIT_AS": 2 * 2**30, "RLIMIT_CPU": 30, "RLIMIT_FSIZE": 20_000_000, "RLIMIT_CORE": 0,
}  # fmt: skip


def main(folder: Path) -> None:
    """Read the archive."""
    announce_start()
    set_limits(LIMITS)
    archive = folder / "submission.tgz"
    faults = check_submission(archive)
    if not faults:
        (folder / "images.raw").write_bytes(read_submission(archive).tobytes())
    (folder / "faults.json").write_text(json.dumps(faults), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
