"""put, get, cat, cp, stat, rm: their good paths, and what they refuse."""

import os
import pathlib
import subprocess
import urllib.parse

from coffer_program import DEADLINE, PROGRAM, CofferTest, main, random_bytes


def path_of(uri):
    assert uri.startswith("file:///"), uri
    return pathlib.Path(urllib.parse.unquote(uri[len("file://"):]))


class Put(CofferTest):
    def test_prints_the_uri_of_a_file_that_any_program_can_read(self):
        content = random_bytes(3_000_001)
        printed = self.lines("put", self.file("video.mp4", content))
        self.assertEqual(len(printed), 1)
        path = path_of(printed[0])
        self.assertEqual(path.parent, self.store)
        self.assertEqual(path.read_bytes(), content)

    def test_a_name_that_coffer_gives_has_the_files_ending_and_differs_each_time(self):
        video = self.file("video.mp4")
        names = {path_of(self.lines("put", video)[0]).name for _ in range(3)}
        self.assertEqual(len(names), 3)
        for name in names:
            self.assertRegex(name, r"^[A-Za-z0-9_-]{20,}\.mp4$")

    def test_a_key_may_have_folders_blanks_and_umlauts(self):
        uri = self.put("a b/Grüße #1.txt", b"hello")
        self.assertEqual(uri, f"file://{urllib.parse.quote(str(self.store))}/a%20b/Gr%C3%BC%C3%9Fe%20%231.txt")
        self.assertEqual((self.store / "a b" / "Grüße #1.txt").read_bytes(), b"hello")

    def test_a_key_may_be_a_uri(self):
        self.assertEqual(self.put(f"file://{self.store}/x/y"), f"file://{self.store}/x/y")

    def test_standard_input_of_any_size(self):
        for size in (0, 1, 4096, 65537, 5_000_003):
            content = random_bytes(size)
            self.put(f"object-{size}", content)
            self.assertEqual((self.store / f"object-{size}").read_bytes(), content)

    def test_standard_input_from_a_file_begins_where_the_file_stands(self):
        with open(self.file("lines", b"first\nsecond\n"), "rb", buffering=0) as lines:
            lines.read(6)
            subprocess.run([PROGRAM, "put", "-", "--key", "rest"], stdin=lines, env=self.environment, check=True,
                           stdout=subprocess.DEVNULL, timeout=DEADLINE)
        self.assertEqual((self.store / "rest").read_bytes(), b"second\n")

    def test_what_comes_slowly_and_in_pieces_is_put_together(self):
        process = self.start_coffer("put", "-", "--key", "pieces")
        for _ in range(200):
            process.stdin.write(b"seven b")
            process.stdin.flush()
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertEqual((self.store / "pieces").read_bytes(), b"seven b" * 200)

    def test_a_named_pipe_is_read_like_a_file(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = self.start_coffer("put", fifo, "--key", "piped")
        with open(fifo, "wb") as writer:
            writer.write(b"through a name")
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertEqual((self.store / "piped").read_bytes(), b"through a name")

    def test_a_shells_process_substitution_is_read(self):
        subprocess.run(["bash", "-c", f"{PROGRAM} put <(echo from a shell) --key sub"], env=self.environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=DEADLINE)
        self.assertEqual((self.store / "sub").read_bytes(), b"from a shell\n")

    def test_the_type_is_the_option_else_the_keys_else_the_files(self):
        video = self.file("video.mp4")
        for arguments, expected in ((("--type", "text/x-mine", "--key", "a.png"), "text/x-mine"),
                                    (("--key", "b.png"), "image/png"), (("--key", "c"), "video/mp4"), ((), "video/mp4")):
            stored = self.json_lines("put", video, *arguments)[0]
            self.assertEqual(stored["content_type"], expected, arguments)
            self.assertEqual(self.json_lines("stat", stored["uri"])[0]["content_type"], expected, arguments)

    def test_writes_over_an_object_unless_told_not_to(self):
        self.put("x", b"one")
        self.put("x", b"two")
        self.assertEqual(self.coffer("cat", "x"), b"two")
        complaint = self.failure("put", "-", "--key", "x", "--no-clobber", code=1, stdin=b"three")
        self.assertIn("already", complaint)
        self.assertEqual(self.coffer("cat", "x"), b"two")
        self.put("y", b"new", "--no-clobber")
        self.assertEqual(self.coffer("cat", "y"), b"new")

    def test_follows_a_symbolic_link_that_was_named(self):
        link = self.folder / "link"
        link.symlink_to(self.file("target", b"behind the link"))
        self.coffer("put", link, "--key", "x")
        self.assertEqual(self.coffer("cat", "x"), b"behind the link")

    def test_json_tells_size_and_checksum(self):
        stored = self.json_lines("put", "-", "--key", "x", stdin=b"123456789")[0]
        self.assertEqual(stored["uri"], f"file://{self.store}/x")
        self.assertEqual(stored["size"], 9)
        self.assertEqual(stored["crc32c"], "e3069283")
        self.assertGreater(stored["peak_memory"], 0)

    def test_a_dash_that_begins_a_name_needs_two_dashes_before(self):
        self.file("-odd", b"odd")
        self.coffer("put", "--key", "x", "--", "-odd")
        self.assertEqual(self.coffer("cat", "x"), b"odd")

    def test_a_file_may_be_called_like_a_verb(self):
        self.file("get", b"no verb")
        self.coffer("put", "get", "--key", "ls")
        self.assertEqual(self.coffer("cat", "ls"), b"no verb")

    def test_leaves_nothing_but_the_object(self):
        self.put("a", b"x" * 100_000)
        self.assertEqual(self.stored_files(), ["a"])

    def test_a_failed_put_leaves_nothing(self):
        self.failure("put", self.folder / "absent", "--key", "a", code=3)
        self.failure("put", self.folder, "--key", "b", code=2)
        self.assertEqual(self.stored_files(), [])


class Get(CofferTest):
    def setUp(self):
        super().setUp()
        self.content = random_bytes(2_000_003)
        self.uri = self.put("talks/one.bin", self.content)

    def test_writes_under_the_objects_last_name_in_the_current_folder(self):
        there = self.folder / "there"
        there.mkdir()
        self.assertEqual(self.coffer("get", "talks/one.bin", cwd=there), b"")
        self.assertEqual((there / "one.bin").read_bytes(), self.content)
        self.assertEqual(os.listdir(there), ["one.bin"])

    def test_a_uri_and_a_file_name(self):
        self.coffer("get", self.uri, "copy")
        self.assertEqual((self.folder / "copy").read_bytes(), self.content)

    def test_into_a_folder(self):
        (self.folder / "into").mkdir()
        self.coffer("get", self.uri, "into")
        self.assertEqual((self.folder / "into" / "one.bin").read_bytes(), self.content)

    def test_refuses_to_write_over_a_file_unless_forced(self):
        self.file("copy", b"precious")
        self.assertEqual(self.failure("get", self.uri, "copy", code=1), "coffer: copy is there already; -f writes over it")
        self.assertEqual((self.folder / "copy").read_bytes(), b"precious")
        self.coffer("get", self.uri, "copy", "-f")
        self.assertEqual((self.folder / "copy").read_bytes(), self.content)

    def test_a_symbolic_link_may_lead_to_a_file_that_is_not_there_yet(self):
        self.put("x", b"bytes")
        (self.folder / "link").symlink_to("later")
        self.coffer("get", "x", "link")
        self.assertTrue((self.folder / "link").is_symlink())
        self.assertEqual((self.folder / "later").read_bytes(), b"bytes")
        self.failure("get", "x", "link", code=1)
        (self.folder / "astray").symlink_to("none/later")
        for force in ((), ("-f",)):
            self.assertRegex(self.failure("get", "x", "astray", *force, code=3),
                             r"/astray: .*link that leads to .*/none/later, .*folder")
        (self.folder / "round").symlink_to("round")
        self.assertRegex(self.failure("get", "x", "round", code=2), "/round: symbolic links lead in a circle")
        (self.folder / "page.html").symlink_to("drawn.html")
        self.coffer("exec", "-o", "out=-", "--timeline", "page.html", "--", "true")
        self.assertTrue((self.folder / "drawn.html").read_text().endswith("</html>\n"))

    def test_to_standard_output(self):
        self.assertEqual(self.coffer("get", self.uri, "-"), self.content)

    def test_to_a_device_and_to_a_named_pipe(self):
        self.coffer("get", self.uri, "/dev/null")
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = self.start_coffer("get", self.uri, fifo)
        self.assertEqual(fifo.read_bytes(), self.content)
        self.assertEqual(process.wait(DEADLINE), 0)

    def test_absence_is_code_3_and_no_file_appears(self):
        self.failure("get", "absent", "copy", code=3)
        self.assertFalse((self.folder / "copy").exists())

    def test_damaged_bytes_are_an_error_and_no_file_appears(self):
        path = path_of(self.uri)
        damage(path)
        self.assertIn("checksum", self.failure("get", self.uri, "copy", code=1))
        self.assertEqual([p.name for p in self.folder.iterdir() if p.name.startswith(("copy", "."))], [])

    def test_an_empty_object_is_an_empty_file(self):
        self.put("empty", b"")
        self.coffer("get", "empty", "copy")
        self.assertEqual((self.folder / "copy").read_bytes(), b"")


def damage(path):
    """Changes a byte as a disk would: the time of change stays."""
    facts = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    with open(path, "r+b") as file:
        file.write(content)
    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


class Cat(CofferTest):
    def test_writes_the_object(self):
        content = random_bytes(4_000_001)
        uri = self.put("x", content)
        self.assertEqual(self.coffer("cat", "x"), content)
        self.assertEqual(self.coffer("cat", uri), content)

    def test_ranges_are_those_of_http(self):
        content = random_bytes(100_000)
        self.put("x", content)
        for text, part in (("0-99", content[:100]), ("5-5", content[5:6]), ("100-", content[100:]),
                           ("-50", content[-50:]), ("99990-200000", content[99990:]), ("-200000", content)):
            self.assertEqual(self.coffer("cat", "x", "--range", text), part, text)
            self.assertEqual(self.coffer("cat", "x", f"--range={text}"), part, text)

    def test_a_range_past_the_end_is_an_error(self):
        self.put("x", b"12345")
        self.assertIn("range", self.failure("cat", "x", "--range", "5-", code=1))

    def test_a_file_outside_the_store_may_be_named_by_its_uri(self):
        path = self.file("outside.txt", b"foreign")
        self.assertEqual(self.coffer("cat", path.as_uri()), b"foreign")
        self.assertEqual(self.coffer("cat", path.as_uri(), "--range", "-3"), b"ign")

    def test_a_name_in_a_note_cannot_drive_the_terminal(self):
        self.put("a\x1b[31m")
        (self.store / "a\x1b[31m").write_bytes(b"by another program")
        self.assertNotIn(b"\x1b", self.run_coffer("cat", "a\x1b[31m").stderr)

    def test_a_damaged_object_is_told_at_its_end(self):
        uri = self.put("x", random_bytes(300_000))
        damage(path_of(uri))
        self.assertIn("checksum", self.failure("cat", "x", code=1))

    def test_progress_never_mixes_with_the_bytes(self):
        self.put("x", b"text")
        done = self.run_coffer("cat", "x")
        self.assertEqual(done.stderr, b"")

    def test_errors_as_json_do_not_mix_with_the_bytes(self):
        done = self.run_coffer("cat", "absent", "--json")
        self.assertEqual(done.returncode, 3)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b'"kind": "not_found"', done.stderr)


class Cp(CofferTest):
    def test_copies_bytes_type_and_checksum(self):
        self.put("a.bin", b"123456789", "--type", "text/x-mine")
        printed = self.lines("cp", "a.bin", "b/c.bin")
        self.assertEqual(printed, [f"file://{self.store}/b/c.bin"])
        facts = self.json_lines("stat", "b/c.bin")[0]
        self.assertEqual((facts["content_type"], facts["crc32c"], facts["size"]), ("text/x-mine", "e3069283", 9))
        self.assertEqual(self.coffer("cat", "a.bin"), b"123456789")

    def test_from_a_file_outside_the_store(self):
        path = self.file("outside.txt", b"foreign")
        self.coffer("cp", path.as_uri(), "inside.txt")
        self.assertEqual(self.coffer("cat", "inside.txt"), b"foreign")

    def test_writes_over_the_target(self):
        self.put("a", b"new")
        self.put("b", b"old")
        self.coffer("cp", "a", "b")
        self.assertEqual(self.coffer("cat", "b"), b"new")

    def test_the_help_says_that_a_copy_is_not_verified(self):
        text = " ".join(self.coffer("cp", "--help").decode().split())
        self.assertIn("so does the checksum, which is not compared with the bytes", text)

    def test_never_writes_outside_the_store(self):
        self.put("a", b"x")
        outside = self.folder / "outside"
        self.failure("cp", "a", outside.as_uri(), code=1)
        self.assertFalse(outside.exists())

    def test_absence_is_code_3(self):
        self.failure("cp", "absent", "b", code=3)
        self.assertEqual(self.stored_files(), [])


class Stat(CofferTest):
    def test_tells_all_facts(self):
        uri = self.put("a/x.txt", b"123456789")
        facts = dict(line.split(maxsplit=1) for line in self.lines("stat", "a/x.txt"))
        self.assertEqual(facts["uri"], uri)
        self.assertEqual(facts["size"], "9 (9 B)")
        self.assertRegex(facts["modified"], r"^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$")
        self.assertEqual(facts["type"], "text/plain")
        self.assertEqual(facts["crc32c"], "e3069283")
        self.assertRegex(facts["etag"], r"^\S+$")
        self.assertIn("checksum", facts["integrity"])

    def test_another_programs_file_is_unverified(self):
        self.put("a", b"x")
        (self.store / "theirs.txt").write_bytes(b"x")
        facts = self.json_lines("stat", "theirs.txt")[0]
        self.assertEqual(facts["integrity"], "unverified")
        self.assertIsNone(facts["crc32c"])

    def test_a_changed_file_is_told(self):
        self.put("a", b"x")
        (self.store / "a").write_bytes(b"changed by hand")
        self.assertEqual(self.json_lines("stat", "a")[0]["integrity"], "changed_outside")
        self.assertIn("changed", "\n".join(self.lines("stat", "a")))

    def test_absence_is_code_3(self):
        self.failure("stat", "absent", code=3)


class Rm(CofferTest):
    def test_removes_objects_and_folders_that_are_empty_then(self):
        self.put("a/b/c", b"x")
        self.put("a/d", b"x")
        self.assertEqual(self.coffer("rm", "a/b/c"), b"")
        self.assertEqual(self.lines("ls", "-r"), ["a/d"])
        self.assertFalse((self.store / "a" / "b").exists())

    def test_brackets_are_a_part_of_the_name(self):
        for key in ("[a,b]", "a", "b"):
            self.put(key)
        self.coffer("rm", "[a,b]")
        self.assertEqual(self.lines("ls"), ["a", "b"])
        self.assertIn("[c]", self.failure("stat", "a", "[c]", code=2))

    def test_goes_on_after_what_is_not_there_and_ends_with_code_3(self):
        self.put("a", b"x")
        self.put("b", b"x")
        self.assertIn("absent", self.failure("rm", "a", "absent", "b", code=3))
        self.assertEqual(self.coffer("ls"), b"")

    def test_recursively_removes_what_begins_so_and_never_a_neighbour(self):
        for key in ("a/1", "a/b/2", "ab", "a.txt"):
            self.put(key, b"x")
        self.coffer("rm", "-r", "a/")
        self.assertEqual(self.lines("ls", "-r"), ["a.txt", "ab"])

    def test_recursively_takes_a_name_without_its_slash_too(self):
        for key in ("a/1", "ab", "c"):
            self.put(key, b"x")
        self.coffer("rm", "-r", "a", "c")
        self.assertEqual(self.lines("ls", "-r"), ["ab"])

    def test_recursively_absent_is_code_3(self):
        self.failure("rm", "-r", "absent/", code=3)
        self.failure("rm", "-r", "absent", code=3)

    def test_never_empties_the_whole_store(self):
        self.put("a", b"x")
        for name in (f"file://{self.store}/", f"file://{self.store}"):
            self.failure("rm", "-r", name, code=2)
        self.assertEqual(self.lines("ls"), ["a"])

    def test_never_removes_a_file_outside_the_store(self):
        path = self.file("outside.txt")
        self.failure("rm", path.as_uri(), code=1)
        self.assertTrue(path.exists())

    def test_json_names_what_was_removed(self):
        uri = self.put("a", b"x")
        self.assertEqual(self.json_lines("rm", "a"), [{"uri": uri, "removed": True}])


if __name__ == "__main__":
    main()
