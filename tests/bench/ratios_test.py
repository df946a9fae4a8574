"""Medians, bounds and verdicts on data whose answer is known."""
import pathlib
import random
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench"))

from harness import ratios  # noqa: E402
from harness.ratios import Interval  # noqa: E402


class MedianInterval(unittest.TestCase):
    def test_equal_values_have_no_width(self):
        self.assertEqual(ratios.median_interval([1.5] * 15), Interval(1.5, 1.5, 1.5))

    def test_one_value_is_its_own_bounds(self):
        self.assertEqual(ratios.median_interval([0.7]), Interval(0.7, 0.7, 0.7))

    def test_nothing_measured_is_refused(self):
        with self.assertRaises(ValueError):
            ratios.median_interval([])

    def test_the_median_is_not_moved_by_one_wild_value(self):
        self.assertEqual(ratios.median_interval([1, 2, 3, 4, 1000]).median, 3)

    def test_the_same_pairs_in_another_order_give_the_same_bounds(self):
        values = [0.91, 1.3, 0.99, 1.02, 0.87, 1.11, 1.0]
        self.assertEqual(ratios.median_interval(values), ratios.median_interval(sorted(values)))

    def test_bounds_of_fifteen_known_values(self):
        # Of 15 draws from 1 .. 15 the median is at most k where at least 8 of them are: for 5 the chance is 8.8 %
        # (Binomial(15, 5/15) >= 8), for 4 it is 2.5 %. So the 5 % bound is 5, and by symmetry the other one 11.
        found = ratios.median_interval(list(range(1, 16)))
        self.assertEqual((found.low, found.median, found.high), (5, 8, 11))

    def test_the_bounds_hold_the_true_median_about_nine_times_in_ten(self):
        chance = random.Random(7)
        kept = 0
        trials = 200
        for _ in range(trials):
            found = ratios.median_interval([chance.gauss(1, 0.1) for _ in range(15)], resamples=500)
            kept += found.low <= 1 <= found.high
        # Bounds of the binomial of 0.9 that a right bootstrap leaves about once in a million trials.
        self.assertGreater(kept, 0.78 * trials)
        self.assertLess(kept, 0.985 * trials)

    def test_more_pairs_make_the_bounds_narrower(self):
        chance = random.Random(3)
        values = [chance.gauss(1, 0.1) for _ in range(150)]
        few, many = ratios.median_interval(values[:15]), ratios.median_interval(values)
        self.assertLess(many.high - many.low, few.high - few.low)


class Reaches(unittest.TestCase):
    def test_at_least_is_reached_where_the_upper_bound_reaches_it(self):
        self.assertTrue(ratios.reaches(Interval(0.90, 0.93, 0.95), 0.95, at_most=False))
        self.assertFalse(ratios.reaches(Interval(0.90, 0.93, 0.949), 0.95, at_most=False))

    def test_at_most_is_reached_where_the_lower_bound_reaches_it(self):
        self.assertTrue(ratios.reaches(Interval(1.10, 1.2, 1.3), 1.10, at_most=True))
        self.assertFalse(ratios.reaches(Interval(1.11, 1.2, 1.3), 1.10, at_most=True))


class RivalAgainstItself(unittest.TestCase):
    def test_about_one_holds(self):
        self.assertIsNone(ratios.self_fault(Interval(0.97, 1.01, 1.04)))

    def test_surely_off_by_a_little_holds(self):
        self.assertIsNone(ratios.self_fault(Interval(1.01, 1.02, 1.03)))

    def test_surely_off_by_more_than_five_per_cent_misses_on_either_side(self):
        self.assertIn("place in the round", ratios.self_fault(Interval(1.06, 1.08, 1.09)))
        self.assertIn("place in the round", ratios.self_fault(Interval(0.90, 0.92, 0.94)))

    def test_bounds_too_wide_to_tell_miss(self):
        self.assertIn("restless", ratios.self_fault(Interval(0.85, 1.0, 1.2)))
        self.assertIn("restless", ratios.self_fault(Interval(0.0, 1.0, 1.1)))


class Spread(unittest.TestCase):
    def test_least_quartiles_and_largest(self):
        self.assertEqual(ratios.spread([5, 1, 4, 2, 3]), [1, 2, 3, 4, 5])

    def test_of_one_value(self):
        self.assertEqual(ratios.spread([2]), [2, 2, 2, 2, 2])


if __name__ == "__main__":
    unittest.main()
