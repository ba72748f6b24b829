"""The sections in their order, what matters most first, and in which processes they run."""

import os
from dataclasses import dataclass
from importlib import import_module

# A replayed graph and CUPTI's teardown after a profile don't get on (PyTorch's own profiler says so).
PROFILED = {"DISABLE_CUPTI_LAZY_REINIT": "1", "TEARDOWN_CUPTI": "0", "KINETO_LOG_LEVEL": "5"}
REPEATABLE = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}  # without it cuBLAS may add up in another order


@dataclass(frozen=True)
class Section:
    """module: of this package, with a function section(context, measure). environment: of its process."""

    name: str
    module: str
    environment: tuple = ()

    def run(self, context, measure):
        import_module(f".{self.module}", __package__).section(context, measure)


SECTIONS = {
    section.name: section
    for section in (
        Section("machine", "card"),
        Section("arithmetic", "arithmetic"),
        Section("waits", "waits"),
        Section("speed", "speed"),
        Section("replay", "replay", tuple(REPEATABLE.items())),
        Section("resuming", "resuming", tuple(REPEATABLE.items())),
        Section("launches", "launches", tuple(PROFILED.items())),
        Section("detector", "detector"),
        Section("faces", "faces"),
        Section("two cards", "two_cards"),
    )
}


def groups(names):
    """Lists of neighbouring sections that share a process."""
    found = []
    for name in names:
        if found and SECTIONS[found[-1][0]].environment == SECTIONS[name].environment:
            found[-1].append(name)
        else:
            found.append([name])
    return found


def environment(names):
    """The environment of a process for these sections, which share one."""
    return {**os.environ, **dict(SECTIONS[names[0]].environment)}
