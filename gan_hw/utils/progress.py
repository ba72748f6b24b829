"""One progress display: qqdm for a person at a notebook, tqdm in a terminal, plain lines in a log."""

import re
import time
from typing import Any

from gan_hw.utils.messages import pattern_of, say
from gan_hw.utils.notebook import output_mode

REFRESH_S = {"notebook": 0.5, "terminal": 0.2, "log": 20.0}
LINE = "{title}: {done}/{total} {unit}, {elapsed} elapsed, {remaining} remaining"  # in a log


class Progress:
    """Displays how many `unit`s of work are done; `update` may be called often, it redraws only now and then.

    title: a word or two on the work. unit: a plural noun. quiet: display nothing.
    """

    def __init__(self, title: str, unit: str = "steps", quiet: bool = False) -> None:
        self.title, self.unit = say(title), say(unit)
        self.mode = "quiet" if quiet else output_mode()
        if self.mode == "notebook" and not _has_qqdm():
            self.mode = "log"
        self.started_at = self.drawn_at = time.monotonic()
        self.bar: Any = None

    def update(self, done: int, total: int, **values: Any) -> None:
        """`done` of `total` units are finished; `values` are displayed beside them. `total` may change."""
        now = time.monotonic()
        if self.mode != "quiet" and (now - self.drawn_at >= REFRESH_S[self.mode] or done >= total):
            self.drawn_at = now
            {"notebook": self._qqdm, "terminal": self._tqdm, "log": self._line}[self.mode](done, total, values)

    def close(self) -> None:
        """Leave the display as it is; the next output begins on a new line."""
        if self.bar is not None and self.mode == "terminal":
            self.bar.close()

    def _qqdm(self, done: int, total: int, values: dict[str, Any]) -> None:
        from qqdm.notebook import qqdm

        self.bar = self.bar or qqdm(total=total, desc=self.title)
        self.bar.total, self.bar.start_time = total, self._start_time()
        self.bar.set_infos({name: str(value) for name, value in values.items()})
        self.bar.update(done - self.bar.n)

    def _start_time(self) -> float:
        return time.time() - (time.monotonic() - self.started_at)

    def _tqdm(self, done: int, total: int, values: dict[str, Any]) -> None:
        from tqdm import tqdm

        self.bar = self.bar or tqdm(desc=self.title, total=total, unit=self.unit.rstrip("s"), dynamic_ncols=True)
        self.bar.total, self.bar.start_t = total, self._start_time()
        self.bar.n = done
        self.bar.set_postfix(values, refresh=True)

    def _line(self, done: int, total: int, values: dict[str, Any]) -> None:
        elapsed = time.monotonic() - self.started_at
        remaining = format_duration(elapsed * (total - done) / done) if done else "?"
        line = say(
            LINE, title=self.title, done=done, total=total, unit=self.unit, elapsed=format_duration(elapsed),
            remaining=remaining,
        )  # fmt: skip
        print(line + "".join(f", {name} {value}" for name, value in values.items()), flush=True)


def is_progress_line(line: str) -> bool:
    """Whether `line` is one that Progress prints in a log."""
    return re.match(pattern_of(LINE), line) is not None


def _has_qqdm() -> bool:
    try:
        import qqdm.notebook  # noqa: F401 - it needs ipywidgets as well
    except ImportError:
        return False
    return True


def format_duration(seconds: float) -> str:
    """Seconds as m:ss or h:mm:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
