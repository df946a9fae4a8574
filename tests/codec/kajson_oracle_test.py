"""Compares `coffer kajson` with CPython's json and the real kajson (PyPI). COFFER_PROGRAM names the program."""
import collections
import concurrent.futures
import dataclasses
import datetime
import enum
import json
import math
import os
import random
import subprocess
import sys
import unittest
import zoneinfo
from typing import Any, Dict, Generic, List, Optional, TypeVar

import kajson
import pydantic

PROGRAM = os.environ["COFFER_PROGRAM"]
# A C++ program that reads a Ticket and writes it again.
ECHO = os.environ["COFFER_KAJSON_ECHO"]
TICKETS = 200
DOCUMENTS = 600
MUTANTS = 400
AT_LEAST_OF_EACH = 20

Content = TypeVar("Content")


class Color(enum.Enum):
    RED = 1
    BLUE = "blue"


class Mood(str, enum.Enum):
    GOOD = "good"
    BAD = "bad"


class Format(enum.StrEnum):
    PNG = "image/png"
    JPEG = "image/jpeg"


class Level(enum.IntEnum):
    LOW = -1
    HIGH = 7


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Inner(pydantic.BaseModel):
    text: str
    number: Any = None


class Special(Inner):
    more: Optional[List[int]] = None


class Box(pydantic.BaseModel, Generic[Content]):
    content: Content


class Rows(pydantic.RootModel[List[int]]):
    pass


class Outer(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
    inner: Inner
    children: List[Inner]
    by_name: Dict[str, Inner]


class Whole(enum.Enum):
    RED = 1
    BLUE = 2


class Line(pydantic.BaseModel):
    text: str
    price: float


class Ticket(pydantic.BaseModel):
    title: str
    amount: float
    count: int
    paid: bool
    note: Optional[str]
    due: datetime.date
    at: datetime.datetime
    clock: datetime.time
    took: datetime.timedelta
    color: Whole
    mood: Mood
    format: Format
    level: Level
    tags: List[str]
    lines: List[Line]
    by_name: Dict[str, List[Line]]
    box: Box[int]
    anything: Any


@dataclasses.dataclass
class Point:
    x: float
    y: Any


class Maker:
    """Makes values of every kind that kajson can write, and counts them."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.counts = collections.Counter()
        self.leaves = [self.text, self.integer, self.big_integer, self.real, self.special_real, self.boolean, self.none,
                       self.enum, self.text_enum, self.integer_enum, self.flag, self.naive, self.utc, self.offset, self.zone_time,
                       self.date, self.time, self.timedelta, self.timezone, self.zone]
        self.trees = [self.model, self.subclass, self.generic, self.root_model, self.dataclass, self.outer, self.list, self.tuple,
                      self.map, self.integer_map]

    def value(self, depth=0):
        make = self.random.choice(self.leaves if depth > 3 else self.leaves + self.trees * 2)
        self.counts[make.__name__] += 1
        return make(depth + 1)

    def text(self, _=0):
        return "".join(self.random.choice(["a", "Z", " ", "\"", "\\", "/", "\n", "\x00", "\x7f", "\u00e9", "\u20ac", "\U0001f600",
                                           "\ud800", "\udc00", "{", "\u2028"]) for _ in range(self.random.randrange(12)))

    def integer(self, _):
        return self.random.randrange(-10**6, 10**6)

    def big_integer(self, _):
        return self.random.choice([-1, 1]) * self.random.randrange(2**63, 2**200)

    def real(self, _):
        return self.random.choice([self.random.uniform(-1e3, 1e3), self.random.uniform(-1, 1) * 10**self.random.randrange(-300, 300),
                                   1e22, -0.0, 1e16, 123456789012345680.0, 5e-324])

    def special_real(self, _):
        return self.random.choice([math.nan, math.inf, -math.inf])

    def boolean(self, _):
        return self.random.random() < 0.5

    def none(self, _):
        return None

    def enum(self, _):
        return self.random.choice(list(Color))

    def text_enum(self, _):
        return self.random.choice([*Mood, *Format])

    def integer_enum(self, _):
        return self.random.choice(list(Level))

    def flag(self, _):
        return self.random.choice([Right.READ, Right.READ | Right.WRITE])

    def naive(self, _):
        return datetime.datetime(2026, 1, 2, 3, 4, self.random.randrange(60), self.random.choice([0, 678]))

    def utc(self, _):
        return self.naive(0).replace(tzinfo=datetime.timezone.utc)

    def offset(self, _):
        return self.naive(0).replace(tzinfo=datetime.timezone(datetime.timedelta(hours=self.random.randrange(-11, 12))))

    def zone_time(self, _):
        return self.naive(0).replace(tzinfo=zoneinfo.ZoneInfo("Europe/Paris"))

    def date(self, _):
        return datetime.date(2026, self.random.randrange(1, 13), 5)

    def time(self, _):
        return self.random.choice([self.naive(0).time(), self.utc(0).timetz()])

    def timedelta(self, _):
        return datetime.timedelta(days=self.random.randrange(-3, 3), microseconds=self.random.randrange(10**7))

    def timezone(self, _):
        return datetime.timezone.utc

    def zone(self, _):
        return zoneinfo.ZoneInfo("Europe/Paris")

    def model(self, depth):
        return Inner(text=self.text(), number=self.value(depth))

    def subclass(self, depth):
        return Special(text=self.text(), number=self.value(depth), more=[1, 2])

    def generic(self, depth):
        return self.random.choice([Box[int](content=3), Box[Inner](content=self.model(depth))])

    def root_model(self, _):
        return Rows([1, 2, 3])

    def dataclass(self, depth):
        return Point(x=self.real(0), y=self.value(depth))

    def outer(self, depth):
        return Outer(inner=self.subclass(depth), children=[self.model(depth)], by_name={self.text(): self.model(depth)})

    def list(self, depth):
        return [self.value(depth) for _ in range(self.random.randrange(4))]

    def tuple(self, depth):
        return tuple(self.value(depth) for _ in range(self.random.randrange(4)))

    def map(self, depth):
        return {self.text(): self.value(depth) for _ in range(self.random.randrange(20))}

    def lines(self):
        return [Line(text=self.text(), price=self.real(0)) for _ in range(self.random.randrange(3))]

    def ticket(self):
        return Ticket(title=self.text(), amount=self.random.choice([self.real(0), math.inf]), count=self.integer(0),
                      paid=self.boolean(0), note=self.random.choice([None, self.text()]), due=self.date(0),
                      at=self.random.choice([self.naive(0), self.utc(0), self.offset(0), self.zone_time(0)]),
                      clock=self.time(0), took=self.timedelta(0), color=self.random.choice(list(Whole)),
                      mood=self.random.choice(list(Mood)), format=self.random.choice(list(Format)), level=self.integer_enum(0),
                      tags=[self.text() for _ in range(self.random.randrange(3))], lines=self.lines(),
                      by_name={name: self.lines() for name in sorted([self.text(), self.text()], key=wtf8)},
                      box=Box[int](content=self.integer(0)), anything=self.value(2))

    def integer_map(self, depth):
        return {self.random.randrange(100): self.value(depth) for _ in range(3)}


def wtf8(text):
    """The order in which a C++ map has names."""
    return text.encode("utf-8", "surrogatepass")


def run(command, text):
    """A program's exit code and what it printed: on standard output, or the complaint."""
    done = subprocess.run(command, input=text if isinstance(text, bytes) else text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, timeout=120)
    return done.returncode, (done.stderr if done.returncode else done.stdout).decode().removesuffix("\n")


def reemit(text, *options):
    return run([PROGRAM, "kajson", *options, "-"], text)


def each(function, items):
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        return list(pool.map(function, items))


def as_python_says(text):
    """What json.dumps says of a text with its numbers kept as they are written; None where it is refused."""
    try:
        # A private-use character marks what was a number's text.
        keep = "\ue000{}\ue000".format
        kept = json.loads(text, parse_int=keep, parse_float=keep, parse_constant=keep)
    except (ValueError, RecursionError):
        return None
    return json.dumps(kept).replace('"\\ue000', "").replace('\\ue000"', "")


class KajsonOracle(unittest.TestCase):
    def test_a_document_is_printed_as_kajson_prints_it(self):
        maker = Maker(20261122)
        objects = [maker.value() for _ in range(DOCUMENTS)]
        for name, count in sorted(maker.counts.items()):
            print(f"kajson_oracle {name}: {count}")
            self.assertGreaterEqual(count, AT_LEAST_OF_EACH, name)
        self.assertEqual(len(maker.counts), len(maker.leaves) + len(maker.trees))
        texts = [kajson.dumps(value) for value in objects]
        for text, (code, printed) in zip(texts, each(reemit, texts)):
            self.assertEqual((code, printed), (0, text))
        indented = [kajson.dumps(value, indent=4) for value in objects]
        for text, (code, printed) in zip(indented, each(lambda text: reemit(text, "--indent", "4"), texts)):
            self.assertEqual((code, printed), (0, text))

    def test_a_struct_travels_both_ways(self):
        maker = Maker(99)
        tickets = [maker.ticket() for _ in range(TICKETS)]
        texts = [kajson.dumps(ticket) for ticket in tickets]
        read = 0
        for ticket, text, (code, printed) in zip(tickets, texts, each(lambda text: run([ECHO], text), texts)):
            self.assertEqual((code, printed), (0, text))
            try:
                again = kajson.loads(printed)
            except kajson.exceptions.KajsonDecoderError:
                continue  # It cannot read all that it writes: flags of two names.
            # NaN is no equal of itself.
            self.assertEqual(repr(again), repr(kajson.loads(text)))
            self.assertIs(type(again), type(ticket))
            read += 1
        self.assertGreater(read, TICKETS // 2)
        for ticket, (code, printed) in zip(tickets, each(lambda text: run([ECHO, "4"], text), texts)):
            self.assertEqual((code, printed), (0, kajson.dumps(ticket, indent=4)))

    def test_what_python_refuses_is_refused(self):
        rng = random.Random(7)
        maker = Maker(7)
        seeds = [kajson.dumps(maker.value()) for _ in range(100)]
        pieces = ["", ",", ":", "[", "]", "{", "}", "\"", "\\", "0", "-", ".", "e", "1", " ", "\n", "a", "tru", "null", "NaN",
                  "Infinity", "\\u00", "\\ud800", "\u00e9", "\x01", "\"a\":1,"]
        texts = []
        for _ in range(MUTANTS):
            text = rng.choice(seeds)
            at = rng.randrange(len(text) + 1)
            texts.append(text[:at] + rng.choice(pieces) + text[at + rng.randrange(3):])
        expected = [as_python_says(text) for text in texts]
        self.assertGreater(sum(answer is None for answer in expected), MUTANTS // 4)
        self.assertGreater(sum(answer is not None for answer in expected), MUTANTS // 10)
        for text, answer, (code, printed) in zip(texts, expected, each(reemit, texts)):
            if answer is None:
                self.assertEqual(code, 1, text)
                self.assertRegex(printed, r"^coffer: .*line \d+, column \d+: ", text)
            else:
                self.assertEqual((code, printed), (0, answer), text)


if __name__ == "__main__":
    print(f"kajson {kajson.__version__ if hasattr(kajson, '__version__') else ''}, Python {sys.version.split()[0]}")
    unittest.main()
