"""check and run."""

import json
import os
import re
import signal
import stat

from coffer_program import DEADLINE, main, random_bytes, wait_until
from pipeline_case import COUNT, SHOUT, PipelineTest, is_running


class Check(PipelineTest):
    def test_says_what_streams_what_waits_and_why(self):
        text = self.coffer("check", self.pipeline(SHOUT, COUNT)).decode()
        self.assertRegex(text, r"pipeline test: no errors")
        self.assertRegex(text, r"(?m)^ +text +streams ")
        self.assertRegex(text, r"(?m)^ +loud +waits ")

    def test_json_is_one_object(self):
        found = self.json_lines("check", self.pipeline(SHOUT, COUNT))
        self.assertEqual(len(found), 1)
        self.assertTrue(found[0]["ok"])
        self.assertEqual([pipe["pipe"] for pipe in found[0]["pipes"]], ["shout", "count"])

    def test_a_program_that_is_not_there_is_warned_of_before_anything_starts(self):
        tool = self.file("tool", b"#!/bin/sh\ntr a-z A-Z\n")
        path = self.pipeline({**SHOUT, "command": [str(tool)]}, {**COUNT, "command": ["no-such-program", "{loud}"]})
        warned = r"pipeline\.json:\d+:\d+: warning: the pipe 'count' needs the program 'no-such-program', .*: install it"
        text = self.coffer("check", path).decode()
        self.assertRegex(text, r"no errors, 2 warnings")
        self.assertRegex(text, r"the pipe 'shout' needs the program '/.*/tool'")  # Nobody may run it.
        tool.chmod(0o755)
        self.assertRegex(self.coffer("check", path).decode(), r"no errors, 1 warning\n")
        done = self.run_coffer("run", path, "-i", "text=-", stdin=b"hello")
        self.assertEqual(done.returncode, 1)
        lines = done.stderr.decode().splitlines()
        self.assertRegex(lines[0], warned)
        self.assertRegex(lines[-1], r"the pipe 'count' failed")

    def test_where_commands_cannot_work_it_says_which_folder_is_missing(self):
        for store in (str(self.store), "mem://here"):
            with self.subTest(store=store):
                done = self.run_coffer("--store", store, "run", self.pipeline(SHOUT, COUNT), "-i", "text=-", stdin=b"hello",
                                       TMPDIR=str(self.folder / "nowhere"))
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stderr.decode(), r"/nowhere: there is no folder for temporary files.*: make it, or .* TMPDIR")

    def test_names_that_do_not_fit_are_told_with_line_and_column(self):
        path = self.pipeline(SHOUT, outputs=("loud", "nobody"))
        for verb in (("check", path), ("run", path, "-i", "text=-")):
            self.assertRegex(self.failure(*verb, code=1), r"^coffer: .*pipeline\.json:\d+:\d+: error: .*nobody")
        found = self.json_lines("check", path, code=1)
        self.assertFalse(found[0]["ok"])
        found = self.json_lines("run", path, "-i", "text=-", code=1)
        self.assertEqual([line["error"]["kind"] for line in found], ["invalid_argument"])
        self.assertIn("nobody", found[0]["error"]["message"])

    def test_a_pipeline_file_cannot_drive_the_terminal(self):
        path = self.pipeline({**SHOUT, "command": ["tr", "{\x1b]0;title\x07\x9b31m}"]}, outputs=("loud",))
        for verb in (("check", path), ("run", path, "-i", "text=-")):
            self.assertIn(r"{\x1b]0;title\x07\xc2\x9b31m}", self.failure(*verb, code=1))
        path = self.pipeline({**SHOUT, "command": ["\x1b]0;title\x07"]}, outputs=("loud",))
        self.assertIn(r"the program '\x1b]0;title\x07', which", self.coffer("check", path).decode())

    def test_what_is_no_pipeline_is_told_with_line_and_column(self):
        path = self.file("pipeline.json", b'{"coffer_pipeline": 1,\n "name": 5}')
        for verb in (("check", path), ("run", path)):
            self.assertRegex(self.failure(*verb, code=1), r"^coffer: .*pipeline\.json:2:10: error: name: .*string")
        path.write_bytes(b'{"coffer_pipeline": 1,\n}')
        self.assertRegex(self.failure("check", path, code=1), r"^coffer: .*pipeline\.json:2:1: error: ")
        path.write_bytes(b" " * (1 << 21))
        self.assertRegex(self.failure("check", path, code=1), r"^coffer: .*pipeline\.json: error: .*1 MiB")

    def test_what_is_no_pipeline_has_a_finding_in_json(self):
        path = self.file("pipeline.json", b'{"coffer_pipeline": 1,\n "name": 5}')
        found = self.json_lines("check", path, code=1)
        self.assertEqual((len(found), found[0]["ok"], found[0]["pipes"]), (1, False, []))
        finding = found[0]["findings"][0]
        self.assertEqual((finding["severity"], finding["line"], finding["column"]), ("error", 2, 10))
        self.assertNotIn("line 2", finding["message"])
        error = self.json_lines("run", path, code=1)[0]["error"]
        self.assertEqual(error["kind"], "invalid_argument")
        self.assertIn(f"{path}:2:10: {finding['message']}", error["message"])

    def test_warnings_are_told_once_and_stop_nothing(self):
        path = self.pipeline(SHOUT, inputs=("text", "unused"), outputs=("loud",))
        checked = self.run_coffer("check", path)
        self.assertEqual((checked.returncode, checked.stderr), (0, b""))
        self.assertRegex(checked.stdout.decode().splitlines()[1], r"^warning: line \d+, column \d+: .*'unused'$")
        self.assertEqual(checked.stdout.count(b"'unused'"), 1)
        done = self.run_coffer("run", path, "-i", "text=-", "-i", f"unused={path.as_uri()}")
        self.assertEqual(done.returncode, 0)
        self.assertEqual(done.stderr.decode().count("'unused'"), 1, done.stderr)

    def test_a_file_that_is_not_there_and_a_folder(self):
        self.failure("check", "absent.json", code=3)
        self.failure("run", "absent.json", code=3)
        self.failure("check", self.folder, code=2)


class Run(PipelineTest):
    def test_outputs_are_objects_and_files(self):
        printed = self.places("run", self.pipeline(SHOUT, COUNT), "-i", f"text={self.file('in.txt', b'hello')}", "-o",
                              "loud=loud.txt")
        self.assertEqual(printed["loud"], str(self.folder / "loud.txt"))
        self.assertEqual((self.folder / "loud.txt").read_bytes(), b"HELLO")
        self.assertRegex(self.coffer("cat", printed["size"]).decode(), r"^5 ")

    def test_a_store_on_a_disk_is_read_ahead_into_memory_alone(self):
        both = {"name": "both", "reads": {"loud": "stdin", "photo": "path"}, "writes": {"size": {"from": "stdout"}},
                "command": ["sh", "-c", "cat; cat \"$1\"", "-", "{photo}"]}
        pipeline = self.pipeline(SHOUT, both, inputs=("text", "photo"), outputs=("size",))
        photo = self.put("photo", b"a photo")
        call = ["run", pipeline, "-i", "text=-", "-i", f"photo={photo}", "-o", "size=both", "--cache-dir", "cache",
                "--cache-size", "1MiB"]
        done = self.json_lines(*call, stdin=b"hello")[-1]
        self.assertIn(done["bytes_ahead"], (0, 7), "as far as there was time for it")
        self.assertEqual((self.folder / "both").read_bytes(), b"HELLOa photo")
        self.assertFalse((self.folder / "cache").exists())
        done = self.json_lines(*call, "--no-overlap", stdin=b"hello")[-1]
        self.assertEqual(done["bytes_ahead"], 0)

    def test_an_input_from_standard_input_is_stored_too(self):
        self.places("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "--keep", "everything", stdin=b"hello")
        contents = {self.coffer("cat", name) for name in self.lines("ls", "-r")}
        self.assertIn(b"hello", contents)
        self.assertIn(b"HELLO", contents)

    def test_an_input_by_uri_is_read_where_it_lies(self):
        inside = self.put("inside.txt", b"hello")
        outside = self.file("outside.txt", b"hello")
        for value in (inside, outside.as_uri(), str(self.store / "inside.txt")):
            before = len(self.lines("ls"))
            printed = self.places("run", self.pipeline(SHOUT, outputs=("loud",)), "-i", f"text={value}")
            self.assertEqual(self.coffer("cat", printed["loud"]), b"HELLO")
            self.assertEqual(len(self.lines("ls")), before + 1, value)

    def test_an_output_can_be_given_a_uri(self):
        uri = f"file://{self.store}/named/loud.txt"
        printed = self.places("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "-o", f"loud={uri}", stdin=b"hello")
        self.assertEqual(printed["loud"], uri)
        self.assertEqual(self.coffer("cat", "named/loud.txt"), b"HELLO")

    def test_an_output_to_standard_output_is_alone_there(self):
        content = b"hello" * 100_000
        for more in ((), ("--json",)):
            done = self.run_coffer("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "-o", "loud=-", *more, stdin=content)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(done.stdout, content.upper())

    def test_pipes_whose_names_are_alike_have_urls_of_their_own(self):
        fetch = lambda name, read, to, **member: {"name": name, "reads": {read: {"from": "url", **member}},
                                                  "writes": {to: {"from": "stdout"}},
                                                  "command": ["curl", "-sS", "--retry", "3", "{" + member.get("as", read) + "}"]}
        self.file("inner.json", json.dumps({"coffer_pipeline": 1, "name": "inner", "inputs": {"q": {}}, "outputs": ["r"],
                                            "pipes": [fetch("b", "q", "r", **{"as": "png"})]}).encode())
        path = self.file("outer.json", json.dumps({
            "coffer_pipeline": 1, "name": "outer", "inputs": {"b": {"type": "image/png"}, "other": {"type": "application/x-o"}},
            "outputs": ["r1", "r2"],
            "pipes": [{"name": "a", "pipeline": "inner.json", "inputs": {"q": "other"}, "outputs": {"r": "r1"}},
                      fetch("a", "b", "r2")]}).encode())
        inputs = [f"-i{name}={self.file(name, name.encode() * 9)}" for name in ("b", "other")]
        self.coffer("run", path, *inputs, "-o", "r1=r1", "-o", "r2=r2")
        self.assertEqual([(self.folder / name).read_bytes() for name in ("r1", "r2")], [b"other" * 9, b"b" * 9])

    def test_lists_come_from_folders_and_prefixes_and_go_to_folders(self):
        shots = self.folder / "shots"
        (shots / "below").mkdir(parents=True)
        for name in ("b.txt", "a.txt", ".hidden", "below/c.txt"):
            (shots / name).write_text(name)
        for name in ("b.txt", "a.txt", "below/c.txt"):
            self.put(f"shots/{name}", name.encode())
        each = {"name": "each", "batch": {"over": "words", "item": "word"}, "reads": {"word": "stdin"},
                "writes": {"loud": {"from": "stdout", "type": "text/plain"}}, "command": ["tr", "a-z", "A-Z"]}
        path = self.file("list.json", json.dumps({
            "coffer_pipeline": 1, "name": "test", "inputs": {"words": {"list": True}}, "outputs": ["loud"],
            "pipes": [each]}).encode())
        for value in ("shots/", shots.as_uri() + "/", f"file://{self.store}/shots/"):
            printed = self.places("run", path, "-i", f"words={value}", "-o", "loud=out")
            self.assertEqual(printed, {"loud": str(self.folder / "out")})
            written = {file.name: file.read_text() for file in (self.folder / "out").iterdir()}
            self.assertEqual(written, {"000001.txt": "A.TXT", "000002.txt": "B.TXT"})
        kept = self.places("run", path, "-i", "words=shots")["loud"]
        again = self.run_coffer("run", path, "-i", f"words={kept}", "-o", "loud=again")
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn(b"each: done, 2 elements, ", again.stderr)
        (self.folder / "out" / "notes.txt").write_text("mine")
        (self.folder / "out" / "000007.png").write_text("of an earlier list")
        (shots / "b.txt").unlink()
        done = self.run_coffer("run", path, "-i", "words=shots", "-o", "loud=out")
        self.assertIn(b"coffer: removed 2 elements of an earlier list from ", done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder / "out")), ["000001.txt", "notes.txt"])
        self.assertRegex(self.failure("run", path, "-i", "words=shots", "-o", f"loud={path}", code=2),
                         r"is a file, and the output is a list: name a folder")
        self.failure("run", path, "-i", "words=absent/", code=3)
        self.assertIn("is no folder, and the input is a list", self.failure("run", path, "-i", f"words={path}", code=2))
        self.assertIn("words=FOLDER/", self.failure("run", path, code=2))

    def test_a_command_has_the_files_of_a_list_by_path_and_they_stay_as_they_are(self):
        join = {"name": "join", "reads": {"words": "path"}, "writes": {"all": {"from": "stdout"}},
                "command": ["sh", "-c", 'cat "$0"/*', "{words}"]}
        path = self.file("join.json", json.dumps({
            "coffer_pipeline": 1, "name": "test", "inputs": {"words": {"list": True}}, "outputs": ["all"],
            "pipes": [join]}).encode())
        files = [self.file(f"words/{name}", name.encode()) for name in ("a", "b")]
        self.coffer("ls")
        (self.store / "words").mkdir(parents=True)
        files.append(self.store / "words" / "c")  # Another program's.
        files[-1].write_bytes(b"c")
        self.put("words/d", b"d")
        before = [os.stat(file) for file in files]
        for value, words in (("words", b"ab"), (f"{self.store.as_uri()}/words/", b"cd")):
            self.coffer("run", path, "-i", f"words={value}", "-o", "all=out", "--run-id", "x", TMPDIR=str(self.temporary))
            self.assertEqual((self.folder / "out").read_bytes(), words)
            self.coffer("runs", "dispose", "x")
        self.assertEqual([(facts.st_ctime_ns, facts.st_nlink) for facts in map(os.stat, files)],
                         [(facts.st_ctime_ns, facts.st_nlink) for facts in before])

    def test_an_output_replaces_a_file_but_never_a_device(self):
        self.file("loud.txt", b"old")
        self.coffer("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "-o", "loud=loud.txt", stdin=b"new")
        self.assertEqual((self.folder / "loud.txt").read_bytes(), b"NEW")
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = self.start_coffer("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "-o", f"loud={fifo}")
        process.stdin.write(b"new")
        process.stdin.close()
        self.assertEqual(fifo.read_bytes(), b"NEW")
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertTrue(stat.S_ISFIFO(fifo.stat().st_mode))

    def test_pipes_work_while_their_input_is_still_coming(self):
        process = self.start_coffer("--json", "run", self.pipeline(SHOUT, COUNT), "-i", "text=-")
        process.stdin.write(b"the beginning ")
        process.stdin.flush()
        events = []
        while not any(event.get("pipe") == "shout" and event["event"] == "started" for event in events):
            events.append(json.loads(process.stdout.readline()))
        self.assertNotIn("committed", [event["event"] for event in events])
        process.stdin.write(b"and the end")
        process.stdin.close()
        events += [json.loads(line) for line in process.stdout]
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertEqual(sorted(event["name"] for event in events if event["event"] == "committed"),
                         ["loud", "size", "text"])
        done = events[-1]
        self.assertEqual(done["event"], "done")
        self.assertEqual(self.coffer("cat", done["outputs"]["loud"]["uri"]), b"THE BEGINNING AND THE END")

    def test_without_overlap_each_pipe_waits_for_what_it_reads(self):
        events = self.json_lines("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "--no-overlap", stdin=b"hello")
        order = [(event["event"], event.get("pipe") or event.get("name")) for event in events]
        self.assertLess(order.index(("committed", "text")), order.index(("started", "shout")))
        self.assertLess(order.index(("committed", "loud")), order.index(("started", "count")))

    def test_a_timeline_and_a_summary_are_for_people(self):
        done = self.run_coffer("run", self.pipeline(SHOUT, COUNT), "-i", "text=-", stdin=b"hello")
        told = done.stderr.decode()
        for name in ("text", "shout", "count"):
            self.assertRegex(told, rf"(?m)^  {name} +│[ ░█]+│ ")
        self.assertRegex(told, r"(?m)^coffer: .*stored \S+ B; read .*memory at most \S+ MiB")
        quiet = self.run_coffer("-q", "run", self.pipeline(SHOUT, COUNT), "-i", "text=-", stdin=b"hello")
        self.assertEqual((quiet.returncode, quiet.stderr), (0, b""))

    def test_a_failed_pipe_is_named_with_its_last_words_and_nothing_of_it_is_left(self):
        fails = {"name": "fails", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
                 "command": ["sh", "-c", "cat; echo the disk is made of cheese >&2; exit 7"]}
        for more in ((), ("-q",)):
            done = self.run_coffer("run", self.pipeline(fails, COUNT), "-i", "text=-", "-o", "loud=loud.txt", *more,
                                   stdin=b"hello")
            told = done.stderr.decode()
            self.assertEqual(done.returncode, 1, told)
            self.assertRegex(told, r"(?m)^coffer: .*'fails'.*7")
            self.assertRegex(told, r"(?m)^coffer: .*'fails'.*the disk is made of cheese")
            self.assertEqual("fails: the disk is made of cheese\n" in told, not more, told)
            self.assertFalse((self.folder / "loud.txt").exists())
            self.assertNotIn(b"HELLO", {self.coffer("cat", name) for name in self.lines("ls", "-r")})

    def test_the_first_failure_ends_the_others(self):
        sleeps = {"name": "sleeps", "reads": {}, "writes": {"size": {"from": "stdout"}}, "command": ["sleep", "1000"]}
        fails = {"name": "fails", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}}, "command": ["false"]}
        self.assertRegex(self.run_coffer("run", self.pipeline(sleeps, fails), "-i", "text=-").stderr.decode(),
                         r"(?m)^coffer: .*'fails'")

    def test_what_a_command_says_is_shown_with_the_pipes_name(self):
        talks = {"name": "talks", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
                 "command": ["sh", "-c", r"printf 'one\ntw\033[31mo\nhalf' >&2; cat"]}
        told = self.run_coffer("run", self.pipeline(talks, outputs=("loud",)), "-i", "text=-").stderr.decode()
        said = [line for line in told.splitlines() if line.startswith("talks: ")]
        self.assertEqual(said, ["talks: one", "talks: tw\\x1b[31mo", "talks: half"])

    def test_commands_have_the_usual_signals(self):
        script = "yes | head -n 1; trap"
        pipe = {"name": "pipe", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
                "command": ["bash", "-c", script]}
        done = self.run_coffer("run", self.pipeline(pipe, outputs=("loud",)), "-i", "text=-", "-o", "loud=-")
        self.assertEqual(done.stdout, b"y\n")
        self.assertNotIn(b"roken pipe", done.stderr)

    def test_a_command_that_is_not_there_is_told(self):
        absent = {**SHOUT, "command": ["coffer-knows-no-such-command"]}
        done = self.run_coffer("run", self.pipeline(absent, COUNT), "-i", "text=-")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"coffer-knows-no-such-command", done.stderr)

    def test_an_interrupt_ends_commands_and_leaves_nothing_half_stored(self):
        mark = self.folder / "pid"
        waits = {"name": "waits", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
                 "command": ["sh", "-c", 'echo $$ > "$0.part"; mv "$0.part" "$0"; echo begun; exec sleep 1000', str(mark)]}
        process = self.start_coffer("run", self.pipeline(waits, outputs=("loud",)), "-i", "text=-")
        wait_until(mark.exists, "the command has started")
        pid = int(mark.read_text())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)
        with self.assertRaises(ProcessLookupError):
            os.kill(pid, 0)
        self.assertEqual(self.stored_files(), [])

    def test_a_file_that_cannot_be_written_leaves_the_outputs_and_says_where_they_are(self):
        done = self.run_coffer("-q", "run", self.pipeline(SHOUT, COUNT), "-i", "text=-", "-o", "loud=/dev/full", stdin=b"hi")
        self.assertEqual(done.returncode, 1)
        uri = re.search(r"(?m)^coffer: loud is stored as (file://\S+)$", done.stderr.decode()).group(1)
        self.assertEqual(self.coffer("cat", uri), b"HI")
        self.assertRegex(done.stderr.decode().splitlines()[-1], "/dev/full.*no space")

    def test_a_reader_of_an_output_that_leaves_ends_it_silently(self):
        process = self.start_coffer("-q", "exec", "-i", f"in={self.file('big', random_bytes(8_000_000))}", "-o", "out=-",
                                    "--", "cat")
        self.assertEqual(len(process.stdout.read(5)), 5)
        process.stdout.close()
        self.assertEqual(process.wait(DEADLINE), -signal.SIGPIPE)
        self.assertEqual(process.stderr.read(), b"")

    def test_a_reader_of_the_json_lines_that_leaves_ends_the_run_and_its_commands(self):
        mark = self.folder / "pid"
        slow = {"name": "slow", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
                "command": ["sh", "-c", f'echo $$ > {mark}.part; mv {mark}.part {mark}; exec sleep 600']}
        quick = {"name": "quick", "reads": {"text": "stdin"}, "writes": {"size": {"from": "stdout"}},
                 "command": ["sh", "-c", f"while ! [ -e {self.folder}/gone ]; do sleep 0.02; done; wc -c"]}
        process = self.start_coffer("--json", "run", self.pipeline(slow, quick), "-i", f"text={self.file('t', b'hi')}")
        wait_until(mark.exists, "the slow command has started")
        process.stdout.close()
        (self.folder / "gone").touch()
        self.assertEqual(process.wait(DEADLINE), -signal.SIGPIPE)
        with self.assertRaises(ProcessLookupError):
            os.kill(int(mark.read_text()), 0)

    def start_deaf_command(self, on_term):
        """A run of one command that does this on SIGTERM, and the command's process id."""
        mark = self.folder / "pid"
        self.environment["TMPDIR"] = str(self.folder)  # The second signal leaves the work folder there.
        deaf = {"name": "deaf", "writes": {"loud": {"from": "stdout"}},
                "command": ["sh", "-c", f'trap "{on_term}" TERM; echo $$ > "$0.part"; mv "$0.part" "$0"; '
                                        'while :; do sleep 0.02; done', str(mark)]}
        process = self.start_coffer("run", self.pipeline(deaf, inputs=(), outputs=("loud",)))
        wait_until(mark.exists, "the command has started")
        return process, int(mark.read_text())

    def test_the_second_interrupt_takes_the_commands_along(self):
        process, pid = self.start_deaf_command("")

        def has_ended():
            process.send_signal(signal.SIGINT)  # One of them comes late enough to be the second.
            return process.poll() is not None
        wait_until(has_ended, "the program has ended")
        self.assertEqual(process.returncode, 130)
        wait_until(lambda: not is_running(pid), "the command has ended")

    def test_two_signals_at_once_still_let_commands_tidy_up(self):
        tidied = self.folder / "tidied"
        process, _ = self.start_deaf_command(f"touch '{tidied}'; exit 1")
        process.send_signal(signal.SIGTERM)
        process.send_signal(signal.SIGHUP)
        self.assertIn(process.wait(DEADLINE), (129, 143))
        self.assertTrue(tidied.exists())

    def test_what_does_not_fit_is_told_before_anything_starts(self):
        path = self.pipeline(SHOUT, COUNT)
        for arguments, code, pattern in (
                ((), 2, r"text.*-i"),
                (("-i", "text"), 2, r"-i .*text"),
                (("-i", "=x"), 2, r"-i .*=x"),
                (("-i", "text="), 2, r"-i .*text="),
                (("-i", "other=-"), 2, r"other.*text"),
                (("-i", "text=-", "-i", "text=-"), 2, r"text.*twice"),
                (("-i", "text=absent.txt"), 3, r"absent\.txt"),
                (("-i", f"text={self.folder}"), 2, r"folder"),
                (("-i", "text=file:///nowhere/x"), 3, r"nowhere"),
                (("-i", "text=file:///%zz"), 2, r"%zz"),
                (("-i", "text=-", "-o", "text=x"), 2, r"-o .*text"),
                (("-i", "text=-", "-o", "loud"), 2, r"-o .*loud"),
                (("-i", "text=-", "-o", "loud=absent/x"), 3, r"absent"),
                (("-i", "text=-", "-o", "loud=-", "-o", "size=-"), 2, r"standard output"),
                (("-i", "text=-", "-o", "loud=same", "-o", "size=./same"), 2, r"loud and size .*one file.*same"),
                (("-i", "text=-", "-o", "loud=mem://other/x"), 3, r"mem://other")):
            with self.subTest(arguments=arguments):
                self.assertRegex(self.failure("run", path, *arguments, code=code), pattern)
        self.assertEqual(self.coffer("ls"), b"")


if __name__ == "__main__":
    main()
