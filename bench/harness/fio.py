"""fio, the rival that does nothing but I/O."""
import dataclasses
import json

from . import processes

CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True)
class FioJob:
    """What fio says of its one job."""

    seconds: float
    bytes: int
    cpu_seconds: float  # of the job's own thread, without start-up and the kernel's workers


def parse(output, direction):
    """The one job of `fio --output-format=json`; `direction` is "read" or "write"."""
    # Warnings may stand before the JSON.
    begin = output.find("{")
    if begin < 0:
        raise processes.BenchBroken(f"fio printed no JSON: {output[:400]!r}")
    jobs = json.loads(output[begin:])["jobs"]
    if len(jobs) != 1:
        raise processes.BenchBroken(f"fio ran {len(jobs)} jobs instead of one")
    job, moved = jobs[0], jobs[0][direction]
    if job["error"] or not moved["runtime"]:
        raise processes.BenchBroken(f"fio failed with {job['error']} after {moved['io_bytes']} bytes")
    # Milliseconds; shares of the job's runtime in per cent.
    cpu = (job["usr_cpu"] + job["sys_cpu"]) / 100 * job["job_runtime"] / 1000
    return FioJob(moved["runtime"] / 1000, moved["io_bytes"], cpu)


def command(path, direction, depth, size):
    """Direct, 1 MiB, its default (unregistered) buffers, which it fills once and does not alter between writes: the least
    that fio can do. A store is a new file, room reserved first, flushed at its end."""
    words = ["fio", "--name=rival", f"--filename={path}", f"--rw={direction}", f"--bs={CHUNK}", f"--size={size}",
             f"--iodepth={depth}", "--ioengine=io_uring", "--direct=1", "--output-format=json"]
    if direction == "read":
        return words + ["--readonly"]
    return words + ["--fallocate=native", "--end_fsync=1", "--scramble_buffers=0"]
