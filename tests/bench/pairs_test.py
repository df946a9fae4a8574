"""How rounds are run: who is when, where, and when it ends."""
import collections
import contextlib
import os
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from harness import memory_warm, pairs, processes, space  # noqa: E402
from harness.pairs import AGAIN, COFFER, RIVAL, Contest, Figure, Measurement, Plan  # noqa: E402


class Recorded(Contest):
    """A contest whose runs take what a script says, and that writes down what is asked of it."""

    rival = "script"

    def __init__(self, script):
        self.script = script
        self.figures = [Figure("figure", lambda run: run.seconds, "s", 1.0, at_most=True)]
        self.runs = []
        self.warmed = []

    def run(self, contender, folder):
        self.runs.append((contender, folder, folder.is_dir() and not any(folder.iterdir())))
        (folder / "left").write_text(contender, encoding="utf-8")
        return Measurement(self.script(contender, len(self.runs)), bytes=1)


def even(contender, _):
    return {COFFER: 2.0, RIVAL: 1.0, AGAIN: 1.0}[contender]


class Rounds(unittest.TestCase):
    def measure(self, script, plan):
        contest = Recorded(script)
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            stack.enter_context(mock.patch.object(space, "settle"))
            stack.enter_context(mock.patch.object(memory_warm, "warm", contest.warmed.append))
            rounds = pairs.measure_rounds(contest, folder, plan)
            left = list(pathlib.Path(folder).iterdir())
        return contest, rounds, left

    def test_each_contender_stands_in_each_place_equally_often(self):
        places = collections.Counter((place, name) for number in range(18) for place, name in
                                     enumerate(pairs.round_order(number)))
        self.assertEqual(set(places.values()), {6})
        self.assertEqual(len(places), 9)

    def test_each_run_has_a_folder_of_its_own_that_is_empty(self):
        contest, _, _ = self.measure(even, Plan(15, 15))
        folders = [folder for _, folder, _ in contest.runs]
        self.assertEqual(len(set(folders)), len(folders))
        self.assertTrue(all(empty for _, _, empty in contest.runs))

    def test_memory_is_warmed_first_and_before_each_run(self):
        contest, _, _ = self.measure(even, Plan(15, 15))
        self.assertEqual(contest.warmed, [contest.memory] * (1 + len(contest.runs)))

    def test_a_round_is_deleted_before_the_next(self):
        _, _, left = self.measure(even, Plan(15, 15))
        self.assertEqual(left, [])

    def test_the_warm_up_counts_for_nothing(self):
        contest, rounds, _ = self.measure(lambda name, number: 100.0 if number <= 2 else even(name, number), Plan(15, 15))
        self.assertEqual(len(contest.runs), 15 * 3 + 2)
        self.assertTrue(all(each[COFFER].seconds == 2.0 for each in rounds))

    def test_a_calm_machine_is_done_with_the_least_pairs(self):
        _, rounds, _ = self.measure(even, Plan(15, 45))
        self.assertEqual(len(rounds), 15)

    def test_a_restless_machine_is_measured_longer_but_not_for_ever(self):
        wild = {0: 1.0, 1: 1.6, 2: 0.6}
        _, rounds, _ = self.measure(lambda name, number: wild[number * 7 % 3] if name == AGAIN else 1.0, Plan(15, 20))
        self.assertEqual(len(rounds), 20)

    def test_what_coffer_does_has_no_part_in_when_it_ends(self):
        _, rounds, _ = self.measure(lambda name, number: number if name == COFFER else 1.0, Plan(15, 45))
        self.assertEqual(len(rounds), 15)


class Processes(unittest.TestCase):
    def test_a_command_that_fails_breaks_the_bench_and_says_why(self):
        with self.assertRaisesRegex(processes.BenchBroken, "ended with 3: no such luck"):
            processes.run([sys.executable, "-c", "import sys; sys.stderr.write('no such luck'); sys.exit(3)"])

    def test_a_command_that_is_not_there_breaks_the_bench(self):
        with self.assertRaisesRegex(processes.BenchBroken, "/no/such/program did not start"):
            processes.run(["/no/such/program"])

    def test_its_output_may_end_in_a_line_of_json(self):
        done = processes.run([sys.executable, "-c", "print('warning: x'); print('{\"seconds\": 2}')"])
        self.assertEqual(done.json(), {"seconds": 2})
        with self.assertRaisesRegex(processes.BenchBroken, "no line of JSON"):
            processes.run([sys.executable, "-c", "print('warning: x')"]).json()

    def test_children_are_counted_in_memory_and_processor_time(self):
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'x = bytearray(64 << 20)'], check=True)"
        done = processes.run([sys.executable, "-c", code])
        self.assertGreater(done.peak_rss, 64 << 20)
        self.assertGreater(done.cpu_seconds, 0)

    def test_a_small_programs_peak_is_seen_where_the_harness_is_larger(self):
        ballast = bytearray(os.urandom(64 << 20))
        done = processes.run(["sleep", "0.5"], watch_memory=True)
        self.assertGreater(done.peak_rss, 0)
        self.assertLess(done.peak_rss, len(ballast))

    def test_settings_of_coffer_in_the_environment_do_not_reach_it(self):
        with mock.patch.dict("os.environ", {"COFFER_IO_BACKEND": "threads", "OTHER": "kept"}):
            done = processes.run([sys.executable, "-c", "import os; print(sorted(os.environ))"])
        self.assertNotIn("COFFER_IO_BACKEND", done.output)
        self.assertIn("OTHER", done.output)

    def test_memory_is_warmed_in_another_process(self):
        self.assertGreater(memory_warm.warm(64 << 20), 0)


class Space(unittest.TestCase):
    def test_too_little_room_breaks_the_bench_before_it_starts(self):
        with tempfile.TemporaryDirectory() as folder:
            space.check(folder, 0, "tiny")
            with self.assertRaisesRegex(processes.BenchBroken, "huge needs 1048577.0 GiB in .* --folder"):
                space.check(folder, 1 << 50, "huge")

    def test_a_source_file_has_the_size_asked_for(self):
        with tempfile.TemporaryDirectory(dir=pathlib.Path(__file__).parent) as folder:
            for size in (0, 1, 4096, (4 << 20) + 123):
                path = pathlib.Path(folder, str(size))
                space.write_file(path, size)
                self.assertEqual(path.stat().st_size, size)


if __name__ == "__main__":
    unittest.main()
