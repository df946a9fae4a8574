"""What is read out of fio's JSON."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from harness import fio  # noqa: E402
from harness.processes import BenchBroken  # noqa: E402

# The members that count, as fio 3.33 prints them.
WRITE = {
    "fio version": "fio-3.33",
    "jobs": [{
        "jobname": "rival", "error": 0, "elapsed": 1, "usr_cpu": 1.446655, "sys_cpu": 16.636528, "job_runtime": 553,
        "read": {"io_bytes": 0, "bw_bytes": 0, "runtime": 0},
        "write": {"io_bytes": 1073741824, "bw_bytes": 1938162137, "runtime": 554},
    }],
}


def changed(**members):
    return json.dumps({"jobs": [{**WRITE["jobs"][0], **members}]})


class Parse(unittest.TestCase):
    def test_milliseconds_bytes_and_shares_of_the_processor(self):
        job = fio.parse(json.dumps(WRITE), "write")
        self.assertEqual((job.seconds, job.bytes), (0.554, 1 << 30))
        self.assertAlmostEqual(job.cpu_seconds, 0.1, places=6)

    def test_warnings_before_the_json_are_passed_over(self):
        text = "note: both iodepth >= 1 and synchronous I/O engine are selected\n" + json.dumps(WRITE)
        self.assertEqual(fio.parse(text, "write").bytes, 1 << 30)

    def test_a_job_that_failed_breaks_the_bench(self):
        with self.assertRaisesRegex(BenchBroken, "fio failed with 28"):
            fio.parse(changed(error=28), "write")

    def test_a_job_that_moved_nothing_breaks_the_bench(self):
        with self.assertRaisesRegex(BenchBroken, "after 0 bytes"):
            fio.parse(json.dumps(WRITE), "read")

    def test_no_json_and_several_jobs_break_the_bench(self):
        with self.assertRaisesRegex(BenchBroken, "printed no JSON"):
            fio.parse("fio: engine io_uring not loadable", "read")
        with self.assertRaisesRegex(BenchBroken, "2 jobs"):
            fio.parse(json.dumps({"jobs": WRITE["jobs"] * 2}), "write")


class Command(unittest.TestCase):
    def test_a_read_cannot_write(self):
        self.assertIn("--readonly", fio.command("/x", "read", 4, 1 << 30))

    def test_a_store_reserves_its_room_and_ends_on_the_disk(self):
        words = fio.command("/x", "write", 4, 1 << 30)
        for word in ("--direct=1", "--fallocate=native", "--end_fsync=1", "--iodepth=4", "--bs=1048576"):
            self.assertIn(word, words)


if __name__ == "__main__":
    unittest.main()
