"""The README's blocks are what they say: its C++ is the example that is compiled and run, its session at the shell is run
and compared with numbers and paths masked, and the main job prints what it shows.

usage: readme_test.py PROGRAM VIDEO      PROGRAM is the built coffer, VIDEO the one with the C++ pipe of examples/video
"""
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROGRAM, VIDEO = (pathlib.Path(sys.argv.pop(1)).resolve() for _ in range(2))


def blocks(language):
    return re.findall(r"^```" + language + r"\n(.*?)^```$", README, re.S | re.M)


def masked(text):
    """Numbers, sizes, times, bars and absolute folders may differ."""
    text = re.sub(r"file:///\S*/store/", "file:///…/store/", text)
    text = re.sub(r"(?<=[\t ])/\S*/", "/…/", text)
    text = re.sub(r"│[ ░█]*│", "│bar│", text)
    text = re.sub(r"\d+ h \d+ min|\d+ min \d+ s|[\d.]+ (ms|s|min)\b", "TIME", text)
    text = re.sub(r"[\d.]+ ([KMG]i)?B\b", "SIZE", text).replace("read ahead SIZE; ", "")
    return re.sub(r" +", " ", re.sub(r"\d+(\.\d+)?", "N", text))


def session_steps():
    """The commands of the session, each with the output that it shows."""
    (block,) = blocks("console")
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


class Readme(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.environment = {**os.environ, "PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"}
        self.environment.pop("COFFER_STORE", None)

    def test_its_cpp_is_the_example_that_is_compiled_and_run(self):
        self.assertEqual(blocks("cpp"), [(ROOT / "examples/hello/main.cpp").read_text(encoding="utf-8")])

    def test_its_session_prints_what_it_shows(self):
        steps = session_steps()
        self.assertGreater(len(steps), 3)
        for command, shown in steps:
            command = command.replace("file:///…/", f"file://{self.folder}/")
            done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
            self.assertEqual(done.returncode, 0, command + "\n" + done.stderr)
            self.assertEqual(masked(done.stdout), masked("".join(line + "\n" for line in shown)), command)

    def test_the_main_job_prints_what_it_shows(self):
        shown = blocks("text")[0]
        environment = {**self.environment, "COFFER_PROGRAM": str(VIDEO), "COFFER_VIDEO_SECONDS": "5",
                       "COFFER_RUN_FOLDER": self.folder + "/run"}
        done = subprocess.run([ROOT / "examples/video/run.sh"], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        # Which pipe is first to end, and how many scenes there are, is the run's affair.
        kinds = lambda text: {line for line in masked(text).splitlines() if line and "Scene" not in line}
        self.assertEqual(kinds(shown) - kinds(done.stdout), set(), done.stdout)
        captions = pathlib.Path(self.folder, "run/overlapped/captions.txt").read_text(encoding="utf-8")
        self.assertIn("Scene 1 of the film", captions)
        self.assertIn("Scene 2 of the film", captions)
        report = json.loads(pathlib.Path(self.folder, "run/overlapped/report.json").read_text(encoding="utf-8"))
        self.assertEqual(report["frames"], len(list(pathlib.Path(self.folder, "run/overlapped/frames").iterdir())))
        self.assertTrue(any("Scene 2 of the film" in caption["text"] for caption in report["captions"]), report)

    def small_film(self):
        film = self.folder + "/film.mp4"
        subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=10", "-t", "3",
                        "-pix_fmt", "yuv420p", film], check=True, timeout=60)
        return film

    def cutter_that_waits(self):
        """In the place of ffmpeg: when it has cut the frames, it does not end before there is the file that is returned."""
        folder = pathlib.Path(self.folder, "bin")
        folder.mkdir()
        go = folder / "go"
        program = folder / "ffmpeg"
        program.write_text(f'''#!/bin/sh
{shutil.which("ffmpeg")} "$@" || exit
case "$*" in *fps=1*) until test -e {go}; do sleep 0.01; done ;; esac
''', encoding="utf-8")
        program.chmod(0o755)
        self.environment["PATH"] = f"{folder}:{self.environment['PATH']}"
        return go

    def pipes_of(self, run):
        shown = subprocess.run([PROGRAM, "--store", "store", "--json", "runs", "show", run], cwd=self.folder,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60, check=False)
        return json.loads(shown.stdout)["pipes"] if shown.returncode == 0 else {}

    def test_the_main_job_goes_on_after_a_kill_as_it_shows(self):
        shown = blocks("text")[1]
        film = self.small_film()
        go = self.cutter_that_waits()
        job = subprocess.Popen([PROGRAM, "run", ROOT / "examples/video/pipeline.json", "-i", "video=" + film,
                                "--run-id", "talk", "--store", "store", "-q"], cwd=self.folder, env=self.environment)
        self.addCleanup(job.wait)
        self.addCleanup(job.kill)
        deadline = time.monotonic() + 120
        is_there = lambda pipes: (pipes and pipes["extract-audio"]["finished"] and
                                  pipes["read-frames"].get("elements", 0) >= 2)
        while not is_there(self.pipes_of("talk")):
            self.assertLess(time.monotonic(), deadline, "it does not come")
            time.sleep(0.02)
        job.kill()
        job.wait()
        go.touch()
        resumed = subprocess.run([PROGRAM, "runs", "resume", "talk", "--store", "store"], cwd=self.folder,
                                 env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                 timeout=120, check=False)
        self.assertEqual(resumed.returncode, 0, resumed.stdout)
        lines = masked(shown[shown.index("coffer runs resume"):]).splitlines()[1:]
        self.assertGreater(len(lines), 10)
        self.assertEqual(set(lines) - set(masked(resumed.stdout).splitlines()), set(), resumed.stdout)

    def test_a_video_of_ones_own_may_have_no_sound(self):
        film = self.small_film()
        environment = {**self.environment, "COFFER_PROGRAM": str(VIDEO), "COFFER_RUN_FOLDER": self.folder + "/run"}
        done = subprocess.run([ROOT / "examples/video/run.sh", film], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("no sound", done.stdout)
        self.assertGreater(pathlib.Path(self.folder, "run/overlapped/audio.flac").stat().st_size, 0)


if __name__ == "__main__":
    unittest.main()
