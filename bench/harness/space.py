"""Room on the disk, and files that must not be in the page cache."""
import fcntl
import mmap
import os
import pathlib
import shutil
import subprocess

from .processes import BenchBroken

# Left over for the rest of the machine.
MARGIN = 1 << 30
BLOCK = 4 << 20


def check(folder, needed, bench):
    """BenchBroken where `folder` lacks room for what the bench keeps at its largest."""
    free = shutil.disk_usage(folder).free
    if free < needed + MARGIN:
        raise BenchBroken(f"{bench} needs {(needed + MARGIN) / 2**30:.1f} GiB in {folder} and {free / 2**30:.1f} GiB are "
                          f"free: free some, or name another folder with --folder")


def drop_from_cache(path):
    """Makes the next read of this file a cold one."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        # Only clean pages are dropped.
        os.fsync(descriptor)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def settle(folder):
    """Waits until what was written and deleted has reached the disk, so that no run pays for the one before it."""
    subprocess.run(["sync", "-f", folder], check=True)


def remove(folder):
    """Deletes a round's files at once; deleting between the runs of a round would slow down the next one on ext4."""
    shutil.rmtree(folder)
    settle(pathlib.Path(folder).parent)


def write_file(path, size):
    """A file of pseudo-random bytes, on disk and not in the page cache when it returns."""
    with mmap.mmap(-1, BLOCK) as block:
        block[:] = os.urandom(BLOCK)
        # Direct, or gigabytes of page cache would have to be backed by the host first.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_DIRECT, 0o644)
        try:
            for _ in range(size // BLOCK):
                write_whole(descriptor, block)
            fcntl.fcntl(descriptor, fcntl.F_SETFL, fcntl.fcntl(descriptor, fcntl.F_GETFL) & ~os.O_DIRECT)
            if size % BLOCK:
                write_whole(descriptor, block[:size % BLOCK])
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    drop_from_cache(path)


def write_whole(descriptor, block):
    if os.write(descriptor, block) != len(block):
        raise BenchBroken("a file could not be written: the disk is full")
