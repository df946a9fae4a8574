"""Verdicts, lines of JSON and the table."""
import io
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from harness import report  # noqa: E402
from harness.pairs import AGAIN, COFFER, RIVAL, Contest, Figure, Measurement  # noqa: E402


class Fake(Contest):
    rival = "other"
    figures = [Figure("rate", lambda run: run.rate, "B/s", 0.95), Figure("cpu", lambda run: run.cpu_per_gib, "s", 2, True)]


def rounds_of(coffer, rival, again, cpu=1.0, count=15):
    def measured(rate, processor):
        return Measurement(seconds=1 / rate, bytes=1, cpu_seconds=processor / 2**30, peak_rss=3 << 20, extra={"x": 1})
    return [{COFFER: measured(coffer, cpu), RIVAL: measured(rival, 1.0), AGAIN: measured(again, 1.0)} for _ in range(count)]


def rows(*values, small=False, **named):
    return {row.bench: row for row in report.rows_of(Fake(), rounds_of(*values, **named), small)}


class Rows(unittest.TestCase):
    def test_a_ratio_that_reaches_its_target_holds(self):
        found = rows(4.0, 4.0, 4.0)
        self.assertEqual([row.verdict for row in found.values()], ["holds"] * 4)
        self.assertAlmostEqual(found["rate"].value, 1.0)

    def test_a_ratio_below_an_at_least_target_misses(self):
        self.assertEqual(rows(3.0, 4.0, 4.0)["rate"].verdict, "MISSED")

    def test_a_ratio_above_an_at_most_target_misses(self):
        self.assertEqual(rows(4.0, 4.0, 4.0, cpu=2.5)["cpu"].verdict, "MISSED")
        self.assertEqual(rows(4.0, 4.0, 4.0, cpu=1.9)["cpu"].verdict, "holds")

    def test_where_the_rival_does_not_equal_itself_the_run_is_void_however_good_it_looks(self):
        found = rows(9.0, 4.0, 5.0)
        self.assertEqual(found["rate: other against itself"].verdict, "MISSED")
        self.assertEqual(found["rate"].verdict, "void")
        self.assertFalse(json.loads(found["rate"].json())["holds"])
        self.assertIn("against itself gives 1.250", json.loads(found["rate"].json())["void"])
        # The other figure's rival row held.
        self.assertEqual(found["cpu"].verdict, "holds")

    def test_a_small_run_asserts_nothing(self):
        found = rows(1.0, 4.0, 5.0, small=True)
        self.assertEqual([row.verdict for row in found.values()], ["small"] * 4)
        self.assertIsNone(json.loads(found["rate"].json())["holds"])
        self.assertFalse(any(row.bad for row in found.values()))


class Json(unittest.TestCase):
    def test_a_line_has_what_the_figure_is_made_of(self):
        line = json.loads(rows(3.9, 4.0, 4.0)["rate"].json())
        self.assertEqual({key: line[key] for key in ("bench", "value", "target", "holds")},
                         {"bench": "rate", "value": 0.975, "target": 0.95, "holds": True})
        self.assertEqual(line["figures"]["pairs"], 15)
        self.assertEqual(line["figures"]["coffer"], {"median": 3.9, "spread": [3.9] * 5, "seconds": 0.2564,
                                                     "cpu_s_per_gib": 1.0, "peak_rss_mib": 3.0, "x": 1})

    def test_a_bench_that_broke_does_not_hold(self):
        line = json.loads(report.Row("rate", broken="no disk").json())
        self.assertEqual((line["value"], line["holds"], line["broken"]), (None, False, "no disk"))


class Told(unittest.TestCase):
    def told(self, *given):
        out, file = io.StringIO(), io.StringIO()
        told = report.Report(file, out)
        for row in given:
            told.add(row)
        return told.finish(), out.getvalue(), file.getvalue()

    def test_lines_of_json_come_first_and_into_the_file_then_the_table(self):
        good, text, file = self.told(*rows(4.0, 4.0, 4.0).values())
        self.assertTrue(good)
        self.assertEqual(text.splitlines()[:4], file.splitlines())
        self.assertIn("bench", text.splitlines()[5])
        self.assertRegex(text, r"rate +1 +1 \.\. 1 +>= 0\.95 +holds +coffer 4, other 4 B/s")

    def test_a_miss_a_void_and_a_broken_bench_are_each_not_good(self):
        self.assertFalse(self.told(rows(3.0, 4.0, 4.0)["rate"])[0])
        self.assertFalse(self.told(rows(4.0, 4.0, 5.0)["rate"])[0])
        good, text, _ = self.told(report.Row("rate", broken="no disk"))
        self.assertFalse(good)
        self.assertIn("rate: BROKEN: no disk", text)

    def test_a_void_run_says_so_below_the_table(self):
        self.assertRegex(self.told(*rows(4.0, 4.0, 5.0).values())[1], r"\nrate: void: the rival against itself gives 1\.250")


if __name__ == "__main__":
    unittest.main()
