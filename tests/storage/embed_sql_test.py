"""Tests of tools/embed_sql.py: what it refuses, with file and line, and what it writes. usage: embed_sql_test.py PATH/embed_sql.py"""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "tools/embed_sql.py").resolve()


def embed(queries=None, migrations=None):
    """(exit code, error text, {file name: content})"""
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch)
        arguments = [sys.executable, str(TOOL), "--out", str(root / "out"), "--prefix", "p", "--namespace", "n"]
        for kind, files in (("queries", queries), ("migrations", migrations)):
            if files is None:
                continue
            (root / kind).mkdir()
            for name, text in files.items():
                (root / kind / name).write_text(text, encoding="utf-8")
            arguments += [f"--{kind}", str(root / kind)]
        ended = subprocess.run(arguments, capture_output=True, text=True, check=False)
        made = {path.relative_to(root / "out").as_posix(): path.read_text() for path in (root / "out").rglob("*.?pp")}
        return ended.returncode, ended.stderr.replace(str(root) + "/", ""), made


class Refuses(unittest.TestCase):
    def refused(self, text, message):
        code, error, _ = embed({"a.sql": text})
        self.assertEqual(code, 1)
        self.assertIn(message, error)

    def test_a_tenant_statement_without_its_tenant(self):
        self.refused("\n-- name: x\nSELECT 1 FROM t WHERE id = :id", "queries/a.sql:2: 'x' does not bind :tenant_id")

    def test_a_tenant_only_in_a_string_or_a_comment(self):
        self.refused("-- name: x\nSELECT ':tenant_id' FROM t", "does not bind :tenant_id")
        self.refused("-- name: x\nSELECT 1 /* :tenant_id */ FROM t -- :tenant_id", "does not bind :tenant_id")

    def test_a_tenant_only_in_a_filter(self):
        self.refused("-- name: x\n-- family:\n-- filter f: AND tenant_id = :tenant_id\nSELECT 1 FROM t WHERE 1 = 1 {{filters}}",
                     "does not bind :tenant_id")

    def test_a_tenant_on_one_engine_only(self):
        self.refused("-- name: x\nSELECT 1\n-- engine: sqlite\nWHERE t = :tenant_id", "does not bind :tenant_id")

    def test_a_name_twice(self):
        self.refused("-- name: x\n-- system\nSELECT 1\n-- name: x\n-- system\nSELECT 2", "a.sql:4: 'x' is already at")

    def test_names_that_cxx_cannot_have(self):
        self.refused("-- name: delete\n-- system\nSELECT 1", "a.sql:1: 'delete' is not a name")
        self.refused("-- name: Client-Get\n-- system\nSELECT 1", "is not a name")

    def test_text_without_a_name(self):
        self.refused("SELECT 1", "a.sql:1: SQL before the first")

    def test_numbered_parameters_and_several_statements(self):
        self.refused("-- name: x\n-- system\nSELECT ?", "'?' cannot stand in x")
        self.refused("-- name: x\n-- system\nSELECT $1", "'$1' cannot stand in x")
        self.refused("-- name: x\n-- system\nSELECT 1; SELECT 2", "';' cannot stand in x")

    def test_an_open_quote(self):
        self.refused("-- name: x\n-- system\nSELECT 'abc", "cannot stand in x")

    def test_an_unknown_engine_or_an_empty_text(self):
        self.refused("-- name: x\n-- engine: mysql\nSELECT 1", "a.sql:2: the engine must be")
        self.refused("-- name: x\n-- system\n-- engine: sqlite\nSELECT 1", "'x' has no text for postgres")

    def test_holes_that_nothing_fills(self):
        self.refused("-- name: x\n-- system\nSELECT {{key}}", "which is not a family")
        self.refused("-- name: x\n-- system\n-- family: s=a,b\n-- define key s=a: 1\nSELECT {{key}}",
                     "{{key}} has 0 definitions for {'s': 'b'}")
        self.refused("-- name: x\n-- system\n-- family: s=a,b\n-- define key s=c: 1\nSELECT {{key}}", "not a value of an axis")

    def test_migrations_with_a_gap_or_an_unknown_word(self):
        code, error, _ = embed(migrations={"0001_a.sql": "SELECT 1", "0003_b.sql": "SELECT 1"})
        self.assertEqual(code, 1)
        self.assertIn("the name must be 0002_words.sql", error)
        code, error, _ = embed(migrations={"0001_a.sql": "CREATE TABLE t (a @uuid NOT NULL)"})
        self.assertIn("unknown word @uuid", error)


class Writes(unittest.TestCase):
    def test_numbers_by_first_appearance_and_leaves_literals_alone(self):
        _, _, made = embed({"a.sql": "-- name: x\nSELECT b::text, ':c' FROM t WHERE i = :id AND t = :tenant_id AND j = :id;"})
        text = made["p/sql.cpp"]
        self.assertIn("SELECT b::text, ':c' FROM t WHERE i = \\?1 AND t = \\?2 AND j = \\?1\"", text)
        self.assertIn("SELECT b::text, ':c' FROM t WHERE i = $1 AND t = $2 AND j = $1\"", text)
        self.assertIn('kXParameters[] = {"id", "tenant_id"}', text)
        self.assertIn("extern const TenantStatement x;", made["p/sql/a.hpp"])

    def test_engine_sections(self):
        _, _, made = embed({"a.sql": "-- name: x\n-- system\nSELECT 1\n-- engine: postgres\nFOR UPDATE\n-- engine: all\n-- end"})
        self.assertEqual(made["p/sql.cpp"].count("FOR UPDATE"), 1)
        self.assertIn("extern const SystemStatement x;", made["p/sql/a.hpp"])

    def test_migrations_for_each_engine(self):
        _, _, made = embed(migrations={"0001_a.sql": "CREATE TABLE t (\n  k @id NOT NULL, v @text, n @int, b @bytes\n)@strict;"})
        text = made["p/sql_migrations.cpp"]
        self.assertIn("k BLOB CHECK (length(k) = 16) NOT NULL, v TEXT, n INTEGER, b BLOB", text)
        self.assertIn(") STRICT;", text)
        self.assertIn('k UUID NOT NULL, v TEXT COLLATE \\"C\\", n BIGINT, b BYTEA', text)


if __name__ == "__main__":
    unittest.main()
