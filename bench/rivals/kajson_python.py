"""CPython's kajson on the same documents: decode|encode FILE TIMES. Prints a line of JSON."""
import json
import resource
import sys
import time

import kajson
import kajson_shop


def main():
    what, file, times = sys.argv[1], sys.argv[2], int(sys.argv[3])
    with open(file, encoding="utf-8") as opened:
        text = opened.read()
    objects = kajson.loads(text)
    assert isinstance(objects[0], kajson_shop.Ticket) and kajson.dumps(objects) == text
    start = time.perf_counter()
    for _ in range(times):
        if what == "decode":
            kajson.loads(text)
        else:
            kajson.dumps(objects)
    seconds = time.perf_counter() - start
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({"bytes": len(text) * times, "seconds": seconds, "cpu_seconds": used.ru_utime + used.ru_stime,
                      "peak_rss": used.ru_maxrss * 1024}))


main()
