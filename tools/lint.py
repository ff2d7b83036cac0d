#!/usr/bin/env python3
"""The project's own rules, as a test. usage: tools/lint.py [--root DIR]; prints file:line: rule: what, exits 1 if any."""

import argparse
import pathlib
import re
import sys

# Which layers a layer may include (ARCHITECTURE.md: one folder, one library, one direction).
ARROWS = {
    "base": set(),
    "domain": {"base"},
    "storage": {"domain", "base"},
    "services": {"storage", "domain", "base"},
    "http": {"base"},
    "messaging": {"http", "services", "storage", "domain", "base"},
    "api": {"http", "messaging", "services", "domain", "base"},
    "app": {"api", "messaging", "http", "services", "storage", "domain", "base"},
}
# api/ runs units of work and names their types; every other storage header is behind services/.
API_MAY_INCLUDE = {"storage/database.hpp"}

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70
LINE_MAX = 110

SQL = re.compile(r'"\s*(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+TABLE|PRAGMA)\b')
INCLUDE = re.compile(r'^\s*#\s*include\s*"([a-z_]+)/([^"]+)"')
# A function's head; its body ends at the closing brace of the same indentation.
FUNCTION_HEAD = re.compile(
    r"^(\s*)(?!(?:namespace|class|struct|enum|union|extern|if|for|while|switch|else|do|try)\b)"
    r"[A-Za-z_~][^;=]*\)[^;=]*\{\s*$"
)
MARKS = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
ASIO = re.compile(r"#\s*include\s*<boost/(asio|beast)")
COROUTINE = re.compile(r"\bco_(await|return|yield)\b")
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|sleep)\s*\(")
ROUTE = re.compile(r'"(/(?:api/v1|hooks)/[^"\s?]*)"')


def without_strings_and_comments(line):
    line = re.sub(r'"(\\.|[^"\\])*"', '""', line)
    return re.sub(r"//.*", "", line)


class Linter:
    def __init__(self, root):
        self.root = root
        self.problems = []

    def report(self, path, line, rule, what):
        self.problems.append(f"{path.relative_to(self.root)}:{line}: {rule}: {what}")

    def sources(self):
        for folder in ("src", "tests", "bench"):
            for path in sorted((self.root / folder).rglob("*")):
                if path.suffix in (".cpp", ".hpp"):
                    yield path

    def run(self):
        for path in self.sources():
            lines = path.read_text(encoding="utf-8").splitlines()
            parts = path.relative_to(self.root).parts
            layer = parts[1] if parts[0] == "src" and len(parts) > 2 else None
            self.check_shape(path, lines)
            self.check_functions(path, lines)
            if path.name.endswith("_test.cpp") or parts[0] != "src":
                self.check_test(path, lines)
            elif layer:
                self.check_arrows(path, lines, layer)
                self.check_places(path, lines, layer)
        self.check_routes()
        return self.problems

    def check_shape(self, path, lines):
        if len(lines) > FILE_LINES_MAX:
            self.report(path, len(lines), "file-size", f"{len(lines)} lines, at most {FILE_LINES_MAX}")
        in_raw_string = False
        for number, line in enumerate(lines, 1):
            begins = 'R"(' in line or 'R"json(' in line
            if len(line) > LINE_MAX and not in_raw_string and not begins:
                self.report(path, number, "line-size", f"{len(line)} columns, at most {LINE_MAX}")
            if begins or in_raw_string:
                in_raw_string = line.rfind(')"') < line.rfind('R"') if begins else ')"' not in line
            if MARKS.search(line):
                self.report(path, number, "unfinished", "finish it, or leave it out")
            if COROUTINE.search(without_strings_and_comments(line)):
                self.report(path, number, "coroutine", "g++ 12.2 miscompiles co_await expressions (docs/adr/0002)")

    def check_functions(self, path, lines):
        start, indent = None, ""
        for number, line in enumerate(lines, 1):
            if start is None:
                head = FUNCTION_HEAD.match(line)
                if head and len(head.group(1)) <= 2:
                    start, indent = number, head.group(1)
            elif line.startswith(indent + "}"):
                length = number - start + 1
                if length > FUNCTION_LINES_MAX:
                    self.report(path, start, "function-size", f"{length} lines, at most {FUNCTION_LINES_MAX}")
                start = None

    def check_arrows(self, path, lines, layer):
        for number, line in enumerate(lines, 1):
            match = INCLUDE.match(line)
            if not match or match.group(1) == layer or match.group(1) not in ARROWS:
                continue
            target = "/".join(match.groups())
            if match.group(1) not in ARROWS[layer] and not (layer == "api" and target in API_MAY_INCLUDE):
                self.report(path, number, "arrow", f"{layer}/ may not include {target}")

    def check_places(self, path, lines, layer):
        for number, line in enumerate(lines, 1):
            code = without_strings_and_comments(line)
            if layer != "app" and re.search(r"\b(secure_)?getenv\s*\(", code):
                self.report(path, number, "getenv", "only app/ reads the environment")
            if layer != "storage" and SQL.search(line):
                self.report(path, number, "sql", "only storage/ holds SQL")
            if layer != "http" and ASIO.search(line):
                self.report(path, number, "asio", "Asio and Beast stay inside http/")
            if layer == "domain" and re.search(r"boost/json|base/json\.hpp|base/clock\.hpp", line):
                self.report(path, number, "pure", "domain/ knows no JSON and no clock")

    def check_test(self, path, lines):
        for number, line in enumerate(lines, 1):
            if SLEEP.search(without_strings_and_comments(line)) and "poll interval" not in line:
                self.report(path, number, "sleep", "wait for a condition with a deadline")

    def check_routes(self):
        """Each fixed part of a route's path must occur in a test of the API."""
        places = [self.root / "tests", self.root / "src" / "api"]
        texts = "\n".join(
            path.read_text(encoding="utf-8")
            for place in places
            for path in place.rglob("*.?pp")
            if place.name == "tests" or path.name.endswith("_test.cpp")
        )
        for path in sorted((self.root / "src" / "api").rglob("*.cpp")):
            if path.name.endswith("_test.cpp"):
                continue
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for route in ROUTE.findall(line):
                    fixed = [part for part in re.split(r"\{[^}]*\}", route) if part.strip("/")]
                    if not all(part.rstrip("/").removeprefix("/api/v1") in texts for part in fixed):
                        self.report(path, number, "untested-route", route)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--root", default=str(pathlib.Path(__file__).resolve().parent.parent))
    problems = Linter(pathlib.Path(parser.parse_args().root)).run()
    for problem in problems:
        print(problem)
    print(f"lint: {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
