"""Many jobs at a time, as Dask tasks: on this machine, under a scheduler that runs already, or through SLURM.

Every worker takes one job at a time. Dask repeats a job whose worker died on another worker; a job that kills
more than ALLOWED_DEATHS workers counts as failed. Jobs must therefore be safe to repeat.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

from gan_hw.utils.environment import usable_cores
from gan_hw.utils.progress import Progress

if TYPE_CHECKING:
    from distributed import Client

LOCAL, SLURM = "local", "slurm"
ALLOWED_DEATHS = 2  # of workers that a job was running on, until it is not tried any more
INSTALL = "pip install 'gan_hw[class]' (from a checkout: pip install -e '.[class]')"
SCHEDULER_GONE = "the scheduler is gone; start it again, and run the same command: what is done is kept"
# Dask has glibc give memory back at once. Large tensors then cost more in page faults than in arithmetic: grading an
# archive took three times as long.
MEMORY = {"MALLOC_TRIM_THRESHOLD_": 1 << 30, "MALLOC_MMAP_THRESHOLD_": 1 << 30}
POLL_S = 1.0  # how often the progress is redrawn while nothing ends


class WorkersDiedError(RuntimeError):
    """More than ALLOWED_DEATHS workers died while they ran a job, for want of memory perhaps."""


class Outcome(NamedTuple):
    """How a job ended: what its function returned, or the error that it raised; WorkersDiedError if it raised none."""

    value: Any = None
    error: BaseException | None = None


@contextmanager
def open_cluster(where: str = LOCAL, jobs: int | None = None, gpus: int = 0) -> "Iterator[Client]":
    """A Dask client with its workers, which are ended afterwards unless they were there before.

    where: 'local' for workers on this machine; 'slurm' for SLURM jobs as dask-jobqueue's own file of settings
    (~/.config/dask/jobqueue.yaml) describes them; or the address of a scheduler, tcp://HOST:PORT.
    jobs: workers, by default one for each GPU or, without, for each core. gpus: how many of them this machine has for
    the jobs. At SLURM, jobs is the number of its jobs, by default 1, and its settings bound memory and GPUs.
    Raises ValueError for another `where` or an impossible number, OSError when a scheduler does not answer,
    RuntimeError with advice when Dask or dask-jobqueue is missing.
    """
    if where not in (LOCAL, SLURM) and "://" not in where:
        raise ValueError(f"cluster={where!r} is none of '{LOCAL}', '{SLURM}' and an address such as tcp://HOST:8786")
    _check_jobs(jobs)
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise RuntimeError(f"many jobs at a time need Dask: {INSTALL}") from error

    settings = {
        "distributed.scheduler.allowed-failures": ALLOWED_DEATHS,
        "distributed.comm.timeouts.connect": "20s",
        "distributed.nanny.pre-spawn-environ": {**dask.config.get("distributed.nanny.pre-spawn-environ"), **MEMORY},
    }
    with dask.config.set(settings):
        if where == LOCAL:
            with _local_cluster(worker_count(jobs, gpus=gpus)) as cluster, Client(cluster) as client:
                yield client
        elif where == SLURM:
            with _slurm_cluster(jobs) as cluster, Client(cluster) as client:
                yield client
        else:
            try:
                client = Client(where)
            except OSError as error:
                raise OSError(f"no scheduler answers at {where}: start one with `dask scheduler`") from error
            with client:
                yield client


def worker_count(jobs: int | None = None, memory_gb: float | None = None, gpus: int = 0) -> int:
    """How many workers this machine gets; see open_cluster. memory_gb: what a job needs, which bounds their number.

    Raises ValueError when not even one job fits in memory.
    """
    _check_jobs(jobs)
    count = jobs or gpus or usable_cores()
    if memory_gb:
        import psutil

        total_gb = psutil.virtual_memory().total / 2**30
        fitting = int(total_gb / memory_gb)
        if fitting < 1:
            raise ValueError(f"memory={memory_gb:g} GB: this machine has {total_gb:.1f} GB")
        count = min(count, fitting)
    return count


def _check_jobs(jobs: int | None) -> None:
    if jobs is not None and jobs < 1:
        raise ValueError(f"jobs={jobs}: at least one job must run at a time")


def run_jobs(
    client: "Client", function: Callable[..., Any], arguments: Mapping[str, tuple[Any, ...]], *, title: str = "Jobs",
    quiet: bool = False, on_done: Callable[[str, Outcome], Any] | None = None,
) -> dict[str, Outcome]:  # fmt: skip
    """Call `function` once with each of these arguments, on the workers. Returns {name: Outcome} as in `arguments`.

    on_done(name, outcome) is called here, in the caller's process, as each job ends. A job that raises does not end the
    others. Raises ConnectionError when the scheduler is gone: what on_done has been told of stays done.
    """
    from distributed import wait

    names = {client.submit(function, *values, pure=False): name for name, values in arguments.items()}
    pending, outcomes, progress = set(names), {}, Progress(title, "jobs", quiet)
    try:
        while pending:
            try:
                wait(pending, timeout=POLL_S, return_when="FIRST_COMPLETED")
            except TimeoutError:
                pass
            except CancelledError as error:
                raise ConnectionError(SCHEDULER_GONE) from error
            # A future is "lost" while a result whose worker died is computed again.
            ended = {future for future in pending if future.status in ("finished", "error")}
            for future in sorted(ended, key=lambda future: list(arguments).index(names[future])):
                outcome = _outcome(future)
                outcomes[names[future]] = outcome
                if on_done:
                    on_done(names[future], outcome)
                future.release()
            pending -= ended
            failed = sum(outcome.error is not None for outcome in outcomes.values())
            progress.update(len(outcomes), len(names), **({"failed": failed} if failed else {}))
    finally:
        client.cancel(list(pending))
        progress.close()
    return {name: outcomes[name] for name in arguments}


def _outcome(future: Any) -> Outcome:
    from distributed.scheduler import KilledWorker

    if future.status != "error":
        return Outcome(future.result())
    error = future.exception()
    if isinstance(error, KilledWorker):
        return Outcome(error=WorkersDiedError(f"{ALLOWED_DEATHS + 1} workers died while they ran it"))
    return Outcome(error=error)


def _local_cluster(workers: int) -> Any:
    """Worker processes of one thread each."""
    from distributed import LocalCluster

    # Anyone on the machine can connect to its ports, and a scheduler runs whatever it is sent: hence TLS.
    return LocalCluster(
        n_workers=workers, threads_per_worker=1, security=True, protocol="tls://", dashboard_address="127.0.0.1:0",
        silence_logs=50,
    )  # fmt: skip


def _slurm_cluster(jobs: int | None) -> Any:
    """Workers of one thread each, as SLURM jobs with all cores of dask-jobqueue's settings.

    Left alone, dask-jobqueue gives a worker as many threads as cores, and so as many jobs at a time.
    """
    import dask

    try:
        from dask_jobqueue import SLURMCluster
    except ImportError as error:
        raise RuntimeError(f"cluster='{SLURM}' needs dask-jobqueue: {INSTALL}") from error

    names = ("cores", "memory", "processes", "job-cpu")
    cores, memory, processes, job_cores = (dask.config.get(f"jobqueue.slurm.{name}", None) for name in names)
    if not cores or not memory:
        raise ValueError(
            f"cluster='{SLURM}' needs at least 'cores' and 'memory' under jobqueue: slurm: in "
            "~/.config/dask/jobqueue.yaml"
        )
    cluster = SLURMCluster(
        python=sys.executable, cores=processes or 1, processes=processes or 1, job_cpu=job_cores or cores
    )
    cluster.scale(jobs=jobs or 1)
    return cluster
