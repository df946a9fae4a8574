"""exec: a pipeline of one command."""

from coffer_program import main, random_bytes
from pipeline_case import PipelineTest


class Exec(PipelineTest):
    def test_streams_what_the_command_does_not_name(self):
        self.put("in.txt", b"hello")
        uri = f"file://{self.store}/out.txt"
        printed = self.places("exec", "-i", f"in=file://{self.store}/in.txt", "-o", f"out={uri}", "--", "tr", "a-z", "A-Z")
        self.assertEqual(printed, {"out": uri})
        self.assertEqual(self.coffer("cat", "out.txt"), b"HELLO")

    def test_gives_paths_for_what_it_names(self):
        self.put("in.txt", b"hello")
        self.coffer("exec", "-i", f"in=file://{self.store}/in.txt", "-o", "out=out.txt", "--", "cp", "{in}", "{out}")
        self.assertEqual((self.folder / "out.txt").read_bytes(), b"hello")

    def test_paths_end_like_what_they_are(self):
        out = self.coffer("exec", "-i", f"in={self.file('a.png')}", "-o", "out=-", "--", "echo", "{in}")
        self.assertRegex(out.decode(), r"\.png\n$")

    def test_files_are_read_where_they_lie(self):
        out = self.coffer("exec", "-i", f"in={self.file('words', b'b c a'.replace(b' ', bytes([10])))}", "-o", "out=-",
                          "--", "sort")
        self.assertEqual(out, b"a\nb\nc\n")
        self.assertEqual([self.coffer("cat", name) for name in self.lines("ls")], [out])

    def test_without_an_output_a_note_says_that_what_it_prints_is_thrown_away(self):
        done = self.run_coffer("exec", "--", "echo", "hello")
        self.assertEqual((done.returncode, done.stdout), (0, b""))
        self.assertIn(b"coffer: no -o was given: its standard output is thrown away; -o out=- shows it\n", done.stderr)
        self.assertEqual(self.run_coffer("-q", "exec", "--", "echo", "hello").stderr, b"")
        self.assertNotIn(b"no -o", self.run_coffer("exec", "-o", "out=-", "--", "echo", "hello").stderr)

    def test_the_help_says_where_the_command_runs(self):
        text = " ".join(self.coffer("exec", "--help").decode().split())
        self.assertIn("runs in an empty folder: give scripts and other files by absolute path", text)
        self.assertIn("without -o its stdout is thrown away", text)

    def test_a_key_of_the_store_in_place_of_a_file_is_told_with_the_uri_to_write(self):
        uri = self.put("notes/hello.txt", b"hello")
        told = self.failure("exec", "-i", "in=notes/hello.txt", "-o", "out=-", "--", "cat", code=3)
        self.assertIn(f"-i in={uri}", told)
        self.assertNotIn("-i in=", self.failure("exec", "-i", "in=notes/none", "-o", "out=-", "--", "cat", code=3))
        self.file("notes/hello.txt", b"here")
        self.assertEqual(self.coffer("exec", "-i", "in=notes/hello.txt", "-o", "out=-", "--", "cat"), b"here")

    def test_standard_input_and_output(self):
        content = random_bytes(3_000_000)
        self.assertEqual(self.coffer("exec", "-i", "in=-", "-o", "out=-", "--", "cat", stdin=content), content)
        self.assertEqual(self.coffer("exec", "-i", "in=-", "-o", "out=-", "--", "cat", "{in}", stdin=content), content)

    def test_braces_of_the_command_are_its_own(self):
        out = self.coffer("exec", "-i", "in=-", "-o", "out=-", "--", "awk", "{print $2} END {print \"{{}}\"}", stdin=b"a b")
        self.assertEqual(out, b"b\n{{}}\n")

    def test_arguments_of_the_command_are_as_they_were_typed(self):
        arguments = ["[0:v]scale=2:2[v]", "[a,b]", "[]", "", "a,b", "\x01[x]", "--", "-x"]
        printed = self.coffer("-q", "exec", "-o", "out=-", "--", "printf", "%s\n", *arguments)
        self.assertEqual(printed.decode().splitlines(), arguments)

    def test_options_behind_the_dashes_are_the_commands(self):
        out = self.coffer("exec", "-i", "in=-", "-o", "out=-", "--", "grep", "-i", "B", "--", "-", stdin=b"a\nb\n")
        self.assertEqual(out, b"b\n")

    def test_a_program_may_be_called_anything(self):
        program = self.file("5 odd.names", b"#!/bin/sh\nexec cat\n")
        program.chmod(0o755)
        self.assertEqual(self.coffer("exec", "-i", "in=-", "-o", "out=-", "--", program, stdin=b"x"), b"x")

    def test_a_failed_command_is_code_1_with_its_words(self):
        done = self.run_coffer("exec", "-i", "in=-", "-o", "out=x", "--", "sh", "-c", "echo no such luck >&2; exit 3")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no such luck", done.stderr)
        self.assertFalse((self.folder / "x").exists())

    def test_quietly_to_standard_output_there_is_nothing_but_the_output(self):
        done = self.run_coffer("-q", "exec", "-o", "out=-", "--", "echo", "hello")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"hello\n", b""))
        done = self.run_coffer("-q", "exec", "-o", "out=-", "-o", "log=log.txt", "--", "sh", "-c", 'echo hello; : > "$0"', "{log}")
        self.assertEqual((done.stdout, done.stderr.decode()), (b"hello\n", f"log\t{self.folder}/log.txt\n"))

    def test_quietly_a_failure_is_told_once(self):
        for script, told in (("echo one >&2; exit 3", "(it said: one)\n"), ("echo one >&2; echo two >&2; exit 3", "\n  one\n  two\n")):
            done = self.run_coffer("-q", "exec", "-o", "out=-", "--", "sh", "-c", script)
            self.assertEqual(done.returncode, 1)
            self.assertTrue(done.stderr.decode().endswith(told), done.stderr)
            self.assertEqual(done.stderr.count(b"one"), 1, done.stderr)

    def test_what_does_not_fit_is_told(self):
        for arguments, pattern in ((("--",), r"COMMAND"), (("-i", "a=-", "-i", "b=x", "--", "cat"), r"stdin"),
                                   (("-i", "a b=-", "--", "cat"), r"a b"),
                                   (("-i", "1in=-", "--", "cat"), r"'1in' is not a name: a letter or '_', then letters"), (("-i", "a", "--", "cat"), r"-i .*a")):
            self.assertRegex(self.failure("exec", *arguments, code=2), pattern)


if __name__ == "__main__":
    main()
