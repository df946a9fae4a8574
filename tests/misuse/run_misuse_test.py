"""Gives run_misuse snippets that show nothing, and expects it to say so.

usage: run_misuse_test.py COMPILER
"""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parent / "run_misuse.py"
GOOD = """// error: invalid conversion|cannot initialize
int count() {
  int n = 0;
  n = "text";  // MISUSE
  return n;
}
"""


class RunMisuse(unittest.TestCase):
    compiler = "g++"

    def run_on(self, text):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "snippet.cpp")
            path.write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, SCRIPT, path, self.compiler, "-Wall", "-Werror"], capture_output=True,
                                  text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout

    def expect_bad(self, text, why):
        code, said = self.run_on(text)
        self.assertEqual(code, 1)
        self.assertIn(why, said)

    def test_a_snippet_that_is_refused_for_its_bad_line_alone_passes(self):
        text = GOOD.replace("invalid conversion|cannot initialize", "invalid conversion|incompatible")
        self.assertEqual(self.run_on(text), (0, ""))

    def test_one_that_compiles_fails(self):
        self.expect_bad(GOOD.replace('"text"', "1"), "should be refused")

    def test_one_that_is_refused_with_another_message_fails(self):
        self.expect_bad(GOOD.replace('n = "text"', "m = 1"), "not with the message")

    def test_one_that_is_refused_without_its_bad_line_fails(self):
        self.expect_bad(GOOD.replace("return n", "return m"), "even without its bad line")

    def test_a_message_quoted_from_the_snippet_is_not_the_compilers(self):
        self.expect_bad(GOOD.replace('n = "text"', 'm = "invalid conversion"'), "not with the message")

    def test_one_without_a_message_or_without_a_bad_line_fails(self):
        self.expect_bad(GOOD.replace("// error: ", "// "), "needs one line `// error: ...`")
        self.expect_bad(GOOD.replace("// MISUSE", ""), "needs one line that ends in `// MISUSE`")


if __name__ == "__main__":
    RunMisuse.compiler = sys.argv.pop(1)
    unittest.main()
