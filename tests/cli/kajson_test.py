"""`coffer kajson`: what it prints, and what it says of bad documents. Its agreement with Python's: tests/codec."""

from coffer_program import CofferTest, main


class Kajson(CofferTest):
    def test_prints_a_file_or_standard_input_on_one_line(self):
        document = '{"title" : "caf\u00e9",\n"n":[1, 1e+22,NaN]}'.encode()
        printed = b'{"title": "caf\\u00e9", "n": [1, 1e+22, NaN]}\n'
        self.assertEqual(self.coffer("kajson", self.file("a.json", document)), printed)
        self.assertEqual(self.coffer("kajson", "-", stdin=document), printed)

    def test_prints_a_line_for_each_value_where_asked_to(self):
        self.assertEqual(self.coffer("kajson", "--indent", "4", "-", stdin=b'{"a":[1]}'),
                         b'{\n    "a": [\n        1\n    ]\n}\n')

    def test_a_document_of_many_parts_is_printed_whole(self):
        document = b"[" + b", ".join(b'"%d \xc3\xa9"' % i for i in range(200_000)) + b"]"
        printed = self.coffer("kajson", "-", stdin=document)
        self.assertEqual(printed, document.replace(b"\xc3\xa9", b"\\u00e9") + b"\n")

    def test_a_bad_document_is_told_with_its_place_and_nothing_is_printed(self):
        path = self.file("bad.json", b'{"root": {"note": [1,\n 2,, 3]}}')
        said = self.failure("kajson", path, code=1)
        self.assertRegex(said, r"bad\.json: line 2, column 4: root\.note\[2\]: a value must stand here")
        said = self.failure("kajson", "-", code=1, stdin=b"")
        self.assertRegex(said, "standard input: line 1, column 1: the document is empty")

    def test_deep_documents_are_refused_and_crash_nothing(self):
        said = self.failure("kajson", "-", code=1, stdin=b"[" * 100_000)
        self.assertRegex(said, "more than 1000 lists and objects in each other")

    def test_files_that_cannot_be_documents_are_told(self):
        self.failure("kajson", self.folder / "nowhere.json", code=3)
        self.failure("kajson", self.folder, code=2)
        self.failure("kajson", "--indent", "17", "-", code=2)
        self.failure("kajson", code=2)

    def test_an_output_that_takes_nothing_is_a_failure(self):
        with open("/dev/full", "wb") as full:
            process = self.start_coffer("kajson", "-", stdout=full)
            _, said = process.communicate(b"[1]")
        self.assertEqual(process.returncode, 1)
        self.assertRegex(said.decode(), "no space|No space")


if __name__ == "__main__":
    main()
