"""What a figure was measured on."""
import os
import platform
import subprocess


def processor():
    with open("/proc/cpuinfo", encoding="utf-8") as lines:
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def file_system(folder):
    found = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", folder], stdout=subprocess.PIPE, text=True, check=False)
    return found.stdout.strip() or "a file system unknown"


def description(folder):
    """One line for people."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{os.cpu_count()} x {processor()}, {memory:.0f} GiB, Linux {platform.release()}, "
            f"{file_system(folder)} at {folder}")


def others():
    """A word of warning where the processors are busy before the first bench starts; else nothing."""
    load = os.getloadavg()[0]
    if load < 0.3 * os.cpu_count():
        return None
    return f"other programs are busy here (load {load:.1f}): figures will be worth little"
