#!/usr/bin/env python3
"""Each rule of lint.py must fire on a file that breaks it, and stay silent on one that does not."""

import pathlib
import tempfile
import unittest

from lint import Linter


class LintTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def rules(self, files):
        for name, text in files.items():
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return sorted({problem.split(": ")[1] for problem in Linter(self.root).run()})

    def test_clean(self):
        code = '#include "storage/database.hpp"\nint f() {\n  return 1;\n}\n'
        self.assertEqual(self.rules({"src/services/a.cpp": code}), [])

    def test_arrow(self):
        self.assertEqual(self.rules({"src/domain/a.hpp": '#include "storage/database.hpp"\n'}), ["arrow"])

    def test_arrow_from_api_to_a_store(self):
        self.assertEqual(self.rules({"src/api/a.hpp": '#include "storage/client_store.hpp"\n'}), ["arrow"])
        self.assertEqual(self.rules({"src/api/a.hpp": '#include "storage/database.hpp"\n'}), [])

    def test_sizes(self):
        self.assertEqual(self.rules({"src/base/a.hpp": "\n" * 401}), ["file-size"])
        self.assertEqual(self.rules({"src/base/a.hpp": "int f() {\n" + "  g();\n" * 70 + "}\n"}), ["function-size"])
        self.assertEqual(self.rules({"src/base/a.hpp": "// " + "x" * 110 + "\n"}), ["line-size"])

    def test_raw_strings_may_be_long(self):
        long_line = "x" * 120
        self.assertEqual(self.rules({"src/base/a.hpp": f'auto a = R"({{\n{long_line}\n}})";\n'}), [])
        self.assertEqual(self.rules({"src/base/a.hpp": f'auto a = R"({{\n}})";\n// {long_line}\n'}), ["line-size"])

    def test_environment(self):
        self.assertEqual(self.rules({"src/services/a.cpp": 'auto x = getenv("A");\n'}), ["getenv"])
        self.assertEqual(self.rules({"src/services/a.cpp": "", "src/app/a.cpp": 'auto x = getenv("A");\n'}), [])

    def test_sql(self):
        self.assertEqual(self.rules({"src/services/a.cpp": 'auto x = "SELECT id FROM clients";\n'}), ["sql"])

    def test_asio(self):
        self.assertEqual(self.rules({"src/services/a.cpp": "#include <boost/asio/io_context.hpp>\n"}), ["asio"])

    def test_pure_domain(self):
        self.assertEqual(self.rules({"src/domain/a.cpp": "#include <boost/json.hpp>\n"}), ["pure"])

    def test_coroutines(self):
        self.assertEqual(self.rules({"src/http/a.cpp": "auto x = co_await f();\n"}), ["coroutine"])
        self.assertEqual(self.rules({"src/http/a.cpp": "// no co_await here\n"}), [])

    def test_tests_do_not_sleep(self):
        self.assertEqual(self.rules({"src/http/a_test.cpp": "std::this_thread::sleep_for(1s);\n"}), ["sleep"])

    def test_unfinished(self):
        self.assertEqual(self.rules({"src/base/a.hpp": "// TO" + "DO later\n"}), ["unfinished"])

    def test_routes_need_a_scenario(self):
        route = {"src/api/a_api.cpp": 'route("GET", "/api/v1/clients/{id}/timeline");\n'}
        self.assertEqual(self.rules({**route, "tests/api/a_test.cpp": "\n"}), ["untested-route"])
        scenario = 'get("/api/v1/clients/" + id + "/timeline");\n'
        self.assertEqual(self.rules({**route, "tests/api/a_test.cpp": scenario}), [])


if __name__ == "__main__":
    unittest.main()
