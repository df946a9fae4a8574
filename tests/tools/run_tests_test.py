"""Gives run_tests a small CMake project of its own and looks at what it accepts."""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "run_tests.py"


class RunTests(unittest.TestCase):
    def run_on(self, tests, required=(), preset="dev"):
        """`tests` is CTestTestfile.cmake, `required` the list; returns the exit code and what was printed."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "tools").mkdir()
            (root / "tests").mkdir()
            build = root / "build" / preset
            build.mkdir(parents=True)
            shutil.copy(SCRIPT, root / "tools")
            (root / "tests" / "required_tests.txt").write_text("".join(f"{line}\n" for line in required), encoding="utf-8")
            (build / "CTestTestfile.cmake").write_text(tests, encoding="utf-8")
            environment = {name: value for name, value in os.environ.items() if not name.startswith("CTEST_")}
            done = subprocess.run([sys.executable, root / "tools" / "run_tests.py", build], env=environment,
                                  capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_tests_that_pass_are_enough(self):
        code, text = self.run_on('add_test(a "true")\n', ["a"])
        self.assertEqual(code, 0, text)
        self.assertIn("100% tests passed", text)

    def test_what_tests_counted_is_shown_though_they_pass(self):
        code, text = self.run_on('add_test(a "echo" "kills with x: open 51")\nadd_test(b "echo" "nothing")\n')
        self.assertEqual(code, 0, text)
        self.assertIn("run_tests: counted: kills with x: open 51", text)
        self.assertNotIn("counted: nothing", text)

    def test_a_test_that_fails_fails(self):
        code, text = self.run_on('add_test(a "true")\nadd_test(b "sh" "-c" "echo why; false")\n')
        self.assertEqual(code, 1)
        self.assertIn("why", text)

    def test_what_a_failed_test_printed_stands_at_the_end_again(self):
        passing = "".join(f'add_test(passes{i} "true")\n' for i in range(5))
        code, text = self.run_on('add_test(b "sh" "-c" "seq 100; echo why; false")\n' + passing)
        self.assertEqual(code, 1)
        again = text[text.index("The following tests FAILED"):]
        self.assertRegex(again, r"failed: .* b .*\*\*\*Failed")
        self.assertRegex(again, "(?m)^50\n(.*\n)+100\nwhy$")
        self.assertNotRegex(again, "(?m)^40$")
        self.assertNotIn("Passed", again)

    def test_a_skipped_test_is_a_failure(self):
        code, text = self.run_on('add_test(a "sh" "-c" "exit 77")\nset_tests_properties(a PROPERTIES SKIP_RETURN_CODE 77)\n')
        self.assertEqual(code, 1)
        self.assertIn("left out", text)

    def test_a_disabled_test_is_a_failure(self):
        code, text = self.run_on('add_test(a "true")\nadd_test(b "true")\nset_tests_properties(b PROPERTIES DISABLED TRUE)\n')
        self.assertEqual(code, 1)
        self.assertIn("left out", text)

    def test_a_test_that_was_not_built_is_a_failure(self):
        code, _ = self.run_on('add_test(a "true")\nadd_test(b "/nowhere/program")\n')
        self.assertEqual(code, 1)

    def test_no_tests_are_a_failure(self):
        self.assertEqual(self.run_on("")[0], 1)

    def test_a_required_name_that_is_gone_is_a_failure(self):
        code, text = self.run_on('add_test(a "true")\n', ["# why", "a", "b"])
        self.assertEqual(code, 1)
        self.assertIn("b is required", text)

    def test_a_required_name_may_hold_a_star(self):
        self.assertEqual(self.run_on('add_test(Uri.a_b "true")\n', ["Uri.*"])[0], 0)
        self.assertEqual(self.run_on('add_test(Uri.a_b "true")\n', ["Url.*"])[0], 1)

    def test_a_name_for_one_preset_is_required_there_alone(self):
        self.assertEqual(self.run_on('add_test(a "true")\n', ["[asan] b"], preset="dev")[0], 0)
        self.assertEqual(self.run_on('add_test(a "true")\n', ["[asan] b"], preset="asan")[0], 1)

    def test_where_whole_executables_are_tests_the_names_of_cases_are_not_required(self):
        self.assertEqual(self.run_on('add_test(a "true")\n', ["Uri.b"], preset="tsan")[0], 0)


if __name__ == "__main__":
    unittest.main()
