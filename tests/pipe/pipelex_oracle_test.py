"""Working memories that the real pipelex makes go into the store and come back byte for byte; what is left of them in
between is still a working memory for it."""

import base64
import collections
import datetime
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import unittest

from kajson import kajson
from pipelex.core.concepts.concept_factory import ConceptFactory
from pipelex.core.concepts.native.concept_native import NativeConceptCode
from pipelex.core.memory.absence import AbsenceKind, AbsenceRecord
from pipelex.core.memory.working_memory import WorkingMemory
from pipelex.core.memory.working_memory_factory import WorkingMemoryFactory
from pipelex.core.stuffs.date_content import DateContent
from pipelex.core.stuffs.document_content import DocumentContent
from pipelex.core.stuffs.html_content import HtmlContent
from pipelex.core.stuffs.image_content import ImageContent
from pipelex.core.stuffs.json_content import JSONContent
from pipelex.core.stuffs.list_content import ListContent
from pipelex.core.stuffs.number_content import NumberContent
from pipelex.core.stuffs.page_content import PageContent
from pipelex.core.stuffs.structured_content import StructuredContent
from pipelex.core.stuffs.stuff_factory import StuffFactory
from pipelex.core.stuffs.text_and_images_content import TextAndImagesContent
from pipelex.core.stuffs.text_content import TextContent

PROGRAM = os.environ["COFFER_PROGRAM"]
# A C++ program that reads a working memory and writes it again.
ECHO = os.environ["COFFER_MEMORY_ECHO"]
DEADLINE = 120
MEMORIES = 40
# A working memory holds at least one stuff of each kind; each kind is met so often.
LEAST = 20


class Ticket(StructuredContent):
    """A class of a user's own, unknown to Coffer."""

    title: str
    notes: list[str]
    attachment: ImageContent


class Maker:
    """Contents of every kind, short and long."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.made = collections.Counter()

    def text(self):
        words = ["hello", "caf\u00e9", "\u20ac", "\U0001f600", "a/b", '"quoted"', "back\\slash", "tab\t", "line\n", "\x7f", "\x01"]
        count = self.random.choice([0, 1, 3, 300, 2000])
        return " ".join(self.random.choice(words) for _ in range(count))

    def data_url(self, kind):
        data = self.random.randbytes(self.random.choice([0, 1, 2, 3, 800, 5000, 70_000]))
        return f"data:{kind};base64,{base64.b64encode(data).decode()}"

    def image(self):
        url = self.random.choice([self.data_url("image/png"), "https://example.org/a.png", "pipelex-storage://run/assets/a.png"])
        size = self.random.choice([{}, {"width": 640, "height": 480}])
        return ImageContent(url=url, caption=self.random.choice([None, self.text()]), mime_type="image/png", **size)

    def contents(self):
        yield NativeConceptCode.TEXT, TextContent(text=self.text())
        yield NativeConceptCode.NUMBER, NumberContent(number=self.random.choice([3, 2**70, -0.0, 1e22, 0.1]))
        yield NativeConceptCode.IMAGE, self.image()
        yield NativeConceptCode.DOCUMENT, DocumentContent(url=self.data_url("application/pdf"), snippet=self.text())
        yield NativeConceptCode.HTML, HtmlContent(inner_html=f"<p>{self.text()}</p>", css_class="note")
        yield NativeConceptCode.DATE, DateContent(date=datetime.date(2026, 11, 22))
        yield NativeConceptCode.TEXT, ListContent(items=[TextContent(text=self.text()) for _ in range(3)])
        yield NativeConceptCode.PAGE, PageContent(page_view=self.image(), text_and_images=TextAndImagesContent(
            text=TextContent(text=self.text()), images=[self.image()], raw_html=self.text()))
        yield NativeConceptCode.JSON, JSONContent(json_obj={"deep": [{"text": self.text()}], "n": [1.50, None, True]})
        yield NativeConceptCode.ANYTHING, Ticket(title=self.text(), notes=[self.text()], attachment=self.image())

    def memory(self):
        stuffs = []
        for index, (code, content) in enumerate(self.contents()):
            self.made[type(content).__name__] += 1
            concept = ConceptFactory.make_native_concept(code)
            stuffs.append(StuffFactory.make_stuff(concept=concept, content=content, name=f"stuff_{index}"))
        memory = WorkingMemoryFactory.make_from_multiple_stuffs(stuffs, main_name="stuff_3")
        memory.add_alias("first", target="stuff_0")
        memory.record_absence(AbsenceRecord(variable_name="gone", kind=next(iter(AbsenceKind)), reason=self.text() or "none"))
        return memory


def as_json(value):
    """What json cannot write is written by pydantic's rules for it."""
    return lambda **layout: json.dumps(value, default=str, **layout)


def older(document):
    """As pipelex wrote it before concepts were objects of their own."""
    for stuff in document["root"].values():
        stuff["concept_code"] = stuff.pop("concept")
    return document


def forms(memory):
    yield "smart", as_json(memory.smart_dump())
    yield "transport", as_json(memory.dump_for_transport())
    yield "kajson", lambda **layout: kajson.dumps(memory, **layout)
    yield "older", as_json(older(memory.smart_dump()))


class PipelexOracle(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="coffer-pipelex-"))
        self.addCleanup(shutil.rmtree, self.folder, True)

    def coffer(self, *arguments, stdin):
        done = subprocess.run([PROGRAM, "--store", self.folder / "store", "-q", "memory", *arguments, "-"], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done.stdout

    def test_every_form_goes_into_the_store_and_comes_back_byte_for_byte(self):
        maker, documents = Maker(1), collections.Counter()
        for number in range(MEMORIES):
            for form, dumps in forms(maker.memory()):
                layout = {"ensure_ascii": number % 2 == 0, "indent": [None, 4][number // 2 % 2]}
                document = dumps(**layout).encode()
                light = self.coffer("offload", "--inline-below", ["1KiB", "64", "0", "1MiB"][number % 4], stdin=document)
                self.assertEqual(self.coffer("inline", stdin=light), document, form)
                documents[form] += 1
        print("pipelex_oracle documents:", dict(documents))
        print("pipelex_oracle contents:", dict(maker.made))
        for kind, count in {**documents, **maker.made}.items():
            self.assertGreaterEqual(count, LEAST, kind)

    def test_every_form_is_a_value_that_is_written_as_it_was(self):
        maker = Maker(3)
        for number in range(LEAST):
            for form, dumps in forms(maker.memory()):
                document = dumps(ensure_ascii=number % 2 == 0, indent=[None, 2][number // 2 % 2]).encode()
                for way in ("text", "stuffs"):
                    done = subprocess.run([ECHO, way], input=document, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                          timeout=DEADLINE, check=False)
                    self.assertEqual((done.returncode, done.stdout), (0, document), (form, way, done.stderr))

    def test_what_is_left_is_a_working_memory_that_refers_to_the_store(self):
        memory = WorkingMemoryFactory.make_from_multiple_stuffs([
            StuffFactory.make_stuff(concept=ConceptFactory.make_native_concept(NativeConceptCode.IMAGE), name="photo",
                                    content=ImageContent(url="data:image/png;base64," + base64.b64encode(bytes(9000)).decode())),
            StuffFactory.make_stuff(concept=ConceptFactory.make_native_concept(NativeConceptCode.TEXT), name="note",
                                    content=TextContent(text="long " * 1000))])
        light = kajson.loads(self.coffer("offload", stdin=kajson.dumps(memory).encode()).decode())
        self.assertIsInstance(light, WorkingMemory)
        photo = light.get_stuff_as_image("photo")
        path, mark, _ = photo.url.partition("#coffer&")
        self.assertTrue(mark)
        self.assertEqual(pathlib.Path(path.removeprefix("file://")).read_bytes(), bytes(9000))
        self.assertTrue(light.get_stuff_as_str("note").startswith("file://"))
        whole = kajson.loads(self.coffer("inline", stdin=kajson.dumps(light).encode()).decode())
        self.assertEqual(whole.get_stuff_as_image("photo").url, memory.get_stuff_as_image("photo").url)
        self.assertEqual(whole.get_stuff_as_str("note"), memory.get_stuff_as_str("note"))

    def test_show_knows_the_concepts_of_every_form(self):
        memory = Maker(2).memory()
        expected = [stuff.concept.concept_ref for stuff in memory.root.values()]
        for form, dumps in forms(memory):
            shown = subprocess.run([PROGRAM, "--json", "memory", "show", "-"], input=dumps().encode(), stdout=subprocess.PIPE,
                                   timeout=DEADLINE, check=True).stdout.splitlines()
            lines = [json.loads(line) for line in shown]
            self.assertEqual([line["concept"] for line in lines if "concept" in line], expected, form)
            self.assertEqual([line["alias"] for line in lines if "alias" in line], ["main_stuff", "first"], form)
            self.assertEqual([line["absence"] for line in lines if "absence" in line], ["gone"], form)


if __name__ == "__main__":
    unittest.main(verbosity=2)
