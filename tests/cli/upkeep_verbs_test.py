"""ls, verify, gc, doctor, help."""

import os
import pathlib
import re
import signal
import subprocess

from coffer_program import DEADLINE, PROGRAM, CofferTest, main, random_bytes, wait_until
from store_verbs_test import damage

def options_in(text):
    """The options that a help text lists."""
    listed = re.findall(r"(?m)^  (-[-a-z,]+)", text)
    return {name for names in listed for name in names.split(",")}


VERBS = ("put", "get", "cat", "cp", "ls", "stat", "rm", "verify", "gc", "doctor", "check", "run",
         "exec", "help")


class Ls(CofferTest):
    def setUp(self):
        super().setUp()
        for key in ("b.txt", "a/1.mp4", "a/2/3", "ab"):
            self.put(key, b"x" * 1500)

    def test_lists_one_level_in_byte_order(self):
        self.assertEqual(self.lines("ls"), ["a/", "ab", "b.txt"])
        self.assertEqual(self.lines("ls", "a/"), ["a/1.mp4", "a/2/"])

    def test_lists_all_levels(self):
        self.assertEqual(self.lines("ls", "-r"), ["a/1.mp4", "a/2/3", "ab", "b.txt"])

    def test_a_prefix_is_the_beginning_of_a_name(self):
        self.assertEqual(self.lines("ls", "a"), ["a/", "ab"])
        self.assertEqual(self.lines("ls", "-r", "a/2"), ["a/2/3"])

    def test_what_was_asked_for_by_uri_is_listed_by_uri(self):
        self.assertEqual(self.lines("ls", f"file://{self.store}/a/"),
                         [f"file://{self.store}/a/1.mp4", f"file://{self.store}/a/2/"])

    def test_the_long_form_has_columns_that_stand_under_each_other(self):
        (self.store / "theirs.bin").write_bytes(b"x" * 3_000_000)
        lines = self.lines("ls", "-l")
        row = re.compile(r"^ *(\S+ \S+|-)  (\S+ \S+|-) +(\S+) +(\S+) +(\S+)$")
        for line in lines:
            self.assertRegex(line, row)
        self.assertEqual(len({re.search(r"\S+$", line).start() for line in lines}), 1, lines)
        facts = {line.split()[-1]: line for line in lines}
        self.assertRegex(facts["b.txt"], r"^ +1\.5 KiB  20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  text/plain +checksum  ")
        self.assertRegex(facts["theirs.bin"], r"2\.9 MiB  .*  unverified  ")

    def test_sizes_in_bytes_where_asked_for(self):
        self.assertRegex(self.lines("ls", "-lb", "b.txt")[0], r"^ *1500  ")

    def test_json_has_one_object_a_line(self):
        entries = self.json_lines("ls")
        self.assertEqual(entries[0], {"prefix": "a/", "uri": f"file://{self.store}/a/"})
        self.assertEqual(entries[1]["key"], "ab")
        self.assertEqual(entries[1]["size"], 1500)
        self.assertEqual(entries[1]["integrity"], "verified_on_read")

    def test_many_objects_come_in_pages_and_in_order(self):
        names = sorted(f"many/{i:05}" for i in range(2500))
        (self.store / "many").mkdir()
        for name in names:
            (self.store / name).write_bytes(b"")
        self.assertEqual(self.lines("ls", "-r", "many/"), names)

    def test_nothing_with_this_beginning_is_code_3(self):
        self.failure("ls", "zzz", code=3)

    def test_a_store_that_is_not_there_yet_is_a_note_and_no_error(self):
        other = self.folder / "other"
        for arguments in (("ls",), ("ls", "-r"), ("ls", "--json"), ("gc",), ("verify",)):
            self.assertEqual(self.failure(*arguments, "--store", other, code=0),
                             f"coffer: there is no store in {other} yet")
            self.assertEqual(self.run_coffer(*arguments, "-q", "--store", other).stderr, b"")
        self.assertFalse(other.exists())

    def test_a_store_that_is_there_and_empty_gets_no_note(self):
        other = self.folder / "other"
        other.mkdir()
        self.assertEqual(self.run_coffer("ls", "--store", other).stderr, b"")

    def test_a_store_without_objects_is_empty_and_no_error(self):
        self.assertEqual(self.coffer("ls", "--store", self.folder / "other"), b"")
        self.assertFalse((self.folder / "other").exists())

    def test_a_name_from_another_program_cannot_drive_the_terminal(self):
        (self.store / "evil\x1b[31m\n").write_bytes(b"")
        self.assertIn("evil\\x1b[31m\\x0a", self.lines("ls"))

    def test_bytes_that_are_no_utf8_still_give_json(self):
        with open(os.fsencode(self.store) + b"/b\xff", "wb"):
            pass
        keys = {entry.get("key"): entry for entry in self.json_lines("ls")}
        self.assertEqual(keys["b\ufffd"]["uri"], f"file://{self.store}/b%FF")


class Verify(CofferTest):
    def setUp(self):
        super().setUp()
        for i in range(10):
            self.put(f"good/{i}", random_bytes(50_000, i))

    def test_counts_what_is_right(self):
        self.assertEqual(self.lines("verify"), ["10 ok, 0 bad, 0 changed outside, 0 unverified"])

    def test_names_what_is_damaged_and_keeps_it(self):
        self.put("bad", random_bytes(500_000))
        damage(self.store / "bad")
        lines = self.lines("verify", code=1)
        self.assertEqual(len(lines), 2)
        self.assertRegex(lines[0], rf"^bad +file://{self.store}/bad  .*checksum")
        self.assertEqual(lines[1], "10 ok, 1 bad, 0 changed outside, 0 unverified")
        self.assertTrue((self.store / "bad").exists())

    def test_a_file_that_was_cut_short_in_secret_is_bad(self):
        self.put("cut", random_bytes(500_000))
        facts = (self.store / "cut").stat()
        os.truncate(self.store / "cut", 400_000)
        os.utime(self.store / "cut", ns=(facts.st_atime_ns, facts.st_mtime_ns))
        self.assertIn("/cut", self.lines("verify", code=1)[0])

    def test_what_changed_outside_is_named_and_wrong_only_when_strict(self):
        (self.store / "good" / "3").write_bytes(b"by hand")
        lines = self.lines("verify")
        self.assertRegex(lines[0], r"^changed_outside +file://.*/good/3  ")
        self.assertEqual(lines[1], "9 ok, 0 bad, 1 changed outside, 0 unverified")
        self.assertEqual(self.lines("verify", "--strict", code=1), lines)

    def test_what_has_no_checksum_is_counted_and_wrong_only_when_strict(self):
        (self.store / "theirs").write_bytes(b"x")
        self.assertEqual(self.lines("verify"), ["10 ok, 0 bad, 0 changed outside, 1 unverified"])
        lines = self.lines("verify", "--strict", code=1)
        self.assertRegex(lines[0], r"^unverified +file://.*/theirs  ")

    def test_only_a_prefix_where_one_is_given(self):
        (self.store / "theirs").write_bytes(b"x")
        self.assertEqual(self.lines("verify", "good/", "--strict"), ["10 ok, 0 bad, 0 changed outside, 0 unverified"])

    def test_nothing_with_this_beginning_is_code_3(self):
        for arguments in (("nosuch",), ("nosuch", "--strict"), ("nosuch", "--json"), (f"file://{self.store}/nosuch/",)):
            self.assertIn("nosuch", self.failure("verify", *arguments, code=3))

    def test_json_ends_with_the_counts(self):
        damage(self.store / "good" / "3")
        problem, summary = self.json_lines("verify", code=1)
        self.assertEqual((problem["state"], problem["uri"]), ("bad", f"file://{self.store}/good/3"))
        self.assertEqual(summary["summary"]["bad"], 1)
        self.assertEqual(summary["summary"]["ok"], 9)

    def test_a_store_that_is_not_there_has_nothing_wrong(self):
        self.assertEqual(self.lines("verify", "--store", self.folder / "other"),
                         ["0 ok, 0 bad, 0 changed outside, 0 unverified"])


class Doctor(CofferTest):
    def test_examines_each_thing_with_a_cure_where_one_is_needed(self):
        checks = self.json_lines("doctor")
        self.assertEqual([check["check"] for check in checks],
                         ["folder", "io_uring", "O_TMPFILE", "O_DIRECT", "attributes", "locked memory", "descriptors",
                          "free space"])
        for check in checks:
            self.assertIn(check["health"], ("ok", "limited"), check)
            self.assertTrue(check["finding"], check)
            if check["health"] != "ok":
                self.assertTrue(check["cure"], check)

    def test_leaves_nothing_behind(self):
        before = sorted(self.folder.rglob("*"))
        self.coffer("doctor")
        self.assertEqual(sorted(self.folder.rglob("*")), before)

    def test_speaks_to_people(self):
        text = self.coffer("doctor").decode()
        self.assertRegex(text, r"(?m)^folder +OK +not there yet; would be made below /")
        self.assertRegex(text, r"(?m)^free space +(OK|limited) +\S+ \S+ free")

    def test_a_store_that_is_a_file_is_unusable(self):
        self.file("store", b"x")
        done = self.run_coffer("doctor")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout.decode(), r"(?m)^folder +unusable +.*no folder\n +cure: ")

    def test_few_descriptors_are_told_with_the_cure(self):
        script = f"ulimit -n 100; exec {PROGRAM} doctor"
        text = subprocess.run(["bash", "-c", script], env=self.environment, check=True, stdout=subprocess.PIPE,
                              timeout=DEADLINE).stdout.decode()
        self.assertRegex(text, r"(?m)^descriptors +limited +100;.*\n +cure: ulimit -n")

    def test_a_store_without_a_folder_cannot_be_examined(self):
        self.failure("doctor", "--store", "mem://x", code=1)


class Gc(CofferTest):
    def leave_something(self, name):
        """What a writer killed where the file system has no unnamed files leaves."""
        process = self.start_coffer("put", "-", "--key", name)
        process.stdin.write(b"x" * 300_000)
        process.stdin.flush()
        return process

    def test_an_empty_store_has_nothing_to_collect(self):
        self.assertEqual(self.coffer("gc"), b"")

    def test_finds_and_removes_what_a_killed_writer_left(self):
        self.put("kept", b"x")
        leftover = self.store / ".coffer" / "tmp" / "left-by-a-killed-writer"
        leftover.parent.mkdir(parents=True, exist_ok=True)
        leftover.write_bytes(b"x" * 1000)
        self.assertEqual(self.coffer("gc", "--dry-run"), b"")
        printed = self.coffer("gc", "--dry-run", "--older-than", "0").decode()
        self.assertIn(str(leftover), printed)
        self.assertTrue(leftover.exists())
        os.utime(leftover, (0, 0))
        self.assertIn(str(leftover), self.coffer("gc").decode())
        self.assertFalse(leftover.exists())
        self.assertEqual(self.lines("ls"), ["kept"])

    def test_tells_of_those_that_are_too_young(self):
        self.put("kept", b"x")
        leftover = self.store / ".coffer" / "tmp" / "left-by-a-killed-writer"
        leftover.parent.mkdir(parents=True, exist_ok=True)
        leftover.write_bytes(b"x")
        done = self.run_coffer("gc")
        self.assertIn("1 younger than 1h", done.stderr.decode())
        self.assertTrue(leftover.exists())

    def test_never_touches_what_is_being_written(self):
        process = self.leave_something("x")
        self.coffer("gc", "--older-than", "0")
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertEqual((self.store / "x").read_bytes(), b"x" * 300_000)

    def test_after_kill_and_gc_nothing_is_left(self):
        process = self.leave_something("x")
        process.send_signal(signal.SIGKILL)
        process.wait(DEADLINE)
        self.coffer("gc", "--older-than", "0")
        self.assertEqual(self.stored_files(), [])

    def start_command(self, *then):
        """A run whose command has begun, with its number and its work folder."""
        told = self.folder / "told"
        process = self.start_coffer("exec", "-i", "in=-", "-o", "out=x", "--", "sh", "-c",
                                    f'echo $$ "$PWD" > "{told}.new"; mv "{told}.new" "{told}"; exec "$@"', "sh", *then)
        wait_until(told.exists, "the command begins")
        number, _, place = told.read_text().strip().partition(" ")
        return process, int(number), pathlib.Path(place).parent

    def test_the_work_folder_of_a_killed_run_is_found_and_removed(self):
        process, _, folder = self.start_command("cat")
        self.assertEqual(folder.parent, self.temporary)
        self.assertEqual(self.coffer("gc", "--older-than", "0"), b"", "its run lives")
        process.kill()
        process.wait(DEADLINE)
        # The command ends when it misses its input.
        found = []
        wait_until(lambda: found.extend(self.json_lines("gc", "--older-than", "0", "--dry-run")) or found, "it is found")
        self.assertEqual((found[0]["path"], found[0]["removed"]), (str(folder), False))
        done = self.run_coffer("gc")
        self.assertEqual(done.stdout, b"")
        self.assertIn("1 younger than 1h", done.stderr.decode())
        self.assertIn(str(folder), self.coffer("gc", "--older-than", "0").decode())
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_a_work_folder_stays_while_its_command_lives(self):
        process, command, folder = self.start_command("sleep", "1000")
        process.kill()
        process.wait(DEADLINE)
        try:
            self.assertEqual(self.coffer("gc", "--older-than", "0"), b"")
        finally:
            os.kill(command, signal.SIGKILL)
        wait_until(lambda: self.coffer("gc", "--older-than", "0"), "it is removed")
        self.assertFalse(folder.exists())

    def test_without_a_folder_for_temporary_files_there_is_nothing_of_commands(self):
        self.put("kept", b"x")
        self.assertEqual(self.coffer("gc", TMPDIR=str(self.folder / "nowhere")), b"")

    def test_folders_of_others_stay_whatever_their_names(self):
        for name in ("coffer-mine", "coffer-linked", "coffer-open", "other"):
            (self.temporary / name).mkdir(mode=0o700)
        (self.temporary / "coffer-linked" / "owner").symlink_to(self.file("owner"))
        (self.temporary / "coffer-open" / "owner").write_bytes(b"")
        (self.temporary / "coffer-open").chmod(0o755)
        (self.temporary / "other" / "owner").write_bytes(b"")
        (self.temporary / "coffer-file").write_bytes(b"x")
        self.assertEqual(self.coffer("gc", "--older-than", "0"), b"")
        self.assertEqual(len(list(self.temporary.iterdir())), 5)

    def test_json_has_a_line_for_each(self):
        self.put("kept", b"x")
        leftover = self.store / ".coffer" / "tmp" / "left-by-a-killed-writer"
        leftover.parent.mkdir(parents=True, exist_ok=True)
        leftover.write_bytes(b"x" * 10)
        found = self.json_lines("gc", "--older-than", "0", "--dry-run")
        self.assertEqual([(f["path"], f["bytes"], f["removed"]) for f in found], [(str(leftover), 10, False)])


class Help(CofferTest):
    def test_each_verb_teaches_with_examples(self):
        for verb in VERBS:
            text = self.coffer(verb, "--help").decode()
            self.assertRegex(text, rf"Usage: coffer {verb}\b", verb)
            self.assertRegex(text, rf"Examples:\n  (.* \| )?coffer {verb}\b", verb)
            self.assertEqual(self.coffer("help", verb).decode().split(), text.split(), verb)

    def test_a_verb_of_a_verb_is_taught_too(self):
        self.assertEqual(self.coffer("help", "runs", "resume").split(), self.coffer("runs", "resume", "--help").split())
        self.assertIn("runs --help lists them", self.failure("help", "runs", "resum", code=2))

    def test_the_whole_lists_all_verbs_and_exit_codes(self):
        text = self.coffer("--help").decode()
        for verb in VERBS:
            self.assertRegex(text, rf"(?m)^  {verb} ")
        self.assertIn("130 interrupted", text)
        self.assertEqual(self.coffer("help").decode().split(), text.split())

    def test_the_version_is_told(self):
        self.assertRegex(self.coffer("--version").decode(), r"^coffer \d+\.\d+\.\d+\n$")

    def test_help_needs_neither_a_store_nor_a_home(self):
        done = subprocess.run([PROGRAM, "help", "put"], env={}, stdout=subprocess.PIPE, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 0)

    def test_without_a_verb_help_goes_to_standard_error(self):
        done = self.run_coffer()
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        self.assertIn(b"Usage: coffer", done.stderr)

    def test_examples_use_options_that_exist(self):
        of_all = options_in(self.coffer("--help").decode())
        for verb in VERBS:
            text = self.coffer(verb, "--help").decode()
            known = of_all | options_in(text)
            examples = text.partition("Examples:")[2].partition("\n\n")[0]
            for command in re.findall(rf"coffer {verb} (.*?)(?:   | -- |\||$)", examples, re.MULTILINE):
                for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", command):
                    names = [option] if option.startswith("--") else [f"-{letter}" for letter in option[1:]]
                    for name in names:
                        self.assertIn(name, known, command)


if __name__ == "__main__":
    main()
