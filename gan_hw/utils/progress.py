"""One progress display: qqdm for a person at a notebook, tqdm in a terminal, plain lines in a log."""

import time

from gan_hw.utils.notebook import shown_in

REFRESH_S = {"notebook": 0.5, "terminal": 0.2, "log": 20.0}


class Progress:
    """Shows how far `unit`s of work have come; `update` may be called often, it draws only now and then.

    what: a word or two on the work. unit: the plural of what is counted. quiet: show nothing.
    """

    def __init__(self, what, unit="steps", quiet=False):
        self.what, self.unit = what, unit
        self.place = "quiet" if quiet else shown_in()
        if self.place == "notebook" and not _has_qqdm():
            self.place = "log"
        self.start = self.drawn = time.monotonic()
        self.bar = None

    def update(self, done, total, **facts):
        """`done` of `total` units are finished; `facts` (name=value) are shown beside. `total` may change."""
        now = time.monotonic()
        if self.place != "quiet" and (now - self.drawn >= REFRESH_S[self.place] or done >= total):
            self.drawn = now
            {"notebook": self._qqdm, "terminal": self._tqdm, "log": self._line}[self.place](done, total, facts)

    def close(self):
        """Leave the display as it stands; what is printed next begins on a new line."""
        if self.bar is not None and self.place == "terminal":
            self.bar.close()

    def _qqdm(self, done, total, facts):
        from qqdm.notebook import qqdm

        self.bar = self.bar or qqdm(total=total, desc=self.what)
        self.bar.total, self.bar.start_time = total, self._start_time()
        self.bar.set_infos({name: str(value) for name, value in facts.items()})
        self.bar.update(done - self.bar.n)

    def _start_time(self):
        return time.time() - (time.monotonic() - self.start)

    def _tqdm(self, done, total, facts):
        from tqdm import tqdm

        self.bar = self.bar or tqdm(desc=self.what, total=total, unit=self.unit.rstrip("s"), dynamic_ncols=True)
        self.bar.total, self.bar.start_t = total, self._start_time()
        self.bar.n = done
        self.bar.set_postfix(facts, refresh=True)

    def _line(self, done, total, facts):
        elapsed = time.monotonic() - self.start
        left = elapsed * (total - done) / max(done, 1)
        shown = "".join(f", {name} {value}" for name, value in facts.items())
        print(f"{self.what}: {done}/{total} {self.unit}, {clock(elapsed)} gone, {clock(left)} left{shown}", flush=True)


def _has_qqdm():
    try:
        import qqdm.notebook  # noqa: F401 - it needs ipywidgets as well
    except ImportError:
        return False
    return True


def clock(seconds):
    """Seconds as m:ss or h:mm:ss."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
