"""What ./dev does with its arguments, in a small tree where nothing is built."""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

DEV = pathlib.Path(__file__).resolve().parents[2] / "dev"


class Dev(unittest.TestCase):
    def setUp(self):
        self.tree = pathlib.Path(tempfile.mkdtemp()).resolve()
        self.addCleanup(shutil.rmtree, self.tree)
        shutil.copy(DEV, self.tree / "dev")
        (self.tree / "CMakePresets.json").write_text("{}", encoding="utf-8")
        self.script("tools/install_packages.sh", "exit 0")
        self.script("bin/cmake", "exit 0")
        self.script("examples/video/run.sh", 'printf "%s\\n" "$@"')

    def script(self, name, text):
        path = self.tree / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/bash\n" + text + "\n", encoding="utf-8")
        path.chmod(0o755)

    def dev(self, *arguments, cwd):
        environment = {**os.environ, "PATH": f"{self.tree}/bin:{os.environ['PATH']}"}
        done = subprocess.run([self.tree / "dev", *arguments], cwd=cwd, env=environment, capture_output=True, text=True,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.splitlines()

    def test_run_finds_a_file_from_where_it_was_called(self):
        elsewhere = self.tree / "else where"
        elsewhere.mkdir()
        self.assertEqual(self.dev("run", "film.mp4", cwd=elsewhere), [f"{elsewhere}/film.mp4"])
        self.assertEqual(self.dev("run", "/film.mp4", cwd=elsewhere), ["/film.mp4"])
        self.assertEqual(self.dev("run", cwd=elsewhere), [""])


if __name__ == "__main__":
    unittest.main()
