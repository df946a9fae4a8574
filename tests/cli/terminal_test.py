"""What is shown on a terminal, and the plain lines elsewhere."""

import errno
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios

from coffer_program import DEADLINE, CofferTest, is_asleep, main, random_bytes, wait_until
from pipeline_case import COUNT, SHOUT, PipelineTest

CHUNK = random_bytes(1 << 20)


class PseudoTerminal:
    """For a CofferTest: standard error is a terminal; what it shows is collected."""

    def setUp(self):
        super().setUp()
        self.master, self.slave = pty.openpty()
        self.addCleanup(os.close, self.master)
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.shown = b""

    def start(self, *arguments, **options):
        process = self.start_coffer(*arguments, stderr=self.slave, **options)
        return process

    def close_slave(self):
        if self.slave is not None:
            os.close(self.slave)
        self.slave = None

    def collect(self):
        """Takes what the terminal shows now."""
        while select.select([self.master], [], [], 0.02)[0]:
            try:
                part = os.read(self.master, 65536)
            except OSError as error:
                if error.errno == errno.EIO:
                    return  # The last writer is gone.
                raise
            if not part:
                return
            self.shown += part

    def collect_until(self, pattern):
        def seen():
            self.collect()
            return re.search(pattern, self.shown)
        wait_until(seen, pattern)


class Terminal(PseudoTerminal, CofferTest):
    def test_progress_is_one_line_redrawn_with_rate_and_memory(self):
        process = self.start("put", "-", "--key", "x")
        process.stdin.write(CHUNK)
        process.stdin.flush()
        self.collect_until(rb"put standard input  1 MiB  .*/s  memory \S+ MiB")
        process.stdin.write(CHUNK)
        process.stdin.flush()
        self.collect_until(rb"put standard input  2 MiB")
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        self.collect()
        *drawn, last = self.shown.split(b"\r\x1b[K")
        self.assertNotIn(b"\n", b"".join(drawn))
        self.assertRegex(last, rb"^coffer: stored 2 MiB in .*/s, memory at most .*iB\r\n$")

    def test_a_line_is_never_as_wide_as_the_terminal(self):
        name = "n" * 200
        self.file(name, b"")
        os.remove(self.folder / name)
        os.mkfifo(self.folder / name)
        process = self.start("put", name, "--key", "x")
        with open(self.folder / name, "wb") as writer:
            writer.write(CHUNK)
            writer.flush()
            self.collect_until(rb"put n+.*memory")
        self.assertEqual(process.wait(DEADLINE), 0)
        for line in self.shown.split(b"\r\x1b[K")[1:-1]:
            self.assertLess(len(line.decode()), 80)

    def test_wide_characters_do_not_make_the_line_wider(self):
        name = "漢" * 40 + ".mp4"
        os.mkfifo(self.folder / name)
        process = self.start("put", name, "--key", "x")
        with open(self.folder / name, "wb") as writer:
            writer.write(CHUNK)
            writer.flush()
            self.collect_until("put (?:漢)+….*memory".encode())
        self.assertEqual(process.wait(DEADLINE), 0)
        for line in self.shown.split(b"\r\x1b[K")[1:-1]:
            self.assertLess(sum(2 if char == "漢" else 1 for char in line.decode()), 80)

    def test_an_interrupt_clears_the_line(self):
        process = self.start("put", "-", "--key", "x")
        process.stdin.write(CHUNK)
        process.stdin.flush()
        self.collect_until(rb"memory")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE), 130)
        self.collect()
        self.assertTrue(self.shown.endswith(b"\r\x1b[Kcoffer: interrupted\r\n"), self.shown)

    def test_quiet_shows_nothing(self):
        process = self.start("-q", "put", "-", "--key", "x")
        process.stdin.write(CHUNK)
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        self.collect()
        self.assertEqual(self.shown, b"")

    def test_a_dumb_terminal_gets_plain_lines(self):
        self.environment["TERM"] = "dumb"
        process = self.start("put", "-", "--key", "x")
        process.stdin.write(CHUNK)
        process.stdin.close()
        self.assertEqual(process.wait(DEADLINE), 0)
        self.collect()
        self.assertNotIn(b"\x1b", self.shown)
        self.assertRegex(self.shown, rb"^coffer: stored 1 MiB in ")

    def test_ctrl_c_of_the_terminal_interrupts(self):
        def own_session():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        fifo = self.folder / "fifo"
        os.mkfifo(fifo)
        process = self.start("put", fifo, "--key", "x", stdin=self.slave, preexec_fn=own_session)
        wait_until(lambda: is_asleep(process), "the program waits for the pipe's writer")
        os.write(self.master, b"\x03")
        self.assertEqual(process.wait(DEADLINE), 130)


class RunOnATerminal(PseudoTerminal, PipelineTest):
    def test_each_pipe_has_a_line_that_is_redrawn_and_says_what_it_waits_for(self):
        process = self.start("run", self.pipeline(SHOUT, COUNT), "-i", "text=-")
        for _ in range(3):
            process.stdin.write(random_bytes(300_000))
            process.stdin.flush()
        self.collect_until(rb"text +\S+ m?s  \S+ KiB in[^\n]*  waits for its source\r\n"
                           rb"shout +\S+ m?s  \S+ KiB in[^\n]*  waits for text\r\n"
                           rb"count +waits for loud\r\nmemory ")
        self.collect_until(rb"\x1b\[3A\r\x1b\[Jtext ")
        process.stdin.close()
        self.collect_until(rb"when each worked")  # Who does not read a terminal stops who writes to it.
        self.assertEqual(process.wait(DEADLINE), 0)
        self.collect()
        self.assertNotIn(b"memory", self.shown.rpartition(b"\x1b[J")[2].partition(b"when each worked")[0])

    def test_a_command_that_would_ask_at_the_terminal_fails_and_does_not_hang(self):
        def own_session():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        process = self.start("exec", "-o", "out=-", "--", "sh", "-c", "read answer </dev/tty", stdin=self.slave,
                             preexec_fn=own_session)
        self.assertEqual(process.wait(DEADLINE), 1)
        self.collect()
        self.assertIn(b"/dev/tty", self.shown)


class PlainLines(CofferTest):
    def test_without_a_terminal_a_last_line_tells_rate_and_memory(self):
        done = self.run_coffer("put", "-", "--key", "x", stdin=CHUNK)
        self.assertRegex(done.stderr.decode(), r"^coffer: stored 1 MiB in \S+ m?s, .*/s, memory at most \S+ MiB\n$")
        done = self.run_coffer("get", "x", "copy")
        self.assertRegex(done.stderr.decode(), r"^coffer: wrote \S+/copy, 1 MiB in ")

    def test_quiet_is_quiet(self):
        self.assertEqual(self.run_coffer("-q", "put", "-", "--key", "x", stdin=CHUNK).stderr, b"")
        self.assertEqual(self.run_coffer("get", "-q", "x", "copy").stderr, b"")
        self.assertNotEqual(self.run_coffer("get", "-q", "absent").stderr, b"")


if __name__ == "__main__":
    main()
