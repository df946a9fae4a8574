"""`coffer memory`: show, offload and inline as a user has them."""

import base64
import json
import re
import subprocess

from coffer_program import DEADLINE, PROGRAM, CofferTest, main, random_bytes

PICTURE = random_bytes(3000)
WORDS = "so many words, caf\u00e9; " * 200


def memory(**contents):
    """As Pipelex's smart_dump has it."""
    root = {name: {"stuff_code": name[:5], "stuff_name": name, "concept": concept, "content": content}
            for name, (concept, content) in contents.items()}
    return json.dumps({"root": root, "aliases": {"main_stuff": next(iter(root))}, "absences": {}}, indent=1).encode()


def picture(data=PICTURE):
    return {"url": "data:image/png;base64," + base64.b64encode(data).decode(), "mime_type": "image/png", "width": None}


MEMORY = memory(note=("native.Text", {"text": WORDS}), photo=("native.Image", picture()),
                count=("native.Number", {"number": 12.50}))


class MemoryVerbs(CofferTest):
    def light(self, document=MEMORY, *options):
        return self.coffer("memory", "offload", "-", *options, stdin=document)

    def reference(self, light, stuff, member):
        return json.loads(light)["root"][stuff]["content"][member]

    def test_offload_prints_the_light_memory_and_inline_restores_it(self):
        path = self.file("memory.json", MEMORY)
        light = self.coffer("memory", "offload", path)
        self.assertLess(len(light), 1500)
        self.assertEqual(self.coffer("memory", "inline", "-", stdin=light), MEMORY)
        # What stands in its place is a URI that opens.
        uri, mark, _ = self.reference(light, "photo", "url").partition("#")
        self.assertEqual(mark, "#")
        self.assertEqual(self.coffer("cat", uri), PICTURE)
        self.assertEqual(self.json_lines("stat", uri)[0]["content_type"], "image/png")
        uri = self.reference(light, "note", "text").partition("#")[0]
        self.assertEqual(self.coffer("cat", uri).decode(), WORDS)

    def test_offload_tells_what_it_moved(self):
        done = self.run_coffer("memory", "offload", "-", stdin=MEMORY)
        self.assertRegex(done.stderr.decode(), r"moved 2 strings, 7\.\d KiB; the memory has \d+ B; file:///.*/offloaded/\S+ has the data")
        self.assertEqual(self.run_coffer("-q", "memory", "offload", "-", stdin=MEMORY).stderr, b"")
        output = self.folder / "light.json"
        told = self.json_lines("memory", "offload", "-", "-o", output, stdin=MEMORY)[0]
        self.assertEqual((told["moved"], told["moved_bytes"]), (2, len(PICTURE) + len(WORDS.encode())))
        self.assertEqual(told["memory_bytes"], output.stat().st_size)
        told = self.json_lines("memory", "inline", output, "-o", self.folder / "whole.json")[0]
        self.assertEqual((told["fetched"], told["memory_bytes"]), (2, len(MEMORY)))
        self.assertEqual((self.folder / "whole.json").read_bytes(), MEMORY)

    def test_shorter_strings_stay(self):
        light = self.light(MEMORY, "--inline-below", "4200")
        self.assertEqual(self.reference(light, "photo", "url"), picture()["url"])
        self.assertNotEqual(self.reference(light, "note", "text"), WORDS)
        self.assertEqual(self.light(MEMORY, "--inline-below", "1MiB"), MEMORY)
        everything = json.loads(self.light(MEMORY, "--inline-below", "0"))
        self.assertIn("#coffer", everything["root"]["photo"]["content"]["mime_type"])
        self.assertEqual(everything["root"]["photo"]["concept"], "native.Image")

    def test_files_are_not_written_over_unless_asked(self):
        there = self.file("light.json", b"mine")
        self.failure("memory", "offload", "-", "-o", there, code=1, stdin=MEMORY)
        self.assertEqual(there.read_bytes(), b"mine")
        self.coffer("memory", "offload", "-", "-o", there, "-f", stdin=MEMORY)
        self.coffer("memory", "inline", there, "-o", there, "-f")
        self.assertEqual(there.read_bytes(), MEMORY)

    def test_show_lists_stuffs_with_their_sizes(self):
        light = self.light()
        lines = self.lines("memory", "show", "-", stdin=light)
        self.assertRegex(lines[0], r"^note   native\.Text    +\d+ B  \+ 4\.\d KiB in 1 object$")
        self.assertRegex(lines[1], r"^photo  native\.Image   +\d+ B  \+ 2\.9 KiB in 1 object$")
        self.assertRegex(lines[2], r"^count  native\.Number  +\d+ B$")
        self.assertEqual(lines[3:], ["main_stuff -> note"])
        shown = self.json_lines("memory", "show", "-", stdin=light)
        self.assertEqual(shown[0] | {"bytes": 0}, {"stuff": "note", "concept": "native.Text", "bytes": 0, "references": 1,
                                                   "referenced_bytes": len(WORDS.encode()), "main": True})
        self.assertEqual(shown[3], {"alias": "main_stuff", "stuff": "note"})

    def test_show_knows_every_form(self):
        kajson = {"root": {"a": {"concept": {"code": "Ticket", "domain_code": "shop", "__class__": "Concept",
                                             "__module__": "pipelex.core.concepts.concept"},
                                 "content": {"title": "T1", "__class__": "Ticket", "__module__": "shop"},
                                 "__class__": "Stuff", "__module__": "pipelex.core.stuffs.stuff"},
                           "b": {"concept_code": "native.Text", "content": {"text": "x"}}},
                  "aliases": {}, "absences": {"c": {"reason": "none"}}}
        shown = self.json_lines("memory", "show", "-", stdin=json.dumps(kajson).encode())
        self.assertEqual([(line.get("stuff"), line.get("concept")) for line in shown],
                         [("a", "shop.Ticket"), ("b", "native.Text"), (None, None)])
        self.assertEqual(shown[1]["bytes"], len('{"text": "x"}'))
        self.assertEqual(shown[2], {"absence": "c"})

    def test_bad_documents_are_told_with_their_place_and_print_and_store_nothing(self):
        for verb in ("show", "offload", "inline"):
            said = self.failure("memory", verb, "-", code=1, stdin=MEMORY[:-1])
            self.assertRegex(said, r"standard input: line \d+, column \d+: the document ends too soon")
            said = self.failure("memory", verb, self.file("other.json", b'{"a": 1}'), code=1)
            self.assertRegex(said, r"other\.json: this is no working memory: it has no member root")
            self.failure("memory", verb, self.folder / "nowhere.json", code=3)
            self.failure("memory", verb, code=2)
        self.assertEqual(self.lines("ls", "-r"), [])
        self.assertRegex(self.failure("memory", code=2), "coffer memory --help tells more")
        self.assertRegex(self.failure("memory", "shw", "x", code=2), "memory: has no verb “shw”; coffer memory --help tells more; did you mean 'show'")
        self.assertRegex(self.failure("memory", "show", code=2), "memory show: .* coffer memory show --help tells more")
        self.failure("memory", "offload", "-", "--inline-below", "many", code=2)

    def test_show_refuses_what_no_pipe_could_read(self):
        for root, place, why in ((b'{"a": {"content": 1}, "b": {"x": {"content": 1}}}', 1, "the stuff that ends here has no member content"),
                                 (b'{"a": ["content"]}', 1, "a stuff, an object, must stand here"),
                                 (b'{"a": {"content": 1},\n "b": 12}', 2, "a stuff, an object, must stand here"),
                                 (b'{}, "aliases": []', 1, "an object must stand here"),
                                 (b'{}, "absences":\n "a"', 2, "an object must stand here")):
            said = self.failure("memory", "show", "-", code=1, stdin=b'{"root": ' + root + b"}")
            self.assertRegex(said, rf"standard input: line {place}, column \d+: {why}$")
        said = self.failure("memory", "show", "-", code=1, stdin=b'{"root": {"a": nothing}}')
        self.assertRegex(said, "line 1, column 16: ")
        shown = self.json_lines("memory", "show", "-", stdin=b'{"root": {"a": {"\\u0063ontent": null}}, "other": 1}')
        self.assertEqual([(line["stuff"], line["bytes"]) for line in shown], [("a", 4)])

    def test_a_missing_object_is_told_and_nothing_is_printed(self):
        light = self.light()
        uri = self.reference(light, "photo", "url").partition("#")[0]
        self.coffer("rm", uri)
        done = self.run_coffer("memory", "inline", "-", stdin=light)
        self.assertEqual((done.returncode, done.stdout), (3, b""))
        said = done.stderr.decode()
        self.assertRegex(said, r"standard input: line \d+, column \d+: " + re.escape(uri) + ": the data that stood here is gone")
        self.failure("memory", "inline", "-", "-o", self.folder / "whole.json", code=3, stdin=light)
        self.assertFalse((self.folder / "whole.json").exists())

    def test_a_changed_object_is_told_and_nothing_is_printed(self):
        light = self.light()
        uri = self.reference(light, "note", "text").partition("#")[0]
        self.coffer("put", "-", "--key", uri, stdin=b"x" * len(WORDS.encode()))
        said = self.failure("memory", "inline", "-", code=1, stdin=light)
        self.assertRegex(said, "not the object that the working memory refers to: its CRC-32C is")

    def test_what_a_document_names_is_fetched_only_where_offload_writes(self):
        self.coffer("put", "-", "--key", "private/secret", stdin=b"x")
        uri = self.json_lines("stat", "private/secret")[0]
        reference = f"{uri['uri']}#coffer&as=text&type=&size=1&crc32c={uri['crc32c']}"
        document = memory(note=("native.Text", {"text": reference}))
        said = self.failure("memory", "inline", "-", code=1, stdin=document)
        self.assertRegex(said, "a document may name only what offload wrote")
        whole = self.coffer("memory", "inline", "-", "--from", "private/", stdin=document)
        self.assertEqual(json.loads(whole)["root"]["note"]["content"]["text"], "x")

        # A file of the machine's, and a store that the command line does not name.
        outside = self.file("outside", b"x")
        document = memory(note=("native.Text", {"text": reference.replace(uri["uri"], f"file://{outside}")}))
        self.failure("memory", "inline", "-", code=1, stdin=document)
        whole = self.coffer("memory", "inline", "-", "--from", f"file://{outside}", stdin=document)
        self.assertEqual(json.loads(whole)["root"]["note"]["content"]["text"], "x")
        light = self.light()
        self.failure("--store", self.folder / "other", "memory", "inline", "-", code=1, stdin=light)

    def test_a_full_disk_keeps_nothing(self):
        with open("/dev/full", "wb") as full:
            process = self.start_coffer("memory", "offload", "-", stdout=full)
            _, said = process.communicate(MEMORY, DEADLINE)
        self.assertEqual(process.returncode, 1)
        self.assertRegex(said.decode().lower(), "no space")
        self.assertEqual(self.lines("ls", "-r"), [])

    def test_a_store_in_memory_would_lose_the_data_and_is_refused(self):
        path = self.file("memory.json", MEMORY)
        said = self.failure("memory", "offload", path, "-o", path, "-f", "--store", "mem://x", code=2)
        self.assertRegex(said, "gone with this command")
        self.assertEqual(path.read_bytes(), MEMORY)

    def test_a_pipe_gets_nothing_before_all_is_right(self):
        light = self.light()
        uri = self.reference(light, "note", "text").partition("#")[0]
        self.coffer("put", "-", "--key", uri, stdin=b"x" * len(WORDS.encode()))
        done = self.run_coffer("memory", "inline", "-", "-f", "-o", "/dev/stdout", stdin=light)
        self.assertEqual((done.returncode, done.stdout), (1, b""))

    def test_an_interrupted_offload_keeps_nothing(self):
        process = self.start_coffer("memory", "offload", "-")
        # More than a pipe holds: when it is written, the program reads.
        process.stdin.write(MEMORY[:1000] + b"x" * (2 << 20))
        process.stdin.flush()
        process.send_signal(2)
        self.assertEqual(process.wait(DEADLINE), 130)
        self.assertEqual(self.lines("ls", "-r"), [])

    def test_a_large_memory_takes_no_more_room_than_a_small_one(self):
        large = self.folder / "large.json"
        count, size = 40, 1 << 20
        large.write_bytes(memory(**{f"p{i}": ("native.Image", picture(bytes([i]) * size)) for i in range(count)}))
        peaks = {}
        for name, path in (("small", self.file("small.json", MEMORY)), ("large", large)):
            light, whole = self.folder / f"light-{name}", self.folder / f"whole-{name}"
            peaks[name] = max(self.peak("offload", path, "-o", light), self.peak("inline", light, "-o", whole))
            self.assertEqual(whole.read_bytes(), path.read_bytes())
        # Buffers of at most 8 MiB, within the budget and beyond it, in slabs of 4 MiB.
        self.assertLess(peaks["large"] - peaks["small"], 24 << 20)

    def peak(self, *arguments):
        """VmHWM; what wait4 gives is never less than this process's own."""
        process = subprocess.Popen([PROGRAM, "--budget", "4MiB", "-q", "memory", *map(str, arguments)],
                                   env=self.environment, stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    found = [int(line.split()[1]) << 10 for line in status if line.startswith("VmHWM")]
                peak = max([peak, *found])
            except FileNotFoundError:
                break
        self.assertEqual(process.wait(DEADLINE), 0)
        return peak


if __name__ == "__main__":
    main()
