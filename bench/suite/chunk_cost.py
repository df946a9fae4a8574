"""chunk_cost: what passing a chunk on costs beside copying it."""
import statistics

from harness import processes, ratios, report

from .bench import Bench


class ChunkCost(Bench):
    """Source to pump to sink in memory, 1 MiB a chunk, beside the sink's memcpy alone; in turn inside one program."""

    name = "chunk_cost"
    rows = ["chunk_cost"]

    def space(self):
        return 0

    def run(self):
        found = processes.run([self.context.program("chunk_cost"), self.size(2000, 50)]).json()
        rounds = found["rounds"]
        over = ratios.median_interval([each["pump_ns"] - each["memcpy_ns"] for each in rounds])
        figures = {"pairs": len(rounds), "of": "ns a chunk"}
        for name, key in (("pump", "pump_ns"), ("memcpy", "memcpy_ns"), ("pump without copying", "bare_ns")):
            values = [each[key] for each in rounds]
            figures[name] = {"median": statistics.median(values), "spread": ratios.spread(values)}
        yield report.judge(report.Row("chunk_cost", over.median, over.low, over.high, "ns", figures=figures),
                           self.context.small)
