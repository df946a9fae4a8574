"""Memory that the host backs. On a virtual machine the first touch of a page costs up to 4 s a GiB, and the host takes
back what lies free for a while: so each run of each contender is preceded by touching what it will need."""
import mmap
import os
import sys
import time

from . import processes

STEP = 4 << 20


def touch(size):
    """Touches so many bytes of fresh memory and gives them back. The seconds it took."""
    start = time.monotonic()
    with mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as memory:
        memory.madvise(mmap.MADV_HUGEPAGE)
        zeros = bytes(STEP)
        for offset in range(0, size - STEP + 1, STEP):
            memory[offset:offset + STEP] = zeros
    return time.monotonic() - start


def available():
    """What could be used without swapping, in bytes."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    raise processes.BenchBroken("/proc/meminfo has no line MemAvailable")


def warm(size):
    """Warms `size` bytes, at most half of what is there, in a process of its own: the harness itself stays small, for a
    child's peak RSS begins with its parent's. The seconds it took."""
    size = max(STEP, min(size, available() // 2) // STEP * STEP)
    return float(processes.run([sys.executable, "-m", "harness.memory_warm", size],
                               {"PYTHONPATH": os.path.dirname(os.path.dirname(os.path.abspath(__file__)))}).output)


if __name__ == "__main__":
    print(touch(int(sys.argv[1])))
