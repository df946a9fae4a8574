"""Rows of figures: one JSON line each as soon as it is known, a table for people at the end."""
import dataclasses
import json
import statistics
import sys

from . import pairs, ratios

VOID, HOLDS, MISSED, REPORTED, SMALL, BROKEN = "void", "holds", "MISSED", "reported", "small", "BROKEN"


@dataclasses.dataclass
class Row:
    """One figure with its verdict. `holds` is None where nothing is asserted."""

    bench: str
    value: float | None = None
    low: float | None = None
    high: float | None = None
    unit: str = ""
    target: float | list | None = None
    at_most: bool = False
    holds: bool | None = None
    # Why the figure is worth nothing.
    void: str | None = None
    # Why there is none.
    broken: str | None = None
    figures: dict = dataclasses.field(default_factory=dict)

    @property
    def bad(self):
        return bool(self.void or self.broken or self.holds is False)

    @property
    def verdict(self):
        if self.broken:
            return BROKEN
        if self.void:
            return VOID
        if self.holds is None:
            return SMALL if self.figures.get("small") else REPORTED
        return HOLDS if self.holds else MISSED

    def json(self):
        asserted = self.holds is not None or self.bad
        line = {"bench": self.bench, "value": self.value, "target": self.target,
                "holds": not self.bad if asserted else None}
        if self.void:
            line["void"] = self.void
        if self.broken:
            line["broken"] = self.broken
        line["figures"] = {"unit": self.unit, "low": self.low, "high": self.high, **self.figures}
        return json.dumps(rounded(line))


def rounded(value):
    """Four digits are more than any of this is worth."""
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: rounded(each) for name, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return value


def judge(row, small):
    """Fills in `holds`. Small runs show that everything works; they assert nothing."""
    if small:
        row.figures["small"] = True
        row.void = None
    elif row.target is not None:
        row.holds = ratios.reaches(ratios.Interval(row.low, row.value, row.high), row.target, row.at_most)
    return row


def rows_of(contest, rounds, small):
    """A figure's rows: the rival against itself, then Coffer against the rival."""
    rows = []
    for figure in contest.figures:
        itself = ratios.median_interval(figure.ratios(rounds, pairs.AGAIN))
        fault = ratios.self_fault(itself)
        rows.append(Row(f"{figure.name}: {contest.rival} against itself", itself.median, itself.low, itself.high,
                        target=[ratios.SELF_LOW, ratios.SELF_HIGH], holds=None if small else fault is None,
                        figures=figures_of(figure, rounds, {contest.rival: pairs.RIVAL, "again": pairs.AGAIN})))
        if small:
            rows[-1].figures["small"] = True
        found = ratios.median_interval(figure.ratios(rounds, pairs.COFFER))
        row = Row(figure.name, found.median, found.low, found.high, target=figure.target, at_most=figure.at_most,
                  void=fault, figures=figures_of(figure, rounds, {"coffer": pairs.COFFER, contest.rival: pairs.RIVAL}))
        rows.append(judge(row, small))
    return rows


def figures_of(figure, rounds, contenders):
    figures = {"pairs": len(rounds), "of": figure.unit}
    for name, contender in contenders.items():
        runs = [each[contender] for each in rounds]
        values = [figure.of(run) for run in runs]
        figures[name] = {"median": statistics.median(values), "spread": ratios.spread(values),
                         "seconds": statistics.median(run.seconds for run in runs),
                         "cpu_s_per_gib": statistics.median(run.cpu_per_gib for run in runs),
                         "peak_rss_mib": max(run.peak_rss for run in runs) / 2**20}
        for key in runs[0].extra:
            figures[name][key] = statistics.median(run.extra[key] for run in runs)
    return figures


def number(value):
    return "" if value is None else f"{value:.3g}"


def aim(row):
    if row.target is None:
        return ""
    if isinstance(row.target, list):
        return f"{row.target[0]} .. {row.target[1]}"
    return f"{'<=' if row.at_most else '>='} {row.target}"


def contenders(row):
    """"coffer 4.1, fio 4.2 GB/s": the medians behind a ratio."""
    sides = [f"{name} {number(side['median'])}" for name, side in row.figures.items()
             if isinstance(side, dict) and "median" in side]
    return f"{', '.join(sides)} {row.figures.get('of', '')}".strip()


def table(rows):
    """For people: one line a row, the reasons below."""
    cells = [("bench", "value", "90 % bounds", "to reach", "", "medians")]
    for row in rows:
        bounds = "" if row.low is None else f"{number(row.low)} .. {number(row.high)}"
        cells.append((row.bench, f"{number(row.value)} {row.unit}".strip(), bounds, aim(row), row.verdict, contenders(row)))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ["  ".join(text.ljust(width) for text, width in zip(line, widths)).rstrip() for line in cells]
    lines.insert(1, "  ".join("-" * width for width in widths))
    for row in rows:
        if row.void or row.broken:
            lines.append(f"{row.bench}: {row.verdict}: {row.void or row.broken}")
    return "\n".join(lines)


class Report:
    """Prints each row when it is known, and keeps it for the table."""

    def __init__(self, file=None, out=sys.stdout):
        self.rows = []
        self.file = file
        self.out = out

    def add(self, row):
        self.rows.append(row)
        print(row.json(), file=self.out, flush=True)
        if self.file:
            print(row.json(), file=self.file, flush=True)

    def finish(self):
        """The table, and whether everything held."""
        print(f"\n{table(self.rows)}", file=self.out, flush=True)
        return not any(row.bad for row in self.rows)
