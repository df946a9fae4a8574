"""Coffer and its rival in turn: one run each in every round, the rival a second time to see what the comparison is worth."""
import dataclasses
import itertools
import pathlib
from collections.abc import Callable

from . import memory_warm, ratios, space

COFFER, RIVAL, AGAIN = "coffer", "rival", "rival again"
# Each contender is first, second and last equally often.
ORDERS = list(itertools.permutations((COFFER, RIVAL, AGAIN)))


@dataclasses.dataclass(frozen=True)
class Measurement:
    """One run of one contender."""

    seconds: float
    bytes: int = 0
    cpu_seconds: float = 0.0
    peak_rss: int = 0
    # What else this bench looks at, by name.
    extra: dict = dataclasses.field(default_factory=dict)

    @property
    def rate(self):
        """Bytes a second."""
        return self.bytes / self.seconds

    @property
    def cpu_per_gib(self):
        return self.cpu_seconds / (self.bytes / 2**30)


@dataclasses.dataclass(frozen=True)
class Figure:
    """One number of a bench: what is taken of a run, and what it is compared with."""

    name: str
    of: Callable[[Measurement], float]
    unit: str
    target: float | None
    at_most: bool = False

    def ratios(self, rounds, contender):
        """One ratio to the rival a round."""
        return [self.of(each[contender]) / self.of(each[RIVAL]) for each in rounds]


class Contest:
    """What a bench of pairs brings along."""

    figures: list[Figure] = []
    # What the rival is called.
    rival = ""
    # Bytes of memory that one run needs, page cache included.
    memory = 256 << 20

    def begin(self, folder):
        """Once, before the first round."""

    def prepare(self, folder):
        """Before each round: what all its runs share."""

    def run(self, contender, folder):
        """One run in a fresh folder. A Measurement."""
        raise NotImplementedError


def round_order(number):
    # 0, 3, 1, 4, ...: with few rounds, too, everybody stands everywhere.
    return ORDERS[(number * 3 + number // 2) % len(ORDERS)]


def measure_rounds(contest, folder, plan, note=lambda text: None):
    """Runs rounds until there are `plan.pairs`, and then until each rival-against-itself row can tell, at most
    `plan.most_pairs`: what Coffer's figures are plays no part in when it ends. Gives one dict of Measurements a round."""
    folder = pathlib.Path(folder)
    memory_warm.warm(contest.memory)
    contest.begin(folder)
    # Counts for nothing: programs, libraries and the folder's metadata are in memory afterwards.
    measure_round(contest, folder / "warm-up", (COFFER, RIVAL))
    rounds = []
    while len(rounds) < plan.pairs or (len(rounds) < plan.most_pairs and restless(contest.figures, rounds)):
        done = measure_round(contest, folder / f"round-{len(rounds):03}", round_order(len(rounds)))
        rounds.append(done)
        note(f"round {len(rounds)}: " + ", ".join(f"{name} {done[name].seconds:.3f} s" for name in (COFFER, RIVAL, AGAIN)))
    return rounds


def measure_round(contest, folder, order):
    """One run of each, each in a fresh folder; all is deleted afterwards. Measurements by contender."""
    folder.mkdir()
    contest.prepare(folder)
    done = {}
    for contender in order:
        fresh = folder / contender.replace(" ", "-")
        fresh.mkdir()
        memory_warm.warm(contest.memory)
        done[contender] = contest.run(contender, fresh)
    space.remove(folder)
    return done


def restless(figures, rounds):
    """Whether a rival-against-itself row misses so far."""
    return any(ratios.self_fault(ratios.median_interval(figure.ratios(rounds, AGAIN)))
               for figure in figures if figure.target is not None)


@dataclasses.dataclass(frozen=True)
class Plan:
    """How many pairs."""

    pairs: int = 15
    most_pairs: int = 45
