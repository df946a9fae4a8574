"""Objects that another process is still storing: put --live, run --live, cat --follow."""

import fcntl
import json
import os
import random
import signal
import subprocess

from coffer_program import DEADLINE, PROGRAM, CofferTest, main, random_bytes

CHUNK = random_bytes(1 << 20)


class FollowTest(CofferTest):
    def start_writer(self, key="key", *arguments):
        """A live put that waits for bytes."""
        return self.start_coffer("-q", "put", "-", "--key", key, "--live", *arguments)

    def start_follower(self, key="key", *arguments):
        return self.start_coffer("cat", "--follow", key, *arguments)

    def read(self, process, count):
        """So many bytes of its standard output, as they come."""
        content = b""
        while len(content) < count:
            part = os.read(process.stdout.fileno(), count - len(content))
            if not part:
                break
            content += part
        return content

    def give(self, process, content):
        process.stdin.write(content)
        process.stdin.flush()

    def end(self, process, code=0):
        """Its rest of standard output, and what it said."""
        content, said = process.communicate(timeout=DEADLINE)
        self.assertEqual(process.returncode, code, said)
        return content, said.decode()

    def follow_at_once(self, key="key"):
        """A writer, and a follower that has its first bytes."""
        writer = self.start_writer(key)
        follower = self.start_follower(key)
        self.give(writer, b"first")
        self.assertEqual(self.read(follower, 5), b"first")
        return writer, follower

    def wait_for_note(self, follower):
        note = follower.stderr.readline().decode()
        self.assertRegex(note, r"^coffer: file://.*/key .*waiting")


class Follow(FollowTest):
    def test_each_line_comes_as_it_is_written_and_the_end_after_the_commit(self):
        follower = self.start_follower()
        self.wait_for_note(follower)
        writer = self.start_writer()
        lines = [f"line {i}\n".encode() for i in range(20)]
        for line in lines:
            self.give(writer, line)
            self.assertEqual(self.read(follower, len(line)), line)
        self.assertIsNone(follower.poll())
        self.assertFalse((self.store / "key").exists())
        uri, _ = self.end(writer)
        self.assertEqual(uri.decode().strip(), (self.store / "key").as_uri())
        self.assertEqual(self.end(follower), (b"", ""))
        self.assertEqual(self.coffer("cat", "key"), b"".join(lines))
        self.coffer("verify", "--strict")

    def test_followers_of_any_pace_get_every_byte(self):
        content = CHUNK * 20 + b"odd"
        writer = self.start_writer()
        followers = [self.start_follower() for _ in range(2)]
        slow = self.start_follower()
        fcntl.fcntl(slow.stdout, fcntl.F_SETPIPE_SZ, 4096)
        for at in range(0, len(content), 1 << 19):
            self.give(writer, content[at:at + (1 << 19)])
        self.assertEqual(self.read(slow, 5000), content[:5000])
        self.end(writer)
        late = self.start_follower()
        for follower in [*followers, late]:
            self.assertTrue(self.end(follower)[0] == content)
        self.assertTrue(content[:5000] + self.end(slow)[0] == content)
        self.assertEqual(self.stored_files(), ["key"])

    def test_a_small_budget_is_enough(self):
        writer = self.start_coffer("-q", "--budget", "64KiB", "put", "-", "--key", "key", "--live")
        follower = self.start_coffer("--budget", "64KiB", "cat", "--follow", "key")
        self.give(writer, CHUNK[:100])
        self.assertEqual(self.read(follower, 100), CHUNK[:100])
        self.give(writer, CHUNK * 3)
        self.end(writer)
        self.assertTrue(self.end(follower)[0] == CHUNK * 3)

    def test_a_range_goes_on_where_an_earlier_one_had_ended(self):
        writer = self.start_writer()
        self.give(writer, b"0123456789")
        self.assertEqual(self.end(self.start_follower("key", "--range", "2-4"))[0], b"234")
        follower = self.start_follower("key", "--range", "5-")
        self.assertEqual(self.read(follower, 5), b"56789")
        self.give(writer, b"ab")
        self.end(writer)
        self.assertEqual(self.end(follower)[0], b"ab")

    def test_who_has_all_bytes_may_wait_for_the_commit(self):
        writer = self.start_writer()
        self.give(writer, b"abc")
        self.assertEqual(self.end(self.start_follower("key", "--range", "0-2"))[0], b"abc")
        follower = self.start_follower("key", "--range", "3-")
        self.end(writer)
        self.assertEqual(self.end(follower), (b"", ""))
        self.assertEqual(self.coffer("cat", "--follow", "key", "--range", "3-"), b"")
        self.failure("cat", "--follow", "key", "--range", "4-", code=1)
        self.failure("cat", "key", "--range", "3-", code=1)

    def test_what_is_complete_is_simply_read(self):
        self.put("key", b"complete")
        self.assertEqual(self.coffer("cat", "--follow", "key"), b"complete")
        self.assertEqual(self.coffer("cat", "--follow", "key", "--range", "-4"), b"lete")

    def test_a_put_that_is_not_live_ends_the_waiting_too(self):
        follower = self.start_follower()
        self.wait_for_note(follower)
        self.put("key", b"complete")
        self.assertEqual(self.end(follower)[0], b"complete")

    def test_an_interrupted_writer_fails_its_followers(self):
        writer, follower = self.follow_at_once()
        writer.send_signal(signal.SIGINT)
        writer.wait(DEADLINE)  # Before its standard input ends, which would be a reason to commit.
        self.end(writer, 130)
        rest, said = self.end(follower, 1)
        self.assertEqual(rest, b"")
        self.assertRegex(said.splitlines()[-1], r"^coffer: follow file://.*/key: its writer gave up")
        self.assertEqual(self.stored_files(), [])

    def test_no_clobber_fails_the_followers_of_who_came_second(self):
        writer = self.start_writer("key", "--no-clobber")
        follower = self.start_follower()
        self.give(writer, b"mine")
        self.assertEqual(self.read(follower, 4), b"mine")
        self.put("key", b"other")
        self.end(writer, 1)
        self.assertIn("gave up", self.end(follower, 1)[1])
        self.assertEqual(self.coffer("cat", "key"), b"other")

    def test_an_interrupted_follower_ends_alone(self):
        writer, follower = self.follow_at_once()
        follower.send_signal(signal.SIGINT)
        self.assertTrue(self.end(follower, 130)[1].endswith("coffer: interrupted\n"))
        waiting = self.start_follower("other")
        waiting.stderr.readline()
        waiting.send_signal(signal.SIGINT)
        self.end(waiting, 130)
        self.end(writer)
        self.assertEqual(self.coffer("cat", "key"), b"first")

    def test_a_follower_whose_reader_leaves_ends_by_sigpipe_though_nothing_comes(self):
        writer, follower = self.follow_at_once()
        waiting = self.start_follower("other")
        waiting.stderr.readline()
        for each in (follower, waiting):
            each.stdout.close()
            self.assertEqual(each.wait(DEADLINE), -signal.SIGPIPE)
            # Not a word but that it waits.
            self.assertRegex(each.stderr.read().decode(), r"^(coffer: .*waiting\n)?$")
        self.end(writer)

    def test_standard_output_may_be_a_file(self):
        self.put("key", b"complete")
        with open(self.folder / "copy", "wb") as copy:
            self.assertEqual(self.start_coffer("cat", "--follow", "key", stdout=copy).wait(DEADLINE), 0)
        self.assertEqual((self.folder / "copy").read_bytes(), b"complete")

    def test_patience_ends(self):
        self.assertRegex(self.run_coffer("cat", "--follow", "key", "--wait", "0s").stderr.decode().splitlines()[-1],
                         r"^coffer: follow file://.*/key: nobody began")
        self.assertEqual(self.run_coffer("cat", "--follow", "key", "--wait", "0s").returncode, 1)
        self.assertFalse(self.store.exists())

    def test_wrong_usage_is_told(self):
        self.assertRegex(self.failure("put", "-", "--live", code=2), r"--live: .*--key")
        self.assertRegex(self.failure("cat", "key", "--wait", "1s", code=2), r"--wait: .*--follow")
        self.assertRegex(self.failure("cat", "--follow", "key", "--wait", "soon", code=2), r"--wait: ")
        self.assertRegex(self.failure("--store", "mem://x", "cat", "--follow", "key", code=1), r"cannot show objects while they are written")
        self.assertRegex(self.failure("--store", "mem://x", "put", "-", "--key", "k", "--live", code=1), r"cannot show objects while they are written")
        foreign = self.file("outside", b"x").as_uri()
        self.assertRegex(self.failure("cat", "--follow", foreign, code=1), r"cannot show objects while they are written")

    def test_what_a_run_stores_can_be_followed(self):
        shout = {"name": "shout", "reads": {"text": "stdin"}, "writes": {"loud": {"from": "stdout"}},
                 "command": ["tr", "a-z", "A-Z"]}
        pipeline = self.file("pipeline.json", json.dumps({
            "coffer_pipeline": 1, "name": "test", "inputs": {"text": {}}, "outputs": ["loud"],
            "pipes": [shout]}).encode())
        place = (self.store / "key").as_uri()
        run = self.start_coffer("-q", "run", pipeline, "--live", "-i", "text=-", "-o", f"loud={place}")
        follower = self.start_follower()
        self.wait_for_note(follower)
        self.give(run, CHUNK.hex().encode())
        self.assertEqual(self.read(follower, 100), CHUNK.hex().upper().encode()[:100])
        self.assertIsNone(run.poll())
        self.end(run)
        self.assertEqual(self.end(follower)[0], CHUNK.hex().upper().encode()[100:])

    def test_what_a_pipe_writes_that_may_run_again_is_followed_once_it_has_ended_well(self):
        twice = "if mkdir \"$0\"; then echo first; sleep 0.3; exit 1; else echo second; fi"
        pipe = {"name": "twice", "writes": {"out": {"from": "stdout"}}, "retry": {"attempts": 3, "wait": "1ms"},
                "command": ["sh", "-c", twice, str(self.folder / "tried")]}
        pipeline = self.file("pipeline.json", json.dumps({
            "coffer_pipeline": 1, "name": "test", "outputs": ["out"], "pipes": [pipe]}).encode())
        follower = self.start_follower()
        self.wait_for_note(follower)
        self.coffer("-q", "run", pipeline, "--live", "-o", f"out={(self.store / 'key').as_uri()}")
        self.assertEqual(self.end(follower), (b"second\n", ""))


class KilledWriter(FollowTest):
    KILLS = 8

    def test_every_follower_is_told_and_none_takes_a_part_for_the_whole(self):
        chance = random.Random(os.environ.get("COFFER_TEST_SEED", "1"))
        for number in range(self.KILLS):
            key = f"key{number}"
            writer, follower = self.follow_at_once(key)
            more = [self.start_follower(key) for _ in range(2)]
            given = b"first"
            for _ in range(chance.randrange(6)):
                part = CHUNK[:chance.randrange(1, 1 << 20)]
                self.give(writer, part)
                given += part
            writer.send_signal(signal.SIGKILL)
            writer.wait(DEADLINE)
            for each, before in [(follower, b"first"), *((one, b"") for one in more)]:
                rest, said = self.end(each, 1)
                self.assertTrue(given.startswith(before + rest))
                self.assertRegex(said.splitlines()[-1], r"^coffer: follow file://.*its writer was killed.*coffer gc")
            self.assertIn("was killed", self.end(self.start_follower(key), 1)[1])
        self.assertEqual(len(self.stored_files()), 2 * self.KILLS)
        self.assertEqual(len(self.lines("gc", "--older-than", "0")), 2 * self.KILLS)
        self.assertEqual(self.stored_files(), [])

    def kill_writer(self):
        writer, follower = self.follow_at_once()
        writer.kill()
        writer.wait(DEADLINE)
        self.end(follower, 1)

    def test_who_waits_after_a_kill_gets_the_bytes_of_the_next_writer(self):
        self.kill_writer()
        follower = self.start_follower("key", "--wait", "100s")
        self.assertRegex(follower.stderr.readline().decode(),
                         r"^coffer: file://.*/key: its last writer was killed.* another")
        writer = self.start_writer()
        self.give(writer, b"again")
        self.assertEqual(self.read(follower, 5), b"again")
        self.end(writer)
        self.assertEqual(self.end(follower), (b"", ""))

    def test_who_waits_in_vain_after_a_kill_is_told_of_both(self):
        self.kill_writer()
        said = self.run_coffer("cat", "--follow", "key", "--wait", "10ms").stderr.decode().splitlines()
        self.assertEqual(len(said), 2)
        self.assertRegex(said[1], r"^coffer: follow file://.*/key: its last writer was killed.*nobody began.*time")
        self.assertIn("coffer gc --older-than 0s", said[1])

    def test_what_the_error_says_collects_what_was_left(self):
        self.kill_writer()
        said = self.failure("cat", "--follow", "key", code=1)
        self.assertIn("`coffer gc --older-than 0s`", said)
        self.assertEqual(len(self.lines("gc", "--older-than", "0s")), 2)
        self.assertEqual(self.stored_files(), [])

    def test_gc_leaves_a_living_writer_alone(self):
        writer, follower = self.follow_at_once()
        self.assertEqual(self.lines("gc", "--older-than", "0"), [])
        self.give(writer, b" and last")
        self.end(writer)
        self.assertEqual(self.end(follower)[0], b" and last")


class FollowAsAnotherUser(FollowTest):
    def test_who_may_not_see_what_is_written_is_told_what_to_do(self):
        prefix = []
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
            prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]
        writer, follower = self.follow_at_once()
        if not prefix:
            os.chmod(self.store / ".coffer", 0)
        done = subprocess.run([*prefix, PROGRAM, "cat", "--follow", "key"], env=self.environment, capture_output=True,
                              timeout=DEADLINE, check=False)
        os.chmod(self.store / ".coffer", 0o700)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.decode(), r"^coffer: follow file://.*/key: only the user who owns the store.*"
                                               r"[Pp]ermission denied")
        self.end(writer)
        self.end(follower)


if __name__ == "__main__":
    main()
