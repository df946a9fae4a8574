"""A run's store is opened by another path than the run was begun by: through a link, or because it was moved."""

import json
import pathlib
import shutil

from coffer_program import DEADLINE, main
from runs_case import RunsTest, counted


class RunsElsewhere(RunsTest):
    def setUp(self):
        super().setUp()
        self.link = self.folder / "link"
        self.store.mkdir()
        self.link.symlink_to(self.store)

    def open_by(self, path):
        self.environment["COFFER_STORE"] = str(path)

    def by(self, path, printed):
        """A line that was printed, as it is where the store is opened by this path."""
        return printed.replace(self.link.as_uri(), path.as_uri()).replace(self.store.as_uri(), path.as_uri())

    def frames(self, last="cat", name="frames.json"):
        """A list, and a text that is made behind it."""
        split = {"name": "split", "reads": {"text": "stdin"}, "writes": {"frames": {"from": "folder", "type": "text/plain"}},
                 "command": ["sh", "-c", 'echo split >> "$0"; cd "$1"; for i in 1 2 3; do cat > $i.part; echo $i > $i.part; '
                             'mv $i.part $i; done', "LEDGER", "{frames}"]}
        return self.pipeline(split, counted("end", "text", "louder", last), name=name, outputs=("frames", "louder"))

    def failed_run(self, pipeline, first, last, *more):
        """A run whose pipe `first` has finished and whose pipe `last` has failed; resumed it goes well. `pipeline` makes its
        file with a command for the last one."""
        stop, go = (self.folder / f"{name} {len(list(self.folder.iterdir()))}" for name in ("stop", "go"))
        path = pipeline(f'until test -e "{stop}"; do sleep 0.01; done; test -e "{go}" && tr a-z A-Z')
        process = self.start_coffer("run", path, "-i", f"text={self.file('in', b'hello')}", "--run-id", "x", *more)
        self.wait_for(lambda: last in self.ran())
        self.wait_for(lambda: self.show("x")["pipes"][first]["finished"])
        stop.touch()
        error = process.communicate(timeout=DEADLINE)[1].decode()
        self.assertEqual(process.returncode, 1, error)
        self.assertRegex(error, f"the pipe '{last}' failed")
        go.touch()

    def joining(self):
        """A pipeline that joins the elements of a list."""
        join = {"name": "join", "reads": {"all": "path"}, "writes": {"text": {"from": "stdout"}},
                "command": ["sh", "-c", 'cat "$0"/*', "{all}"]}
        return self.file("join.json", json.dumps({
            "coffer_pipeline": 1, "name": "join", "inputs": {"all": {"list": True}}, "outputs": ["text"],
            "pipes": [join]}).encode())

    def made(self, name):
        """A file that is made once."""
        path = self.folder / name
        return path if path.exists() else self.file(name, b"hello")

    def paths(self):
        return ((self.link, self.store), (self.store, self.link))

    def test_its_outputs_are_kept_by_whichever_path_it_is_disposed_of(self):
        for first, then in self.paths():
            with self.subTest(first=first.name):
                self.open_by(first)
                made = self.lines("run", self.frames(), "-i", "text=-", "--run-id", "x", "--keep", "everything", stdin=b"a")
                self.open_by(then)
                self.coffer("runs", "dispose", "x", "--keep", "outputs")
                self.assertEqual(len(self.objects()), 5, self.objects())
                for line in made:
                    self.coffer("cat", self.by(then, line.split("\t")[1]))
                self.coffer("rm", "-r", "x/")

    def test_it_is_gone_on_with_by_whichever_path(self):
        for first, then in self.paths():
            with self.subTest(first=first.name):
                self.ledger.unlink(missing_ok=True)
                out = self.folder / f"out by {then.name}"
                self.open_by(first)
                self.failed_run(self.frames, "split", "end", "-o", f"frames={out}")
                self.open_by(then)
                lines = self.lines("runs", "resume", "x")
                self.assertEqual(self.ran(), {"split": 1, "end": 2})
                self.assertEqual([file.read_text() for file in sorted(out.iterdir())], ["1\n", "2\n", "3\n"])
                self.assertIn(then.as_uri(), "\n".join(lines))
                self.assertNotIn(first.as_uri(), "\n".join(lines))
                self.assertEqual(sorted(self.show("x")["pipes"]), ["end", "split"])
                self.coffer("runs", "dispose", "x")
                self.assertEqual((self.objects(), self.journals()), ([], []))

    def test_its_result_is_had_again_by_whichever_path(self):
        for first, then in self.paths():
            with self.subTest(first=first.name):
                arguments = ("run", self.frames(), "-i", f"text={self.file('in', b'hello')}", "--run-id", "x")
                self.open_by(first)
                made = self.lines(*arguments)
                self.open_by(then)
                self.assertEqual(self.lines(*arguments), [self.by(then, line) for line in made])
                self.coffer("runs", "dispose", "x")

    def test_it_is_reused_by_whichever_path(self):
        self.open_by(self.link)
        arguments = ("run", self.frames(), "-i", f"text={self.file('in', b'hello')}", "--reuse", "--run-id")
        self.lines(*arguments, "x")
        self.open_by(self.store)
        self.lines(*arguments, "y")
        self.assertEqual(self.ran(), {"split": 1, "end": 1})
        self.open_by(self.link)
        self.lines(*arguments, "z")
        self.assertEqual(self.ran(), {"split": 1, "end": 1})
        done = self.run_coffer("runs", "dispose", "x")
        self.assertRegex(done.stderr.decode(), "left alone: the run [yz] reads it")

    def test_a_list_is_read_by_whichever_path(self):
        for first, then in self.paths():
            with self.subTest(first=first.name):
                self.open_by(first)
                made = self.lines("run", self.frames(), "-i", "text=-", "--run-id", "x", stdin=b"a")
                frames = [line.split("\t")[1] for line in made if line.startswith("frames\t")][0]
                self.open_by(then)
                self.coffer("run", self.joining(), "-i", f"all={self.by(then, frames)}", "-o", "text=joined")
                self.assertEqual((self.folder / "joined").read_bytes(), b"1\n2\n3\n")
                self.coffer("runs", "dispose", "x")

    def test_of_a_store_that_was_moved_the_outputs_are_kept_and_what_another_run_reads(self):
        made = self.lines("run", self.frames(), "-i", "text=-", "--run-id", "x", "--keep", "everything", stdin=b"a")
        text = [line.split("\t")[1] for line in made if line.startswith("louder\t")][0]
        failed = self.run_coffer("run", self.usual("exit 1", name="usual.json"), "-i", f"text={text}", "--run-id", "y")
        self.assertEqual(failed.returncode, 1)
        moved = self.folder / "moved"
        self.store.rename(moved)
        self.open_by(moved)
        done = self.run_coffer("runs", "dispose", "x", "--dry-run")
        self.assertRegex(done.stderr.decode(), "left alone: the run y reads it")
        self.coffer("runs", "dispose", "y")
        self.coffer("runs", "dispose", "x", "--keep", "outputs")
        self.assertEqual(len(self.objects()), 5, self.objects())
        self.coffer("cat", self.by(moved, text))

    def move(self, to):
        """Also to a folder in the old place, or above it."""
        aside = self.folder / "aside"
        pathlib.Path(self.environment["COFFER_STORE"]).rename(aside)
        shutil.rmtree(to, ignore_errors=True)
        to.parent.mkdir(parents=True, exist_ok=True)
        aside.rename(to)
        self.open_by(to)

    def test_a_list_stays_whole_wherever_its_store_is_moved_to(self):
        self.failed_run(self.frames, "split", "end", "-o", f"frames={self.folder / 'out'}")
        for place in (self.store / "inner", self.folder / "far", self.store / "x", self.store):
            self.move(place)
            would = self.lines("runs", "dispose", "x", "--keep", "outputs", "--dry-run")
            self.assertEqual(len(would), 1, would)  # The input.
        self.move(self.store / "inner")
        self.coffer("runs", "resume", "x")
        self.assertEqual(self.ran(), {"split": 1, "end": 2})
        self.assertEqual(len(list((self.folder / "out").iterdir())), 3)
        self.move(self.folder / "far")
        self.coffer("runs", "dispose", "x", "--keep", "outputs")
        self.assertEqual(len(self.objects()), 5, self.objects())

    def test_pins_hold_wherever_the_store_is_moved_to(self):
        self.open_by(self.store / "inner")
        arguments = ("run", self.frames(), "-i", f"text={self.file('in', b'hello')}", "--reuse", "--run-id")
        self.lines(*arguments, "x")
        self.lines(*arguments, "y")
        for place in (self.store, self.folder / "x", self.folder / "x/x"):
            self.move(place)
            done = self.run_coffer("runs", "dispose", "x")
            self.assertRegex(done.stderr.decode(), "left alone: the run y reads it")
            self.coffer(*arguments, "y")

    def test_an_input_of_the_run_that_is_given_by_another_path_is_not_removed(self):
        self.open_by(self.link)
        self.failed_run(self.usual, "shout", "louden")
        stored = [name for name in self.objects() if self.coffer("cat", name) == b"hello"][0]
        self.coffer("run", self.folder / "pipeline.json", "-i", f"text={self.store.as_uri()}/{stored}", "--run-id", "x",
                    "-o", f"louder={self.folder / 'out'}")
        self.assertEqual((self.folder / "out").read_bytes(), b"HELLO")

    def test_a_place_in_the_store_is_one_by_whichever_path(self):
        run = ("run", self.frames(), "-i", f"text={self.file('in', b'hello')}", "--run-id")
        for first, then in self.paths():
            with self.subTest(first=first.name):
                place = f"louder={then.as_uri()}/keep/o.txt"
                self.open_by(first)
                self.coffer(*run, "x", "-o", place)
                self.open_by(then)
                self.coffer(*run, "x", "-o", place)
                self.assertNotRegex(self.coffer("stat", "keep/o.txt").decode(), "unverified")
                taken = self.run_coffer(*run, "y", "-o", f"louder={first.as_uri()}/x/mine.txt")
                self.assertNotEqual(taken.returncode, 0)
                self.assertRegex(taken.stderr.decode(), "run x")
                self.coffer("runs", "dispose", "x", "y")
                self.coffer("rm", "-r", "keep/")

    def test_what_a_link_in_the_store_leads_to_is_a_file_like_any_other(self):
        (self.store / "tolink").symlink_to(self.file("outside", b"behind it"))
        self.coffer("run", self.usual(), "-i", f"text={self.link.as_uri()}/tolink", "-o", f"louder={self.folder / 'out'}")
        self.assertEqual((self.folder / "out").read_bytes(), b"BEHIND IT!")

    def test_a_folder_in_the_store_is_a_list_by_whichever_path(self):
        for name in ("1", "2"):
            self.put(f"in/{name}", name.encode())
        for path in (self.store, self.link):
            for end in ("", "/"):
                with self.subTest(path=path.name, end=end):
                    out = self.folder / "joined"
                    self.coffer("run", self.joining(), "-i", f"all={path.as_uri()}/in{end}", "-o", f"text={out}")
                    self.assertEqual(out.read_bytes(), b"12")

    def test_a_pin_holds_an_object_of_any_name(self):
        made = self.frames()
        self.coffer("run", made, "-i", "text=-", "--run-id", "x", "--keep", "everything", stdin=b"a")
        self.coffer("put", "-", "--key", "x/a\nb", stdin=b"precious")
        failed = self.run_coffer("run", self.usual("exit 1", name="usual.json"), "-i",
                                 f"text={self.store.as_uri()}/x/a%0Ab", "--run-id", "y")
        self.assertEqual(failed.returncode, 1)
        done = self.run_coffer("runs", "dispose", "x")
        self.assertRegex(done.stderr.decode(), "left alone: the run y reads it")
        self.assertIn(b"precious", self.coffer("cat", "x/a\nb"))

    def test_a_list_may_have_any_name(self):
        place = f"{self.store.as_uri()}/l%FFs%0At"
        for _ in range(2):
            self.coffer("run", self.frames(), "-i", f"text={self.made('in')}", "--run-id", "x", "-o", f"frames={place}")
        out = self.folder / "joined"
        self.coffer("run", self.joining(), "-i", f"all={place}", "-o", f"text={out}")
        self.assertEqual(out.read_bytes(), b"1\n2\n3\n")

    def test_a_list_in_the_store_is_the_same_by_whichever_path(self):
        for name in ("1", "2"):
            self.put(f"in/{name}", name.encode())
        batch = {"name": "each", "batch": {"over": "text", "item": "one"}, "reads": {"one": "stdin"},
                 "writes": {"louder": {"from": "stdout"}}, "command": ["sh", "-c", 'echo each >> "$0"; cat', "LEDGER"]}
        path = self.pipeline(batch)
        text = json.loads(path.read_bytes())
        text["inputs"]["text"]["list"] = True
        path.write_text(json.dumps(text))
        for store, given in ((self.link, self.link), (self.store, self.link), (self.link, self.store)):
            self.open_by(store)
            self.coffer("run", path, "-i", f"text={given.as_uri()}/in/", "--run-id", "x")
        self.open_by(self.store)
        self.coffer("run", path, "-i", f"text={self.link.as_uri()}/in/", "--run-id", "y", "--reuse")
        self.assertEqual(self.ran(), {"each": 2})

    def test_the_copy_of_a_store_leaves_the_commands_of_the_original_alone(self):
        stop = self.folder / "stop"
        path = self.usual(f'until test -e "{stop}"; do sleep 0.01; done; cat')
        process = self.start_coffer("run", path, "-i", f"text={self.file('in', b'hello')}", "--run-id", "x")
        self.wait_for(lambda: "louden" in self.ran())
        self.wait_for(lambda: self.show("x")["pipes"]["shout"]["finished"])
        copy = self.folder / "copy"
        shutil.copytree(self.store, copy)
        self.coffer("--store", copy, "runs", "dispose", "x")
        stop.touch()
        error = process.communicate(timeout=DEADLINE)[1].decode()
        self.assertEqual(process.returncode, 0, error)

    def test_in_a_store_that_was_moved_it_is_gone_on_with(self):
        self.failed_run(self.usual, "shout", "louden", "-o", f"louder={self.folder / 'out'}")
        moved = self.folder / "moved"
        self.store.rename(moved)
        self.open_by(moved)
        self.coffer("runs", "resume", "x")
        self.assertEqual((self.folder / "out").read_bytes(), b"HELLO")
        self.assertEqual(self.ran(), {"shout": 1, "louden": 2})


if __name__ == "__main__":
    main()
