"""What one machine measured: a JSON file of sections and their rows, written anew after every row.

A row is a dict. {"failed": reason}: its measurement raised an error, or ended the process. {"not run": reason}: it
can't be measured here. {"begun": true}: it is being measured; `settle` says what becomes of it if the process ends.
"""

import gc
import json
import os
import time
import traceback
from pathlib import Path

VERSION = 1
MAX_REASON_CHARACTERS = 300


class NotRun(Exception):
    """A row can't be measured here; the message says why, as a clause."""


class OutOfTime(Exception):
    """No time is left for another row; the same command goes on with it."""


class DeviceLost(Exception):
    """The device answers no more in this process; another one can go on."""


class Results:
    """The content of the file at `path`, which need not exist yet.

    deadline: time.monotonic() after which no row is begun. alive: called after each row; raises an error if no other
    one can be measured in this process.
    """

    def __init__(self, path, deadline=float("inf"), alive=lambda: None):
        self.path, self.deadline, self.alive = Path(path), deadline, alive
        self.content = json.loads(self.path.read_text(encoding="utf-8")) if self.path.exists() else {}
        self.content = {"version": VERSION, "about": {}, "sections": {}} | self.content

    def save(self):
        """Write the file; it is whole at any time."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        part = self.path.with_suffix(".part")
        part.write_text(json.dumps(self.content, indent=1) + "\n", encoding="utf-8")
        os.replace(part, self.path)

    def section(self, name):
        """{"rows": {name: row}, "seconds": …, "finished": …} of a section, to be changed in place."""
        return self.content["sections"].setdefault(name, {"finished": False, "seconds": 0.0, "rows": {}})

    def finished(self, name):
        return self.section(name)["finished"]

    def progress(self):
        """How much is done: a number that grows."""
        sections = self.content["sections"].values()
        return sum(len(section["rows"]) + section["finished"] for section in sections)

    def drop(self, names):
        """Forget these sections; `failed` stands for rows that failed, wherever they are."""
        for name in names:
            if name != "failed":
                self.content["sections"].pop(name, None)
                continue
            for section in self.content["sections"].values():
                failed = [row for row, found in section["rows"].items() if "failed" in found]
                for row in failed:
                    del section["rows"][row]
                section["finished"] = section["finished"] and not failed
        self.save()

    def settle(self, reason=None):
        """What becomes of rows whose process ended: failed for this reason, or forgotten, to be measured again."""
        for section in self.content["sections"].values():
            for name in [name for name, row in section["rows"].items() if "begun" in row]:
                if reason:
                    section["rows"][name] = {"failed": reason}
                else:
                    del section["rows"][name]
        self.save()

    def run(self, name, section, context):
        """Run a section, that is call section(context, measure), unless it is finished.

        measure(row, work) stores what `work` returns, and returns it too; a row that is there is not measured again.
        """
        if self.finished(name):
            return
        found, started = self.section(name), time.monotonic()
        try:
            section(context, lambda row, work: self._measure(found["rows"], row, work))
            found["finished"] = True
        except NotRun as reason:
            found |= {"not run": str(reason), "finished": True}
        except (OutOfTime, DeviceLost):
            raise
        except Exception as error:
            found |= {"failed": reason_of(error), "finished": True}
            traceback.print_exc()
        finally:
            found["seconds"] = round(found["seconds"] + time.monotonic() - started, 1)
            self.save()

    def _measure(self, rows, name, work):
        if name in rows:
            return rows[name]
        if time.monotonic() > self.deadline:
            raise OutOfTime
        rows[name] = {"begun": True}
        self.save()
        print(f"  {name}", end="", flush=True)
        started = time.monotonic()
        try:
            rows[name] = work()
        except NotRun as reason:
            rows[name] = {"not run": str(reason)}
        except Exception as error:
            rows[name] = {"failed": reason_of(error)}
            traceback.print_exc()
        rows[name]["took"] = round(time.monotonic() - started, 1)
        self.save()
        print(f": {outcome(rows[name])}", flush=True)
        gc.collect()
        try:
            self.alive()
        except Exception as error:
            raise DeviceLost from error
        return rows[name]


def outcome(row):
    """A row in a few words."""
    for state in ("failed", "not run"):
        if state in row:
            return f"{state}: {row[state]}"
    return f"{row['took']:.1f} s"


def reason_of(error):
    """An error in one line, with the last place in the kit or its tools that it passed."""
    text = (str(error).strip().splitlines() or [""])[0][:MAX_REASON_CHARACTERS]
    places = [
        f"{Path(frame.filename).name}:{frame.lineno}"
        for frame in traceback.extract_tb(error.__traceback__)
        if {"gan_hw", "benchmarks"} & set(Path(frame.filename).parts) and Path(frame.filename).name != "results.py"
    ]
    return f"{type(error).__name__}: {text}" + (f" ({places[-1]})" if places else "")
