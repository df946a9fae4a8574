"""What a bench is made of."""
import dataclasses
import pathlib
from collections.abc import Callable

from harness import pairs, report, space


@dataclasses.dataclass(frozen=True)
class Context:
    """Where a bench works, and how thoroughly."""

    build: pathlib.Path
    folder: pathlib.Path
    plan: pairs.Plan
    # To see that everything works: small sizes, no figure is asserted.
    small: bool
    note: Callable[[str], None]

    def program(self, name):
        return self.build / "bench" / f"coffer_{name}_bench"

    def rival(self, name):
        return self.build / "bench" / f"coffer_{name}_rival"

    @property
    def cli(self):
        return self.build / "cli" / "coffer"


class Bench:
    """One line of the table: a question, and the rows that answer it."""

    name = ""
    # The names of its rows, each of which may be asked for alone.
    rows: list[str] = []

    def __init__(self, context):
        self.context = context

    def size(self, full, small):
        return small if self.context.small else full

    def space(self):
        """The most that it keeps on disk at a time, in bytes."""
        raise NotImplementedError

    def run(self):
        """Yields Rows."""
        raise NotImplementedError


class PairBench(Bench):
    """A bench of one contest after the other."""

    def contests(self):
        raise NotImplementedError

    def run(self):
        for contest in self.contests():
            folder = self.context.folder / type(contest).__name__
            folder.mkdir()
            rounds = pairs.measure_rounds(contest, folder, self.context.plan, self.context.note)
            space.remove(folder)
            yield from report.rows_of(contest, rounds, self.context.small)
