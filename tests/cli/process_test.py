"""The program as a process: signals, memory, terminals, users with few rights."""

import fcntl
import json
import os
import re
import resource
import signal
import subprocess

from coffer_program import DEADLINE, PROGRAM, CofferTest, is_asleep, main, random_bytes, wait_until

CHUNK = random_bytes(1 << 20)


class Signals(CofferTest):
    def put_half(self, key="half"):
        """A put that has taken bytes and waits for more."""
        process = self.start_coffer("put", "-", "--key", key)
        for _ in range(8):
            process.stdin.write(CHUNK)
        process.stdin.flush()
        return process

    def test_an_interrupted_put_leaves_nothing(self):
        process = self.put_half()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)
        self.assertEqual(self.stored_files(), [])
        self.assertEqual(process.stdout.read(), b"")
        self.assertEqual(process.stderr.read(), b"coffer: interrupted\n")

    def test_an_interrupted_put_leaves_what_was_there_before(self):
        self.put("half", b"before")
        process = self.put_half()
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)
        self.assertEqual(self.coffer("cat", "half"), b"before")
        self.assertEqual(self.stored_files(), ["half"])

    def test_termination_and_hangup_do_the_same(self):
        for number in (signal.SIGTERM, signal.SIGHUP):
            process = self.put_half()
            process.send_signal(number)
            self.assertEqual(process.wait(DEADLINE), 128 + number)
            self.assertEqual(self.stored_files(), [])

    def test_an_interrupt_while_nothing_comes_is_heard_at_once(self):
        process = self.start_coffer("put", "-", "--key", "silent")
        wait_until(lambda: is_asleep(process), "the program waits for input")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)

    def test_json_ends_with_the_interrupt(self):
        arguments = {"put": ("put", "-", "--key", "silent"), "exec": ("exec", "-i", "in=-", "-o", "out=x", "--", "cat")}
        for verb, words in arguments.items():
            process = self.start_coffer("--json", *words)
            process.stdin.write(b"x")
            process.stdin.flush()
            if verb == "exec":
                process.stdout.readline()  # It has started.
            wait_until(lambda: is_asleep(process), "the program waits for input")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(DEADLINE), 130)
            lines = [json.loads(line) for line in process.stdout]
            self.assertEqual(lines[-1]["error"]["kind"], "cancelled", verb)
            if verb == "exec":
                self.assertEqual([line["event"] for line in lines[:-1]][-1], "cancelled")

    def test_json_that_nobody_reads_does_not_keep_the_interrupt_waiting(self):
        self.store.mkdir()
        for i in range(3000):
            (self.store / (f"{i:06}" + "x" * 200)).write_bytes(b"")
        process = self.start_coffer("ls", "--json")
        self.assertEqual(process.stdout.read(1), b"{")
        wait_until(lambda: is_asleep(process), "the pipe is full")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)

    def test_an_interrupt_while_nobody_reads_is_heard_at_once(self):
        self.put("big", CHUNK * 8)
        process = self.start_coffer("cat", "big")
        self.assertEqual(process.stdout.read(1), CHUNK[:1])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)

    def test_an_interrupt_while_nobody_reads_standard_error_is_heard_at_once(self):
        process = self.start_coffer("exec", "-o", "out=-", "--", "sh", "-c", "yes no | head -c 300000 >&2; sleep 1000")
        self.assertEqual(process.stderr.read(1), b"c")
        wait_until(lambda: is_asleep(process), "the pipe is full")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)

    def test_an_interrupt_while_a_listing_is_not_read_is_heard_at_once(self):
        self.store.mkdir()
        for i in range(3000):
            (self.store / (f"{i:06}" + "x" * 200)).write_bytes(b"")
        process = self.start_coffer("ls")
        self.assertEqual(process.stdout.read(6), b"000000")
        wait_until(lambda: is_asleep(process), "the pipe is full")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)
        self.assertEqual(process.stderr.read(), b"coffer: interrupted\n")

    def test_an_interrupt_while_a_named_pipe_has_no_other_end_is_heard_at_once(self):
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        self.put("there", b"x")
        for arguments in (("put", fifo, "--key", "x"), ("get", "there", fifo)):
            process = self.start_coffer(*arguments)
            wait_until(lambda: is_asleep(process), "the program waits for the other end")
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(DEADLINE), 130, arguments)
        self.assertEqual(self.stored_files(), ["there"])

    def test_a_hangup_under_nohup_is_not_heard(self):
        def as_nohup():
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
        process = self.start_coffer("put", "-", "--key", "x", preexec_fn=as_nohup)
        process.stdin.write(b"goes on")
        process.send_signal(signal.SIGHUP)
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        self.assertEqual(self.coffer("cat", "x"), b"goes on")

    def test_an_interrupt_sent_to_a_background_job_of_a_script_is_heard(self):
        def as_background():
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        process = self.start_coffer("put", "-", "--key", "x", preexec_fn=as_background)
        wait_until(lambda: is_asleep(process), "the program waits for input")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)

    def test_a_reader_that_leaves_ends_it_silently_by_sigpipe(self):
        self.put("big", CHUNK * 8)
        process = self.start_coffer("cat", "big")
        self.assertEqual(process.stdout.read(5), CHUNK[:5])
        process.stdout.close()
        self.assertEqual(process.wait(DEADLINE), -signal.SIGPIPE)
        self.assertEqual(process.stderr.read(), b"")

    def test_a_listings_reader_may_leave_too(self):
        names = [f"{i:06}" + "x" * 100 for i in range(3000)]
        self.store.mkdir()
        for name in names:
            (self.store / name).write_bytes(b"")
        script = f"set -o pipefail; {PROGRAM} ls | head -1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(["bash", "-c", script], env=self.environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=DEADLINE, check=False)
        self.assertEqual(done.stdout.decode().splitlines(), [names[0], "141"])
        self.assertEqual(done.stderr, b"")

    def test_descriptors_shared_with_the_shell_stay_blocking(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        os.write(writer, b"x")
        os.close(writer)
        subprocess.run([PROGRAM, "put", "-", "--key", "x"], stdin=reader, env=self.environment, check=True,
                       stdout=subprocess.DEVNULL, timeout=DEADLINE)
        self.assertEqual(fcntl.fcntl(reader, fcntl.F_GETFL) & os.O_NONBLOCK, 0)


class Memory(CofferTest):
    """The peak of a large object over the peak of a small one is what the budget allows, whatever the program itself
    takes (under sanitizers a lot)."""

    LARGE = 100 << 20

    def peak(self, *arguments, stdin=subprocess.DEVNULL):
        """What the program says of itself: the system's figure would count the parent's memory before exec."""
        done = subprocess.run([PROGRAM, "--json", *map(str, arguments)], stdin=stdin, stdout=subprocess.PIPE,
                              env=self.environment, timeout=DEADLINE, check=True)
        told = json.loads(done.stdout.splitlines()[-1])
        return told.get("summary", told)["peak_memory"]

    def peak_of_cat(self, *arguments):
        process = self.start_coffer(*arguments)
        # More than a pipe holds is left when the process is asked: it is still there.
        left = self.LARGE - (2 << 20)
        while left:
            left -= len(process.stdout.read(min(left, 1 << 20)))
        with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
            peak = int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) << 10
        self.assertEqual(len(process.stdout.read()), 2 << 20)
        self.assertEqual(process.wait(DEADLINE), 0)
        return peak

    def setUp(self):
        super().setUp()
        self.large = self.folder / "large"
        with open(self.large, "wb") as file:
            for _ in range(self.LARGE >> 20):
                file.write(CHUNK)
        self.small = self.file("small", b"x")

    def test_put_get_cat_and_verify_stay_in_a_budget_of_1_MiB(self):
        budget = ("--budget", "1MiB")
        # Slabs of 4 MiB are the unit in which memory is taken, one for buffers within the budget and one for those beyond.
        allowed = 12 << 20
        small = self.peak(*budget, "put", self.small, "--key", "small")
        large = self.peak(*budget, "put", self.large, "--key", "large")
        self.assertLess(large - small, allowed)
        with open(self.large, "rb") as stream:
            self.assertLess(self.peak(*budget, "put", "-", "--key", "stream", stdin=stream) - small, allowed)
        self.assertLess(self.peak(*budget, "get", "large", self.folder / "copy") - small, allowed)
        self.assertLess(self.peak_of_cat(*budget, "cat", "large") - small, allowed)
        self.assertLess(self.peak(*budget, "verify") - small, allowed)
        with open(self.folder / "copy", "rb") as copy, open(self.large, "rb") as large_file:
            while part := copy.read(1 << 20):
                self.assertTrue(part == large_file.read(1 << 20))


class PlainUser(CofferTest):
    """Run through setpriv where the tests run as root: limits that root does not have."""

    def setUp(self):
        super().setUp()
        self.prefix = []
        if os.geteuid() == 0:
            os.chown(self.folder, 65534, 65534)
            os.chown(self.home, 65534, 65534)
            self.prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all"]

    def run_plain(self, *arguments, stdin=b"", limits=()):
        def set_limits():
            for what, value in limits:
                resource.setrlimit(what, (value, value))
        done = subprocess.run([*self.prefix, PROGRAM, *map(str, arguments)], input=stdin, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, env=self.environment, timeout=DEADLINE, check=False,
                              cwd=self.folder, preexec_fn=set_limits)
        return done

    def test_buffers_that_may_not_be_locked_are_used_unregistered(self):
        limits = ((resource.RLIMIT_MEMLOCK, 64 << 10),)
        content = random_bytes(9_000_001)
        done = self.run_plain("put", "-", "--key", "x", stdin=content, limits=limits)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.run_plain("cat", "x", limits=limits).stdout, content)
        checks = self.run_plain("doctor", limits=limits).stdout.decode()
        self.assertRegex(checks, r"(?m)^locked memory +limited +64 KiB may be locked.*\n +cure: .*ulimit -l")

    def test_a_store_that_may_not_be_written_is_told(self):
        closed = self.folder / "closed"
        closed.mkdir(mode=0o555)
        done = self.run_plain("--store", closed, "put", "-", "--key", "x", stdin=b"x")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.decode(), r"^coffer: .*closed.*[Pp]ermission denied")
        self.assertRegex(self.run_plain("--store", closed, "doctor").stdout.decode(), r"(?m)^folder +unusable ")

    def test_an_object_that_may_not_be_read_is_bad_in_verify(self):
        self.run_plain("put", "-", "--key", "x", stdin=b"x")
        os.chmod(self.store / "x", 0)
        done = self.run_plain("verify")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout.decode(), r"(?m)^bad .*/x .*[Pp]ermission")
        done = self.run_plain("cat", "x")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.decode(), r"[Pp]ermission denied")

    def test_a_folder_that_may_not_be_read_keeps_nobody_from_the_others(self):
        for key in ("a/1", "closed/2", "closed/in/3", "z"):
            self.run_plain("put", "-", "--key", key, stdin=b"x")
        (self.store / "closed").chmod(0)
        # An ext4's own, which holds no objects: not worth a word.
        (self.store / "lost+found").mkdir(mode=0o700)
        (self.store / "lost+found").chmod(0)
        listed = self.run_plain("ls", "-r")
        self.assertEqual((listed.returncode, listed.stdout), (1, b"a/1\nz\n"))
        self.assertRegex(listed.stderr.decode(), r"^coffer: .*/closed/: this user may not read this folder; .*\n$")
        self.assertEqual(self.run_plain("ls").stdout, b"a/\nclosed/\nz\n")
        self.assertEqual(self.run_plain("ls", "-r", "closed/").returncode, 1)
        self.assertEqual(self.run_plain("ls", "-r", "a").stdout, b"a/1\n")
        verified = self.run_plain("verify")
        self.assertEqual(verified.returncode, 1)
        self.assertRegex(verified.stdout.decode(), r"(?s)^bad +file://\S*/closed/  this user may not read this folder.*\n2 ok, 1 bad,")
        (self.store / "closed").chmod(0o700)
        self.assertEqual(self.run_plain("ls", "-r").stdout, b"a/1\nclosed/2\nclosed/in/3\nz\n")
        self.assertEqual(self.run_plain("verify").returncode, 0)

    def test_too_few_descriptors_are_told(self):
        done = self.run_plain("put", "-", "--key", "x", stdin=b"x", limits=((resource.RLIMIT_NOFILE, 8),))
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stderr.decode(), r"(?m)^coffer: .*([Tt]oo many open files|descriptors)")
        self.assertFalse((self.store / "x").exists())


class WithoutIoUring(CofferTest):
    def test_everything_works_and_one_line_says_so_with_the_cure(self):
        self.environment.pop("COFFER_IO_BACKEND", None)
        helper = os.environ["COFFER_WITHOUT_URING"]
        content = random_bytes(3_000_000)
        def run(*arguments, stdin=b""):
            return subprocess.run([helper, PROGRAM, *arguments], input=stdin, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, env=self.environment, timeout=DEADLINE, check=False)
        done = run("put", "-", "--key", "x", stdin=content)
        self.assertEqual(done.returncode, 0, done.stderr)
        notes = [line for line in done.stderr.decode().splitlines() if "io_uring" in line]
        self.assertEqual(len(notes), 1, done.stderr)
        self.assertRegex(notes[0], r"^coffer: .*io_uring.*threads.*not permitted.*seccomp|^coffer: .*[Oo]peration not permitted")
        self.assertEqual(run("-q", "put", "-", "--key", "y", stdin=content).stderr, b"")
        self.assertEqual(run("cat", "x").stdout, content)
        self.assertRegex(run("doctor").stdout.decode(), r"(?m)^io_uring +limited +.*\n +cure: ")
        forced = run("--io-backend", "uring", "ls")
        self.assertEqual(forced.returncode, 1)
        self.assertIn(b"io_uring", forced.stderr)


class Backends(CofferTest):
    def test_each_can_be_forced_by_option_and_by_variable(self):
        for backend in ("uring", "threads"):
            self.coffer("--io-backend", backend, "put", "-", "--key", backend, stdin=CHUNK)
            self.assertEqual(self.coffer("cat", backend, COFFER_IO_BACKEND=backend), CHUNK)

    def test_forced_threads_are_no_reason_for_a_note(self):
        self.store.mkdir()
        done = self.run_coffer("--io-backend", "threads", "ls")
        self.assertEqual((done.returncode, done.stderr), (0, b""))


if __name__ == "__main__":
    main()
