"""Plants one fault at a time in a small tree, and expects check_layers to find it and nothing else."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check_layers.py"

# A tree in which everything is as it should be.
GOOD = {
    "include/coffer/coffer.hpp": "#include <coffer/storage/storage.hpp>\n",
    "include/coffer/base/uri.hpp": "#include <string>\n",
    "include/coffer/storage/storage.hpp": "#include <coffer/base/uri.hpp>\n#include <boost/asio/awaitable.hpp>\n",
    "include/coffer/providers/local.hpp": "#include <coffer/storage/storage.hpp>\n",
    "include/coffer/providers/memory.hpp": "#include <coffer/storage/storage.hpp>\n",
    "src/base/percent.hpp": "",
    "src/base/uri.cpp": '#include <coffer/base/uri.hpp>\n#include "base/percent.hpp"\n',
    "src/http_server/session.cpp": "#include <boost/beast/http/parser.hpp>\n",
    "src/providers/key_path.hpp": '#include "io_backends/io_backend.hpp"\n',
    "src/providers/local/local_provider.cpp": '#include <coffer/providers/local.hpp>\n#include "providers/key_path.hpp"\n',
    "src/providers/memory/memory_provider.cpp": "#include <coffer/providers/memory.hpp>\n",
    "io_backends/io_backend.hpp": "#include <coffer/base/uri.hpp>\n",
    "io_backends/make_io_backend.cpp": '#include "io_backends/threads/backend.hpp"\n#include "io_backends/uring/ring.hpp"\n',
    "io_backends/threads/backend.hpp": '#include "io_backends/io_backend.hpp"\n',
    "io_backends/uring/ring.hpp": "#include <liburing.h>\n",
    "cli/args.hpp": "#include <CLI/CLI.hpp>\n",
    "cli/main.cpp": '#include <coffer/coffer.hpp>\n#include "args.hpp"\n#include "cli/args.hpp"\n',
    "examples/hello/main.cpp": "#include <coffer/coffer.hpp>\n",
    "tests/base/uri_test.cpp": '#include "base/percent.hpp"\n#include <liburing.h>\n#include <boost/beast/http.hpp>\n',
}


class CheckLayers(unittest.TestCase):
    def run_on(self, changes):
        with tempfile.TemporaryDirectory() as folder:
            for name, text in {**GOOD, **changes}.items():
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            done = subprocess.run([sys.executable, SCRIPT, folder], capture_output=True, text=True, check=False)
        self.assertEqual(done.stderr, "")
        return done.returncode, done.stdout.splitlines()

    def expect_fault(self, path, include, text):
        code, lines = self.run_on({path: f"// first line\n  #  include {include}\n"})
        self.assertEqual(code, 1)
        self.assertEqual(len(lines), 1, lines)
        self.assertTrue(lines[0].startswith(f"{path}:2: "), lines[0])
        self.assertIn(text, lines[0])

    def test_a_tree_without_faults_passes_silently(self):
        self.assertEqual(self.run_on({}), (0, []))

    def test_a_layer_below_may_not_include_one_above(self):
        self.expect_fault("src/base/x.cpp", "<coffer/storage/storage.hpp>", "base may not include storage")
        self.expect_fault("src/storage/x.cpp", '"io_backends/io_backend.hpp"', "storage may not include io_backends")
        self.expect_fault("io_backends/x.cpp", "<coffer/storage/storage.hpp>", "io_backends may not include storage")
        self.expect_fault("src/pipe/x.hpp", "<coffer/providers/local.hpp>", "pipe may not include providers")

    def test_a_public_header_below_may_not_include_one_above(self):
        self.expect_fault("include/coffer/base/x.hpp", "<coffer/storage/storage.hpp>", "base may not include storage")

    def test_the_header_of_everything_belongs_to_the_highest_layer(self):
        self.expect_fault("src/pipe/x.cpp", "<coffer/coffer.hpp>", "pipe may not include app")

    def test_folders_in_a_sealed_layer_do_not_see_each_other(self):
        self.expect_fault("io_backends/threads/x.cpp", '"io_backends/uring/ring.hpp"',
                          "io_backends/threads may not include io_backends/uring")
        self.expect_fault("src/providers/memory/x.cpp", '"providers/local/local_store.hpp"',
                          "providers/memory may not include providers/local")

    def test_the_public_header_of_a_provider_is_inside_its_seal(self):
        self.expect_fault("src/providers/memory/x.cpp", "<coffer/providers/local.hpp>",
                          "providers/memory may not include providers/local")
        self.expect_fault("include/coffer/providers/memory.hpp", "<coffer/providers/local.hpp>",
                          "providers/memory may not include providers/local")

    def test_beast_stays_in_the_http_layers(self):
        self.expect_fault("src/pipe/x.cpp", "<boost/beast/http.hpp>", "http_server alone")
        self.expect_fault("cli/x.cpp", "<boost/beast.hpp>", "http_server alone")

    def test_liburing_stays_in_its_backend(self):
        self.expect_fault("io_backends/x.cpp", "<liburing.h>", "io_backends/uring alone")
        self.expect_fault("src/async/x.cpp", "<liburing.h>", "io_backends/uring alone")
        self.expect_fault("src/async/x.cpp", "<liburing/io_uring.h>", "io_backends/uring alone")

    def test_all_of_asio_is_refused_even_in_tests(self):
        self.expect_fault("src/async/x.cpp", "<boost/asio.hpp>", "narrow headers")
        self.expect_fault("tests/async/x.cpp", "<boost/asio.hpp>", "narrow headers")

    def test_the_program_and_the_examples_see_public_headers_alone(self):
        self.expect_fault("cli/x.cpp", '"base/percent.hpp"', "public headers and its own files alone")
        self.expect_fault("cli/x.cpp", "<base/percent.hpp>", "public headers and its own files alone")
        self.expect_fault("examples/hello/x.cpp", '"io_backends/io_backend.hpp"', "public headers and its own files alone")

    def test_a_public_header_includes_no_private_one(self):
        self.expect_fault("include/coffer/base/x.hpp", '"base/percent.hpp"', "public headers alone")
        self.expect_fault("include/coffer/base/x.hpp", "<base/percent.hpp>", "public headers alone")

    def test_a_public_header_is_included_in_brackets(self):
        self.expect_fault("src/base/x.cpp", '"coffer/base/uri.hpp"', "in <>")

    def test_no_way_leads_around_through_dots(self):
        self.expect_fault("src/base/x.cpp", '"../storage/x.hpp"', "not by ..")

    def test_a_folder_that_is_no_layer_is_a_fault(self):
        code, lines = self.run_on({"src/utils/x.cpp": "", "include/coffer/detail/x.hpp": ""})
        self.assertEqual(code, 1)
        self.assertEqual(lines, ["include/coffer/detail/x.hpp: detail is no layer", "src/utils/x.cpp: utils is no layer"])


if __name__ == "__main__":
    unittest.main()
