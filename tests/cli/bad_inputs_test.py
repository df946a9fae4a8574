"""What is wrong on the command line or in the world is told in one line: what, where, and what to do."""

import json
import os
import subprocess

from coffer_program import DEADLINE, PROGRAM, CofferTest, main

# The arguments, the exit code, what the complaint must match. {file} and {folder} are there, {store} is the store's folder
# with the object "there" in it.
TABLE = [
    # The command line itself.
    (["frobnicate"], 2, r"no verb is called “frobnicate”.*coffer --help tells more$"),
    (["runs"], 2, r"runs: which verb\?; coffer runs --help tells more$"),
    (["stta", "x"], 2, r"no verb is called “stta”.*; did you mean 'stat'\?"),
    (["--frobnicate", "ls"], 2, r"--frobnicate"),
    (["--json"], 2, r"which verb"),
    (["ls", "--frobnicate"], 2, r"ls: .*--frobnicate.*coffer ls --help"),
    (["put", "-dash"], 2, r"behind --, options before it"),
    (["ls", "-dash"], 2, r"behind --, options before it"),
    (["put", "--", "{file}", "--key", "x"], 2, r"behind --, options before it"),
    (["ls", "a", "b"], 2, r"ls: .*not expected: b"),
    (["put"], 2, r"put: FILE is required"),
    (["put", "{file}", "{file}"], 2, r"put: .*not expected"),
    (["put", "{file}", "--key"], 2, r"--key"),
    (["put", "{file}", "--key", ""], 2, r"put: --key: .*default"),
    (["put", "{file}", "--type", ""], 2, r"put: --type: .*default"),
    (["put", "{file}", "--type="], 2, r"--type"),
    (["exec", "-i", "", "--", "cat"], 2, r"--input"),
    (["get"], 2, r"get: URI is required"),
    (["cat"], 2, r"cat: URI is required"),
    (["cp", "there"], 2, r"cp: TO is required"),
    (["stat"], 2, r"stat: URI is required"),
    (["rm"], 2, r"rm: URI is required"),
    (["put", "{file}", "--kye", "name"], 2, r"put: there is no option --kye; .*; did you mean '--key'\?"),
    (["put", "{file}", "--jsom"], 2, r"put: there is no option --jsom; .*; did you mean '--json'\?"),
    (["help", "frobnicate"], 2, r"no verb is called “frobnicate”"),
    (["help", "runs", "lst"], 2, r"no verb is called “lst”; coffer runs --help lists them; did you mean 'list'\?"),
    # Options of every verb.
    (["--budget", "much", "ls"], 2, r"--budget: .*much"),
    (["--budget", "1KiB", "ls"], 2, r"--budget: .*at least 64KiB"),
    (["--budget", "-1", "ls"], 2, r"--budget"),
    (["--io-backend", "epoll", "ls"], 2, r"--io-backend: .*epoll.*uring or threads"),
    (["--store", "", "ls"], 2, r"ls: --store: .*default"),
    (["ls", "--budget", ""], 2, r"--budget: .*default"),
    (["ls", "--spill", ""], 2, r"--spill: .*default"),
    (["--store", "file:/data/store", "ls"], 2, r"--store: .*write file:///data/store"),
    (["--store", "s4://bucket", "ls"], 2, r"--store: .*s4"),
    (["--store", "file://elsewhere/a", "ls"], 2, r"--store: "),
    (["--store", "/", "ls"], 2, r"--store: .*folder below the root"),
    (["--store", "mem://", "ls"], 2, r"--store: "),
    (["--store", "mem://a/b", "ls"], 2, r"--store: "),
    (["--store", "{other}", "put", "{file}", "--key", "a"], 2, r"store .*other is no folder: name one with --store"),
    (["--store", "/dev/null", "ls"], 2, r"^coffer: the store /dev/null is no folder: name one with --store"),
    (["--store", "/dev/null", "gc"], 2, r"^coffer: the store /dev/null is no folder"),
    (["--store", "/dev/null", "runs", "list"], 2, r"^coffer: the store /dev/null is no folder"),
    (["ls", "--cache-dir", ""], 2, r"--cache-dir: .*default"),
    (["--cache-size", "much", "ls"], 2, r"--cache-size: .*much"),
    (["--store", "{folder}", "--cache-dir", "{folder}/cache", "ls"], 2, r"cache folder .*cache and the store"),
    (["--spill", "/dev/shm/x", "ls"], 2, r"/dev/shm/x.*tmpfs"),
    # Names.
    (["cat", ""], 2, r"names no object"),
    (["cat", "-"], 2, r"names no object"),
    (["cat", "/etc/hosts"], 2, r"is a path.*file:///etc/hosts"),
    (["cat", "file:/etc/hosts"], 2, r"write file:///etc/hosts"),
    (["put", "{file}", "--key", "file:/a/b"], 2, r"write file:///a/b"),
    (["put", "{file}", "--key", "mem:/x"], 2, r"write mem://x"),
    (["ls", "file:/etc/"], 2, r"write file:///etc/"),
    (["exec", "-i", "in=file:/etc/hosts", "--", "cat"], 2, r"write file:///etc/hosts"),
    (["exec", "-o", "out=file:/etc/hosts", "--", "cat"], 2, r"write file:///etc/hosts"),
    (["stat", "./there"], 2, r"is a path"),
    (["cat", "file:///a%2Fb"], 2, r"%2F"),
    (["cat", "file:///a%zz"], 2, r"file:///a%zz"),
    (["cat", "1x://a"], 2, r"1x://a"),
    (["cat", "file://elsewhere/a"], 2, r"elsewhere"),
    (["cat", "mem://other/a"], 3, r"mem://other/a"),
    (["cat", "s3://bucket/a"], 2, r"s3://bucket/a.*file:// and mem://"),
    (["get", "http://user:secret@x/y"], 2, r"“http://[^s]*x/y”.*file:// and mem://"),
    (["stat", "http://x/y"], 2, r"^coffer: “http://x/y”"),
    (["rm", "http://x/y"], 2, r"^coffer: “http://x/y”"),
    (["ls", "http://x/"], 2, r"^coffer: “http://x/”"),
    (["put", "{file}", "--key", "http://x/y"], 2, r"^coffer: “http://x/y”"),
    (["put", "{file}", "--key", "a//b"], 2, r"a//b"),
    (["put", "{file}", "--key", "a/../b"], 2, r"\.\."),
    (["put", "{file}", "--key", "a/"], 2, r"a/"),
    (["put", "{file}", "--key", ".coffer/x"], 2, r"\.coffer"),
    (["put", "{file}", "--key", "x" * 256], 2, r"256 bytes.*255"),
    (["put", "{file}", "--key", "/".join(["x" * 200] * 21)], 2, r"4220 bytes.*4095"),
    (["stat", "ä" * 128], 2, r"256 bytes.*255"),
    (["cat", "file:///" + "x" * 256], 2, r"256 bytes.*255"),
    (["put", "{file}", "--key", "there/below"], 1, r"there"),
    (["put", "{file}", "--key", "/absolute"], 2, r"is a path"),
    (["put", "{file}", "--key", "file:///somewhere/else"], 1, r"file:///somewhere/else"),
    (["put", "{file}", "--type", "video"], 2, r"--type: .*video/mp4"),
    (["put", "{file}", "--type", "text/a\nb"], 2, r"--type"),
    # What is not there.
    (["put", "{folder}/absent"], 3, r"absent"),
    (["put", "{folder}/absent/x"], 3, r"absent"),
    (["put", "{file}/x"], 3, r"x: not a directory"),
    (["put", "{folder}"], 2, r"is a folder"),
    (["get", "absent"], 3, r"absent"),
    (["cat", "absent"], 3, r"absent"),
    (["cat", "absent/"], 2, r"absent/"),
    (["cp", "absent", "b"], 3, r"absent"),
    (["stat", "absent"], 3, r"absent"),
    (["rm", "absent"], 3, r"absent"),
    (["rm", "-r", "absent"], 3, r"absent"),
    (["ls", "absent"], 3, r"absent"),
    (["cat", "file:///nowhere/at/all"], 3, r"file:///nowhere/at/all"),
    (["cat", "file://{folder}"], 3, r"file://"),
    # Ranges and ages.
    (["cat", "there", "--range", "x"], 2, r"--range: .*x"),
    (["cat", "there", "--range", "5-3"], 2, r"--range"),
    (["cat", "there", "--range", "-"], 2, r"--range"),
    (["cat", "there", "--range", "0-99999999999999999999"], 2, r"--range"),
    (["cat", "there", "--range", "-0"], 2, r"--range: .*no byte"),
    (["cat", "there", "--range", "7-"], 1, r"7.*7"),
    (["gc", "--older-than", "soon"], 2, r"--older-than: .*soon.*2h"),
    (["gc", "--older-than", "-1h"], 2, r"--older-than"),
    # Targets.
    (["get", "there", "{file}"], 1, r"-f"),
    (["get", "there", "{folder}/absent/x"], 3, r"absent"),
    (["get", "there", "{folder}/absent/"], 3, r"absent"),
    (["get", "file://{store}/there/.."], 2, r"\.\."),
    (["rm", "-r", "file://{store}/"], 2, r"whole store"),
    (["gc", "--store", "mem://x"], 1, r"folder"),
]


class BadInputs(CofferTest):
    def setUp(self):
        super().setUp()
        self.put("there", b"content")
        self.names = {"file": self.file("plain/file"), "other": self.file("plain/other"), "folder": self.folder / "plain", "store": self.store}

    def fill(self, arguments):
        filled = []
        for argument in arguments:
            for name, value in self.names.items():
                argument = argument.replace("{" + name + "}", str(value))
            filled.append(argument)
        return filled

    def test_each_has_its_exit_code_and_one_line_that_says_what_and_where(self):
        for arguments, code, pattern in TABLE:
            with self.subTest(arguments=arguments):
                line = self.failure(*self.fill(arguments), code=code)
                self.assertRegex(line, pattern)

    def test_each_is_told_as_json_where_that_is_asked_for(self):
        for arguments, code, _ in TABLE:
            with self.subTest(arguments=arguments):
                done = self.run_coffer("--json", *self.fill(arguments))
                self.assertEqual(done.returncode, code, done.stderr)
                streams = {"stdout": done.stdout.decode(), "stderr": done.stderr.decode()}
                found = {name: line for name, text in streams.items() for line in text.splitlines() if line[:1] == "{"}
                self.assertEqual(len(found), 1, streams)
                name, line = found.popitem()
                # Where standard output is for an object's bytes, no JSON mixes with them.
                self.assertEqual(name, "stderr" if arguments[0] == "cat" and len(arguments) > 1 else "stdout")
                error = json.loads(line)["error"]
                self.assertTrue(error["kind"] and error["message"], error)

    def test_nothing_is_stored_or_changed_by_any_of_them(self):
        before = self.lines("ls", "-r")
        for arguments, _, _ in TABLE:
            self.run_coffer(*self.fill(arguments))
        self.assertEqual(self.lines("ls", "-r"), before)
        self.assertEqual(self.coffer("cat", "there"), b"content")
        self.assertEqual((self.folder / "plain" / "file").read_bytes(), b"content")
        self.assertEqual([p for p in self.stored_files() if p != "there"], [])

    def test_wrong_variables_are_named(self):
        self.assertIn("COFFER_STORE", self.failure("ls", code=2, COFFER_STORE="s4://x"))
        self.assertIn("COFFER_IO_BACKEND", self.failure("ls", code=2, COFFER_IO_BACKEND="epoll"))

    def test_without_store_and_home_the_user_is_asked(self):
        done = subprocess.run([PROGRAM, "ls"], env={"PATH": os.environ["PATH"]}, stderr=subprocess.PIPE,
                              timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"--store", done.stderr)

    def test_closed_standard_input_is_an_error(self):
        done = subprocess.run(["bash", "-c", f"exec {PROGRAM} put - --key x <&-"], env=self.environment,
                              stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard input", done.stderr)
        self.assertEqual(self.lines("ls"), ["there"])

    def test_closed_standard_output_is_an_error_once_there_is_something_to_say(self):
        done = subprocess.run(["bash", "-c", f"exec {PROGRAM} put {self.names['file']} --key there >&-"], env=self.environment,
                              stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard output", done.stderr)
        done = subprocess.run(["bash", "-c", f"exec {PROGRAM} rm there >&- 2>&-"], env=self.environment, timeout=DEADLINE,
                              check=False)
        self.assertEqual(done.returncode, 0)

    def test_a_full_device_behind_standard_output_is_an_error(self):
        self.put("big", b"x" * 100_000)
        for arguments in (["cat", "big"], ["ls"]):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([PROGRAM, *arguments], env=self.environment, stdout=full, stderr=subprocess.PIPE,
                                      timeout=DEADLINE, check=False)
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stderr.decode(), r"standard output.*[Nn]o space|[Nn]o space.*standard output")


class Store(CofferTest):
    def test_the_option_wins_over_the_variable_and_the_variable_over_the_users_folder(self):
        option, variable = self.folder / "option", self.folder / "variable"
        self.coffer("--store", option, "put", "-", "--key", "x", stdin=b"1", COFFER_STORE=str(variable))
        self.coffer("put", "-", "--key", "x", stdin=b"2", COFFER_STORE=str(variable))
        self.coffer("put", "-", "--key", "x", stdin=b"3", COFFER_STORE="")
        self.coffer("put", "-", "--key", "x", stdin=b"4", COFFER_STORE="", XDG_DATA_HOME=str(self.folder / "xdg"))
        self.assertEqual((option / "x").read_bytes(), b"1")
        self.assertEqual((variable / "x").read_bytes(), b"2")
        self.assertEqual((self.home / ".local/share/coffer/store/x").read_bytes(), b"3")
        self.assertEqual((self.folder / "xdg/coffer/store/x").read_bytes(), b"4")

    def test_options_of_every_verb_may_stand_before_and_behind_it(self):
        self.coffer("put", "-", "--key", "x", "--store", self.folder / "behind", stdin=b"1")
        self.assertEqual((self.folder / "behind" / "x").read_bytes(), b"1")

    def test_a_relative_folder_is_below_the_current_one(self):
        self.coffer("--store", "here/and/there", "put", "-", "--key", "x", stdin=b"1")
        self.assertEqual((self.folder / "here/and/there/x").read_bytes(), b"1")

    def test_a_uri_may_name_it(self):
        uri = (self.folder / "a b").as_uri()
        self.assertEqual(self.lines("--store", uri, "put", "-", "--key", "x", stdin=b"1"), [uri + "/x"])
        self.assertEqual(self.lines("--store", uri + "/", "ls"), ["x"])

    def test_a_store_in_memory_works_and_is_gone_afterwards(self):
        self.assertEqual(self.lines("--store", "mem://m", "put", "-", "--key", "x", stdin=b"1"), ["mem://m/x"])
        self.assertEqual(self.coffer("--store", "mem://m", "ls"), b"")

    def test_who_puts_into_a_store_in_memory_is_told_that_it_is_gone_afterwards(self):
        done = self.run_coffer("--store", "mem://m", "put", "-", "--key", "x", stdin=b"1")
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: mem://m/x is gone with this command")
        self.assertEqual(self.run_coffer("-q", "--store", "mem://m", "put", "-", stdin=b"1").stderr, b"")
        self.assertNotIn(b"gone", self.run_coffer("put", "-", "--key", "x", stdin=b"1").stderr)


if __name__ == "__main__":
    main()
