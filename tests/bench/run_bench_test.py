"""The command itself: exit codes, selection, and real (small) commands through the real harness."""
import contextlib
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

BENCH = pathlib.Path(__file__).resolve().parents[2] / "bench"
sys.path.insert(0, str(BENCH))

import run_bench  # noqa: E402
from harness import memory_warm, pairs, processes, report, space  # noqa: E402
from suite.bench import PairBench  # noqa: E402


class Scripted(pairs.Contest):
    """Commands that say how long they took: the outcome does not depend on this machine."""

    rival = "other"
    memory = 4 << 20
    seconds = {}

    def __init__(self):
        self.figures = [pairs.Figure("duel", lambda run: run.seconds, "s", 1.1, at_most=True)]

    def run(self, contender, folder):
        (folder / "object").write_bytes(b"x" * 4096)
        done = processes.run([sys.executable, "-S", "-c", f"print('{{\"seconds\": {self.seconds[contender]}}}')"])
        return pairs.Measurement(done.json()["seconds"], 4096, done.cpu_seconds, done.peak_rss)


def bench(coffer, rival, again, room=4096):
    class Contest(Scripted):
        seconds = {pairs.COFFER: coffer, pairs.RIVAL: rival, pairs.AGAIN: again}

    class Duel(PairBench):
        """Two commands."""

        name = "duel"
        rows = ["duel"]

        def space(self):
            return room

        def contests(self):
            yield Contest()
    return Duel


class Breaks(PairBench):
    """Does not work."""

    name = "breaks"
    rows = ["breaks"]

    def space(self):
        return 0

    def run(self):
        yield report.Row("breaks", processes.run(["/no/such/program"]).seconds)


class Command(unittest.TestCase):
    def setUp(self):
        # Seconds that only measuring is worth; test_everything_is_real goes without.
        self.patches = contextlib.ExitStack()
        self.patches.enter_context(mock.patch.object(space, "settle"))
        self.patches.enter_context(mock.patch.object(memory_warm, "warm"))
        self.addCleanup(self.patches.close)

    def run_on(self, benches, *arguments):
        out, errors = io.StringIO(), io.StringIO()
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(errors):
            try:
                code = run_bench.main(["--build", folder, *arguments], benches, out)
            except SystemExit as end:
                code = end.code
            self.left = [path for path in pathlib.Path(folder).rglob("*") if path.is_file()]
        return code, out.getvalue(), errors.getvalue()

    def test_exits_0_where_all_holds_and_leaves_nothing(self):
        code, out, _ = self.run_on([bench(1.0, 1.0, 1.0)])
        self.assertEqual(code, 0, out)
        self.assertEqual(self.left, [])
        line = json.loads(out.splitlines()[1])
        self.assertEqual((line["bench"], line["value"], line["holds"], line["figures"]["pairs"]), ("duel", 1.0, True, 15))

    def test_exits_1_on_a_miss(self):
        code, out, _ = self.run_on([bench(1.2, 1.0, 1.0)])
        self.assertEqual(code, 1)
        self.assertFalse(json.loads(out.splitlines()[1])["holds"])
        self.assertRegex(out, r"duel +1\.2 +1\.2 \.\. 1\.2 +<= 1\.1 +MISSED")

    def test_exits_1_where_the_rival_does_not_equal_itself(self):
        code, out, _ = self.run_on([bench(0.5, 1.0, 1.2)])
        self.assertEqual(code, 1)
        self.assertIn("duel: void: the rival against itself gives 1.200", out)

    def test_exits_1_where_a_bench_breaks_and_runs_the_others(self):
        code, out, _ = self.run_on([Breaks, bench(1.0, 1.0, 1.0)], "--small")
        self.assertEqual(code, 1)
        self.assertIn("breaks: BROKEN: /no/such/program did not start", out)
        self.assertEqual(json.loads(out.splitlines()[2])["bench"], "duel")

    def test_exits_1_before_anything_runs_where_there_is_no_room(self):
        code, out, errors = self.run_on([bench(1.0, 1.0, 1.0), bench(1.0, 1.0, 1.0, room=1 << 50)])
        self.assertEqual((code, out), (1, ""))
        self.assertIn("GiB are free", errors)

    def test_a_small_run_asserts_no_figure(self):
        code, out, _ = self.run_on([bench(9.0, 1.0, 5.0)], "--small")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(out.splitlines()[1])["figures"]["pairs"], 2)

    def test_everything_is_real(self):
        self.patches.close()
        self.assertEqual(self.run_on([bench(1.0, 1.0, 1.0)], "--small")[0], 0)

    def test_names_select(self):
        code, out, _ = self.run_on([Breaks, bench(1.0, 1.0, 1.0)], "duel", "--small")
        self.assertEqual(code, 0)
        self.assertNotIn("breaks", out)

    def test_an_unknown_name_is_refused_with_those_there_are(self):
        code, out, errors = self.run_on([Breaks, bench(1.0, 1.0, 1.0)], "duell")
        self.assertEqual((code, out), (2, ""))
        self.assertIn("there is no bench duell; there are breaks, duel", errors)

    def test_fewer_than_15_pairs_are_refused(self):
        code, _, errors = self.run_on([bench(1.0, 1.0, 1.0)], "--pairs", "14")
        self.assertEqual(code, 2)
        self.assertIn("fewer than 15 pairs", errors)

    def test_the_lines_of_json_also_go_into_a_file(self):
        with tempfile.TemporaryDirectory() as folder:
            file = pathlib.Path(folder, "figures.json")
            _, out, _ = self.run_on([bench(1.0, 1.0, 1.0)], "--small", "--json", str(file))
            self.assertEqual(file.read_text(encoding="utf-8").splitlines(), out.splitlines()[:2])

    def test_the_script_names_every_bench_of_the_table(self):
        done = subprocess.run([sys.executable, BENCH / "run_bench.py", "--build", ".", "nonsense"], capture_output=True,
                              text=True, check=False)
        self.assertEqual(done.returncode, 2)
        for name in ("local_read", "local_read_cpu", "local_store", "local_store_cpu", "memory", "overlap", "overlap_plan",
                     "overlap_slow", "loop_lag", "follow", "chunk_cost", "peers", "peers_stream", "kajson_parse",
                     "kajson_decode", "kajson_encode"):
            self.assertRegex(done.stderr, rf"\b{name}\b")


if __name__ == "__main__":
    unittest.main()
