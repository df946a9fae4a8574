"""What runs have stored is removed: by runs dispose, and by gc past what is kept."""

import os
import signal

from coffer_program import DEADLINE, main
from runs_case import RunsTest


class Dispose(RunsTest):
    def test_a_run_that_another_one_reads_goes_with_it(self):
        path, text = self.usual(), self.file("in.txt", b"hello")
        for run in ("x", "y"):
            self.coffer("run", path, "-i", f"text={text}", "--run-id", run, "--reuse")
        done = self.run_coffer("runs", "dispose", "x", "y")
        self.assertEqual(done.returncode, 0)
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: x: removed 1 object, ")
        self.assertNotIn("left alone", done.stderr.decode())
        self.assertEqual((self.objects(), self.journals()), ([], []))

    def test_leaves_nothing_also_twice(self):
        self.killed_run()
        would = self.lines("runs", "dispose", "x", "--dry-run")
        self.assertEqual(sorted(would), sorted(f"{self.store.as_uri()}/{name}" for name in self.objects()))
        self.assertEqual(len(would), 2)
        self.coffer("runs", "dispose", "x")
        self.assertEqual((self.objects(), self.journals()), ([], []))
        self.assertEqual(list(self.temporary.iterdir()), [])
        self.coffer("runs", "dispose", "x")
        self.assertEqual([name for name in os.listdir(self.store) if name != ".coffer"], [])

    def test_never_takes_what_lies_outside_of_the_run(self):
        inside = self.put("in.txt", b"hello")
        target = f"{self.store.as_uri()}/made/out.txt"
        self.coffer("run", self.usual(), "-i", f"text={inside}", "-o", f"louder={target}", "--run-id", "x")
        self.coffer("runs", "dispose", "x")
        self.assertEqual(self.objects(), ["in.txt", "made/out.txt"])

    def test_keeps_what_it_is_told_to(self):
        printed = self.lines("run", self.usual(), "-i", "text=-", "--run-id", "x", "--keep", "everything", stdin=b"hello")
        self.coffer("runs", "dispose", "x", "--keep", "outputs")
        self.assertEqual(self.journals(), [])
        self.assertEqual([f"{self.store.as_uri()}/{name}" for name in self.objects()], [printed[0].split("\t")[1]])

    def test_leaves_what_another_run_reads_until_that_is_over(self):
        made = self.lines("run", self.usual(), "-i", "text=-", "--run-id", "x", stdin=b"hello")[0].split("\t")[1]
        waiting = self.folder / "waiting"
        path = self.usual(f'touch {waiting}; exec sleep 1000', name="second.json")
        second = self.start_coffer("run", path, "-i", f"text={made}", "--run-id", "y")
        self.wait_for(waiting.exists)
        done = self.run_coffer("runs", "dispose", "x")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(), r"left alone: the run y reads it")
        self.assertIn("x", self.journals())
        self.coffer("cat", made)
        second.kill()
        second.wait(DEADLINE)
        self.coffer("runs", "dispose", "y")
        self.coffer("runs", "dispose", "x")
        self.assertEqual((self.objects(), self.journals()), ([], []))

    def test_leaves_what_another_run_reads_by_another_path(self):
        link = self.folder / "link"
        link.symlink_to(self.store)
        made = self.lines("run", self.usual(), "-i", "text=-", "--run-id", "x", stdin=b"hello")[0].split("\t")[1]
        by_link = made.replace(self.store.as_uri(), link.as_uri())
        waiting = self.folder / "waiting"
        path = self.usual(f'touch {waiting}; exec sleep 1000', name="second.json")
        for store, text in ((self.store, by_link), (link, made), (link, by_link)):
            with self.subTest(store=store, text=text):
                second = self.start_coffer("--store", str(store), "run", path, "-i", f"text={text}", "--run-id", "y")
                self.wait_for(waiting.exists)
                for of in (self.store, link):
                    done = self.run_coffer("--store", str(of), "runs", "dispose", "x", "--dry-run")
                    self.assertRegex(done.stderr.decode(), r"left alone: the run y reads it")
                second.kill()
                second.wait(DEADLINE)
                waiting.unlink()
                self.coffer("runs", "dispose", "y")

    def test_gc_takes_the_work_folders_of_a_run_that_was_killed_with_its_command(self):
        command = self.killed_run("x")
        os.kill(command, signal.SIGKILL)
        self.wait_for(lambda: not os.path.exists(f"/proc/{command}/cwd"))
        self.assertNotEqual(os.listdir(self.temporary), [])
        self.coffer("gc", "--older-than", "0s", "--dry-run")
        self.assertNotEqual(os.listdir(self.temporary), [])
        self.coffer("gc", "--older-than", "0s")
        self.assertEqual(os.listdir(self.temporary), [])

    def test_a_file_among_the_journals_is_no_run(self):
        self.coffer("run", self.usual(), "-i", "text=-", "--run-id", "x", stdin=b"hello")
        (self.store / ".coffer/runs/notes").write_text("mine")
        self.assertEqual([line.split()[0] for line in self.lines("runs", "list")], ["x"])
        self.coffer("run", self.usual(), "-i", "text=-", "--run-id", "y", "--reuse", stdin=b"hello")

    def test_gc_tells_of_a_run_that_it_cannot_collect_and_goes_on_with_the_others(self):
        self.coffer("run", self.usual(), "-i", "text=-", "--run-id", "done", stdin=b"hello")
        (self.store / ".coffer/runs/a/lock").mkdir(parents=True)
        (self.store / ".coffer/runs/b").mkdir()
        done = self.run_coffer("gc", "--runs-older-than", "0s")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: .*the run a cannot be collected")
        self.assertEqual(self.journals(), ["a"])

    def test_gc_takes_a_run_that_another_one_read_behind_that_one(self):
        self.coffer("run", self.usual(), "-i", "text=-", "--run-id", "a", "--keep", "everything", stdin=b"hello")
        self.coffer("run", self.usual(), "-i", "text=-", "--run-id", "b", "--reuse", stdin=b"hello")
        done = self.run_coffer("gc", "--runs-older-than", "0s", "--dry-run")
        self.assertRegex(done.stderr.decode(), r"the run a is left alone: the run b reads it")
        self.assertEqual(done.returncode, 0)
        done = self.run_coffer("gc", "--runs-older-than", "0s")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr.decode(), r"removed 2 finished runs, ")
        self.assertEqual((self.objects(), self.journals()), ([], []))

    def test_gc_leaves_a_run_as_it_is_that_another_one_reads(self):
        self.coffer("run", self.usual(), "-i", "text=-", "--run-id", "a", "--keep", "everything", stdin=b"hello")
        self.coffer("run", self.usual(), "-i", "text=-", "--run-id", "b", "--reuse", stdin=b"hello")
        before = self.objects()
        done = self.run_coffer("gc", "--runs-over", "0")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.show("a")["status"], "finished")
        self.assertEqual(self.objects(), before)

    def test_gc_takes_finished_runs_past_what_is_kept(self):
        for run in ("a", "b", "c"):
            self.coffer("run", self.usual(), "-i", "text=-", "--run-id", run, stdin=b"hello")
        self.killed_run("z")
        self.assertEqual(self.coffer("gc", "--runs-older-than", "1h"), b"")
        self.assertRegex(self.lines("gc", "--runs-over", "8", "--dry-run")[0], r"run a$")
        self.assertEqual(self.journals(), ["a", "b", "c", "z"])
        self.coffer("gc", "--runs-over", "8")
        self.assertEqual(self.journals(), ["c", "z"])
        self.coffer("gc", "--runs-older-than", "0s")
        self.assertEqual(self.journals(), ["z"])


if __name__ == "__main__":
    main()
