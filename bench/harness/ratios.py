"""What pairs of measurements are worth: medians, bootstrap bounds, verdicts. Pure functions of the numbers given."""
import dataclasses
import random
import statistics

CONFIDENCE = 0.90
RESAMPLES = 10_000
# The same pairs give the same bounds, today and tomorrow.
SEED = 20221

# A rival compared with itself ought to come out at 1. It misses where it is surely off by more than 5 %: then the place in
# the round decides, not the program. And where the bounds are further apart than 20 %: such a row could not tell.
SELF_LOW, SELF_HIGH = 0.95, 1.05
SELF_WIDEST = 1.20


@dataclasses.dataclass(frozen=True)
class Interval:
    """The median of the pairs, and the bounds between which it lies with a confidence of 90 %."""

    low: float
    median: float
    high: float


def median_interval(values, resamples=RESAMPLES):
    """The median of `values` and its bounds by the percentile bootstrap."""
    if not values:
        raise ValueError("no values: nothing was measured")
    ordered = sorted(values)
    chance = random.Random(SEED)
    medians = sorted(statistics.median(chance.choices(ordered, k=len(ordered))) for _ in range(resamples))
    tail = round((1 - CONFIDENCE) / 2 * resamples)
    return Interval(medians[tail], statistics.median(ordered), medians[-tail - 1])


def reaches(interval, target, at_most):
    """Whether the pairs leave it possible that the target is reached: the better bound decides."""
    return interval.low <= target if at_most else interval.high >= target


def self_fault(interval):
    """Why a rival-against-itself row misses; nothing where it holds."""
    if interval.low > SELF_HIGH or interval.high < SELF_LOW:
        return (f"the rival against itself gives {interval.median:.3f} ({interval.low:.3f} .. {interval.high:.3f}) "
                f"and not 1: the place in the round decides")
    if interval.low <= 0 or interval.high / interval.low > SELF_WIDEST:
        return (f"the rival against itself lies anywhere in {interval.low:.3f} .. {interval.high:.3f}: "
                f"this machine is too restless now")
    return None


def spread(values):
    """Least, quartiles and largest: what a median alone would hide."""
    ordered = sorted(values)
    if len(ordered) == 1:
        return [ordered[0]] * 5
    first, median, third = statistics.quantiles(ordered, n=4, method="inclusive")
    return [ordered[0], first, median, third, ordered[-1]]
