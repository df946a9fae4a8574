"""What check_coroutines finds, and what it lets pass."""
import importlib.util
import pathlib
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_coroutines.py"
spec = importlib.util.spec_from_file_location("check_coroutines", SCRIPT)
check_coroutines = importlib.util.module_from_spec(spec)
spec.loader.exec_module(check_coroutines)

FAULTS = [
    "co_await run([text] { use(text); });",
    "auto r = co_await run(1, [text, &x]() mutable { use(text); });",
    "co_await run(\n    [this] {\n      use();\n    });",
    "co_await store({.name = text});",
    'co_await store(key, {"a", "b"});',
    "if (co_await f([=](int) { return x; })) {}",
]
FINE = [
    "co_await run([] { return 1; });",
    "co_await run(values[i], map[key]);",
    "auto call = [text] { use(text); };\nco_await run(std::move(call));",
    "co_await f();  // ([text] { })",
    'co_await f("([x] {");',
    "while (co_await next()) { each([x] { use(x); }); }",
    "auto [a, b] = co_await both();",
    "co_await store(key, {});",
]


class CheckCoroutines(unittest.TestCase):
    def test_finds_what_is_destroyed_twice(self):
        for text in FAULTS:
            with self.subTest(text):
                self.assertEqual(len(list(check_coroutines.problems(text))), 1)

    def test_lets_the_rest_pass(self):
        for text in FINE:
            with self.subTest(text):
                self.assertEqual(list(check_coroutines.problems(text)), [])

    def test_names_the_line(self):
        self.assertEqual([line for line, _ in check_coroutines.problems("\n\nco_await f([x] {});")], [3])


if __name__ == "__main__":
    unittest.main()
