#!/usr/bin/env python3
"""Turns queries/*.sql and migrations/*.sql into C++ constants.

usage: embed_sql.py --out DIR [--prefix storage] [--namespace renova::storage::sql] [--first-index 0]
                    [--queries DIR] [--migrations DIR]

Every queries/x.sql becomes the header DIR/<prefix>/sql/x.hpp; DIR/<prefix>/sql.hpp includes them all and DIR/<prefix>/sql.cpp
defines them, and the lists all_statements and all_families for tests. Migrations go to DIR/<prefix>/sql_migrations.cpp. Files that would not change are not written.

A query file is a list of blocks:

    -- Free comments stay out of the program.
    -- name: client_get
    SELECT id, name FROM clients WHERE tenant_id = :tenant_id AND id = :id;

    -- name: messages_expired
    -- system                        works across tenants: becomes a SystemStatement; without it :tenant_id is a must
    UPDATE messages SET state = 'unknown' WHERE id IN (SELECT id FROM messages WHERE lease_until < :now LIMIT :limit
    -- engine: postgres              lines from here on are for PostgreSQL only (or: sqlite) …
    FOR UPDATE SKIP LOCKED
    -- engine: all                   … and from here on for both again
    ) RETURNING id;

`:name` is a parameter. Strings, "quoted names", comments and `::type` casts are left alone.

A family is a query with a closed list of forms, for lists with sorts and optional filters that must each use their own index:

    -- name: clients_page
    -- family: sort=name,expires_on dir=asc,desc          the axes and their values
    -- define key sort=name: c.name_key                   {{key}} when sort is name
    -- define key sort=expires_on: s.expires_on
    -- define past dir=asc: >
    -- define past dir=desc: <
    -- filter after: AND ({{key}}, c.id) {{past}} (:after_key, :after_id)
    -- filter tag: AND EXISTS (SELECT 1 FROM client_tags t
    --     WHERE t.tenant_id = :tenant_id AND t.client_id = c.id AND t.tag = :tag)
    -- filter tag_join join: JOIN …                       goes to {{join}} instead of {{filters}}
    SELECT … FROM clients c JOIN subscriptions s ON … {{join}}
    WHERE c.tenant_id = :tenant_id {{filters}}
    ORDER BY {{key}} {{dir}}, c.id {{dir}} LIMIT :limit;

`{{axis}}` stands for the axis's value itself, `{{word}}` for the definition that fits, `{{slot}}` for the fragments of the filters that
were picked, in the order of the file. A line `--     …` (four blanks or more) continues the define or filter above it. In C++:

    using sql::ClientsPage;
    auto& statement = sql::clients_page.pick(ClientsPage::Sort::name, ClientsPage::Dir::asc, ClientsPage::tag | ClientsPage::after);
    from_text("expires_on", sort)                         the axes' values as text, for the API

Statements of a family ignore bound parameters that the picked form does not use. They are assembled at run time from these static
pieces only, once per form.

A migration file NNNN_name.sql is one text for both engines with the words @id @int @text @bytes @strict and `-- engine:` lines.
"""

import argparse
import hashlib
import itertools
import pathlib
import re
import sys

ENGINES = ("sqlite", "postgres")
NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
DIRECTIVE = re.compile(r"--\s*(name|engine|family)\s*:\s*(.*)\Z|--\s*(define|filter)\s+([^:]*):\s*(.*)\Z|--\s*(system)\s*\Z")
KEYWORDS = set("""alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl concept const continue
co_await co_return co_yield decltype default delete do double else enum explicit export extern false float for friend goto if
inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register requires
return short signed sizeof static struct switch template this throw true try typedef typeid typename union unsigned using virtual
void volatile wchar_t while xor xor_eq""".split())
MAX_FILTERS = 24


class SqlError(Exception):
    """A mistake in a SQL file, at a line."""


class Line:
    def __init__(self, path, number, engine, text):
        self.path, self.number, self.engine, self.text = path, number, engine, text

    def fail(self, message):
        raise SqlError(f"{self.path}:{self.number}: {message}")


class Block:
    """One named statement or family, as read."""

    def __init__(self, at, name):
        self.at, self.name = at, name
        self.system = False
        self.axes = None  # for a family: [(axis, [value, …]), …]
        self.defines = []  # (Line with the text, word, {axis: value})
        self.filters = []  # (Line with the text, filter, slot)
        self.body = []  # Lines

    def is_family(self):
        return self.axes is not None

    def filter_names(self):
        return list(dict.fromkeys(name for _, name, _ in self.filters))


def identifier(line, name):
    if not NAME.match(name) or name in KEYWORDS:
        line.fail(f"'{name}' is not a name (a-z, 0-9, _, and not a word of C++)")
    return name


def read_family(line, block, text):
    block.axes = []
    for axis in text.split():
        name, _, values = axis.partition("=")
        identifier(line, name)
        block.axes.append((name, [identifier(line, value) for value in values.split(",")]))


def read_define(line, block, head, text):
    word, *conditions = head.split()
    axes = dict(block.axes or [])
    wanted = {}
    for condition in conditions:
        axis, _, value = condition.partition("=")
        if value not in axes.get(axis, []):
            line.fail(f"'{condition}' is not a value of an axis of '{block.name}'")
        wanted[axis] = value
    line.text = text
    block.defines.append((line, identifier(line, word), wanted))


def read_filter(line, block, head, text):
    words = head.split()
    if not 1 <= len(words) <= 2:
        line.fail("expected: -- filter NAME [SLOT]: text")
    line.text = text
    slot = words[1] if len(words) == 2 else "filters"
    block.filters.append((line, identifier(line, words[0]), identifier(line, slot)))


def read_engine(line, text):
    if text not in ("sqlite", "postgres", "all"):
        line.fail("the engine must be sqlite, postgres or all")
    return text


def read_directive(match, line, block):
    """Applies one directive that belongs to `block`; returns the Line that may be continued, if any."""
    if block is None:
        line.fail("this line needs a '-- name:' before it")
    if match[6]:
        block.system = True
        return None
    if match[1] == "family":
        read_family(line, block, match[2].strip())
        return None
    if not block.is_family():
        line.fail("this line needs a '-- family:' before it")
    (read_define if match[3] == "define" else read_filter)(line, block, match[4], match[5])
    return line


def read_blocks(path):
    blocks, block, engine, open_line = [], None, "all", None
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = Line(path, number, engine, text)
        match = DIRECTIVE.match(text)
        if open_line is not None and re.match(r"--\s{4,}\S", text):
            open_line.text += " " + text[2:].strip()
            continue
        open_line = None
        if match and match[1] == "name":
            block, engine = Block(line, identifier(line, match[2].strip())), "all"
            blocks.append(block)
        elif match and match[1] == "engine":
            engine = read_engine(line, match[2].strip())
        elif match:
            open_line = read_directive(match, line, block)
        elif text.strip() and not text.lstrip().startswith("--"):
            if block is None:
                line.fail("SQL before the first '-- name:'")
            block.body.append(line)
    return blocks


TOKEN = re.compile(r"""
    (?P<string>'(?:[^']|'')*') | (?P<quoted>"(?:[^"]|"")*") | (?P<comment>--[^\n]*|/\*.*?\*/) | (?P<cast>::)
  | :(?P<parameter>[a-z_][a-z0-9_]*) | (?P<hole>\{\{\s*[a-z_][a-z0-9_]*\s*\}\}) | (?P<bad>[?;]|\$\d|'|")
""", re.VERBOSE | re.DOTALL)


COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)


def split_parameters(at, text, where):
    """[(text, parameter or None), …] without comments; the text comes before its parameter."""
    pieces, plain, position = [], "", 0
    for match in TOKEN.finditer(text):
        plain += text[position:match.start()]
        position = match.end()
        if match["parameter"]:
            pieces.append((plain, match["parameter"]))
            plain = ""
        elif match["bad"] == ";" and not COMMENT.sub("", text[position:]).strip():
            position = len(text)
            break
        elif match["bad"]:
            at.fail(f"'{match['bad']}' cannot stand in {where} (one statement, parameters as :name, closed quotes)")
        elif match["hole"]:
            at.fail(f"{match['hole']} in {where}, which is not a family")
        elif not match["comment"]:
            plain += match[0]
    plain += text[position:]
    pieces.append((plain, None))
    return pieces


def body_text(block, engine):
    lines = [line.text for line in block.body if line.engine in ("all", engine)]
    return "\n".join(lines).strip()


HOLE = re.compile(r"\{\{\s*([a-z_][a-z0-9_]*)\s*\}\}")


def fill(block, engine, chosen, text, slots, depth=0):
    """`text` with axes and definitions filled in; the holes of slots stay."""
    if depth > 4:
        block.at.fail("the definitions of this family refer to each other")

    def replace(match):
        word = match[1]
        if word in slots:
            return match[0]
        if word in chosen:
            return chosen[word]
        fits = [line for line, name, wanted in block.defines
                if name == word and line.engine in ("all", engine) and wanted.items() <= chosen.items()]
        if len(fits) != 1:
            block.at.fail(f"{{{{{word}}}}} has {len(fits)} definitions for {chosen or 'this family'} on {engine}")
        return fill(block, engine, chosen, fits[0].text, slots, depth + 1)

    return HOLE.sub(replace, text)


def family_pieces(block, engine, chosen):
    """[(filter number or -1, text, parameter or None), …] of one form of a family."""
    slots = {slot for _, _, slot in block.filters} | {"filters"}
    names = block.filter_names()
    pieces = []
    text = fill(block, engine, chosen, body_text(block, engine), slots)
    for position, part in enumerate(HOLE.split(text)):
        if position % 2 == 0:
            pieces += [(-1, *piece) for piece in split_parameters(block.at, part, block.name)]
            continue
        for line, name, slot in block.filters:
            if slot == part and line.engine in ("all", engine):
                fragment = "\n" + fill(block, engine, chosen, line.text, set()) + "\n"
                pieces += [(names.index(name), *piece) for piece in split_parameters(line, fragment, name)]
    return [piece for piece in pieces if piece[1] or piece[2]]


def check_tenant(block, pieces):
    if not block.system and not any(number < 0 and parameter == "tenant_id" for number, _, parameter in pieces):
        block.at.fail(f"'{block.name}' does not bind :tenant_id; a statement across tenants says '-- system'")


def collect(block):
    """The forms of a block: [(label, {engine: pieces})] and its parameters in order of first appearance."""
    parameters, forms = {}, []
    axes = block.axes or []
    for values in itertools.product(*(values for _, values in axes)):
        chosen = dict(zip((axis for axis, _ in axes), values))
        by_engine = {}
        for engine in ENGINES:
            if not body_text(block, engine):
                block.at.fail(f"'{block.name}' has no text for {engine}")
            if block.is_family():
                pieces = family_pieces(block, engine, chosen)
            else:
                pieces = [(-1, *piece) for piece in split_parameters(block.at, body_text(block, engine), block.name)]
            check_tenant(block, pieces)
            by_engine[engine] = pieces
            parameters.update((parameter, None) for _, _, parameter in pieces if parameter)
        forms.append(("_".join(values), by_engine))
    if len(block.filter_names()) > MAX_FILTERS:
        block.at.fail(f"a family has at most {MAX_FILTERS} filters")
    return forms, list(parameters)


def camel(name):
    return "".join(word.capitalize() for word in name.split("_"))


def literal(text):
    """A C++ string literal; long ones line by line."""
    lines = text.split("\n")
    quoted = []
    for number, line in enumerate(lines):
        line = line.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
        if number + 1 < len(lines):
            line += "\\n"
        if line:
            quoted.append(f'"{line}"')
    return "\n    ".join(quoted) or '""'


def numbered(pieces, parameters, mark):
    return "".join(text + (f"{mark}{parameters.index(parameter) + 1}" if parameter else "") for _, text, parameter in pieces)


def kind_of(block):
    return "SystemStatement" if block.system else "TenantStatement"


def declare_family(block):
    name = camel(block.name)
    out = [f"class {name} : public StatementFamily<{kind_of(block)}> {{", " public:", "  using StatementFamily::StatementFamily;"]
    for axis, values in block.axes:
        out.append(f"  enum class {camel(axis)} : std::uint8_t {{ {', '.join(values)} }};")
    for number, filter_name in enumerate(block.filter_names()):
        out.append(f"  static constexpr FamilyFilters {filter_name}{{1u << {number}}};")
    arguments = [f"{camel(axis)} {axis}" for axis, _ in block.axes] + ["FamilyFilters chosen_filters = {}"]
    number = "0u"
    for axis, values in block.axes:
        number = f"({number} * {len(values)}u + static_cast<std::uint32_t>({axis}))"
    out.append(f"  const {kind_of(block)}& pick({', '.join(arguments)}) const {{")
    out += [f"    return form({number}, chosen_filters);", "  }", "};"]
    for axis, values in block.axes:
        kind = f"{name}::{camel(axis)}"
        out.append(f"inline bool from_text(std::string_view text, {kind}& out) {{")
        out += [f'  if (text == "{value}") return out = {kind}::{value}, true;' for value in values]
        out += ["  return false;", "}"]
    out.append(f"extern const {name} {block.name};")
    return out


def define_parameters(block, parameters):
    if not parameters:
        return [], "{}"
    listed = ", ".join(f'"{name}"' for name in parameters)
    return [f"constexpr std::string_view k{camel(block.name)}Parameters[] = {{{listed}}};"], f"k{camel(block.name)}Parameters"


def define_statement(block, index):
    forms, parameters = collect(block)
    constants, listed = define_parameters(block, parameters)
    texts = [literal(numbered(forms[0][1][engine], parameters, mark)) for engine, mark in zip(ENGINES, "?$")]
    definition = f'const {kind_of(block)} {block.name}{{{{{index}, "{block.name}",\n    {texts[0]},\n    {texts[1]},\n    {listed}}}}};'
    return constants, [definition]


def define_family(block):
    forms, parameters = collect(block)
    name = camel(block.name)
    constants, listed = define_parameters(block, parameters)
    variants = []
    for number, (label, by_engine) in enumerate(forms):
        for engine in ENGINES:
            constants.append(f"constexpr FamilyPiece k{name}{number}{camel(engine)}[] = {{")
            for filter_number, text, parameter in by_engine[engine]:
                place = parameters.index(parameter) if parameter else -1
                constants.append(f"    {{{filter_number}, {literal(text)}, {place}}},")
            constants.append("};")
        suffix = f":{label}" if label else ""
        variants.append(f'    {{"{block.name}{suffix}", k{name}{number}Sqlite, k{name}{number}Postgres}},')
    constants += [f"constexpr FamilyForm k{name}Forms[] = {{"] + variants + ["};"]
    return constants, [f"const {name} {block.name}{{{listed}, k{name}Forms}};"]


def write(path, lines):
    text = "\n".join(lines) + "\n"
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")


def write_header(path, namespace, blocks):
    families = any(block.is_family() for block in blocks)
    include = '#include "storage/family.hpp"' if families else '#include "storage/statement.hpp"'
    lines = ["// Generated by tools/embed_sql.py.", "#pragma once", "", include, "", f"namespace {namespace} {{", ""]
    for block in blocks:
        lines += declare_family(block) if block.is_family() else [f"extern const {kind_of(block)} {block.name};"]
    write(path, lines + ["", f"}}  // namespace {namespace}"])


def write_list_header(options, includes):
    """The umbrella header, with the lists of everything for tests."""
    lines = ["// Generated by tools/embed_sql.py.", "#pragma once", "", '#include "storage/family.hpp"'] + includes
    lines += ["", f"namespace {options.namespace} {{", "", "extern const std::span<const Statement* const> all_statements;",
              "extern const std::span<const FamilyBase* const> all_families;", "", f"}}  // namespace {options.namespace}"]
    write(options.out / options.prefix / "sql.hpp", lines)


def define_list(kind, name, members):
    if not members:
        return [f"const std::span<const {kind}* const> {name};"]
    listed = ", ".join(members)
    return [f"static const {kind}* const k_{name}[] = {{{listed}}};", f"const std::span<const {kind}* const> {name} = k_{name};"]


def embed_queries(options):
    files = sorted(options.queries.glob("*.sql"))
    seen, headers, constants, definitions, statements, families = {}, [], [], [], [], []
    index = options.first_index
    for path in files:
        blocks = read_blocks(path)
        for block in blocks:
            if block.name in seen:
                block.at.fail(f"'{block.name}' is already at {seen[block.name].path}:{seen[block.name].number}")
            seen[block.name] = block.at
            made = define_family(block) if block.is_family() else define_statement(block, index)
            index += 1
            constants += made[0]
            definitions += made[1]
            (families if block.is_family() else statements).append(f"&{block.name}")
        headers.append(f"{options.prefix}/sql/{path.stem}.hpp")
        write_header(options.out / headers[-1], options.namespace, blocks)
    includes = [f'#include "{header}"' for header in headers]
    write_list_header(options, includes)
    body = ["// Generated by tools/embed_sql.py.", f'#include "{options.prefix}/sql.hpp"', '#include "storage/family.hpp"', "",
            f"namespace {options.namespace} {{", "namespace {", ""] + constants + ["", "}  // namespace", ""]
    lists = define_list("Statement", "all_statements", statements) + define_list("FamilyBase", "all_families", families)
    write(options.out / options.prefix / "sql.cpp", body + definitions + lists + ["", f"}}  // namespace {options.namespace}"])


def migration_text(path, engine):
    words = {
        "sqlite": {"@id": "BLOB", "@int": "INTEGER", "@text": "TEXT", "@bytes": "BLOB", "@strict": " STRICT"},
        # Text compares byte by byte, as in SQLite: same order, same pages, and prefixes can use an index.
        "postgres": {"@id": "UUID", "@int": "BIGINT", "@text": 'TEXT COLLATE "C"', "@bytes": "BYTEA", "@strict": ""},
    }[engine]
    kept, current = [], "all"
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        match = re.match(r"--\s*engine\s*:\s*(.*)\Z", text)
        if match:
            current = read_engine(Line(path, number, current, text), match[1].strip())
        elif current in ("all", engine) and text.strip() and not text.lstrip().startswith("--"):
            kept.append(text)
    text = "\n".join(kept)
    if engine == "sqlite":
        text = re.sub(r"\b(?!(?:as|AS)\b)(\w+)(\s+)@id\b", r"\1\2BLOB CHECK (length(\1) = 16)", text)
    for word, value in words.items():
        text = re.sub(re.escape(word) + r"\b", lambda _, value=value: value, text)
    left = re.search(r"(?<![\w@])@[a-z]+\b(?=[\s,)(])", text)
    if left:
        raise SqlError(f"{path}: unknown word {left[0]} (known: {' '.join(words)})")
    return text


def embed_migrations(options):
    files = sorted(options.migrations.glob("*.sql"))
    rows = []
    for expected, path in enumerate(files, 1):
        match = re.match(r"(\d{4})_([a-z0-9_]+)\Z", path.stem)
        if not match or int(match[1]) != expected:
            raise SqlError(f"{path}: the name must be {expected:04d}_words.sql (numbers without a gap)")
        checksum = hashlib.sha256(path.read_bytes()).hexdigest()
        texts = [literal(migration_text(path, engine)) for engine in ENGINES]
        rows.append(f'    {{{expected}, "{match[2]}", "{checksum}",\n    {texts[0]},\n    {texts[1]}}},')
    lines = ["// Generated by tools/embed_sql.py.", '#include "storage/migration.hpp"', "", f"namespace {options.namespace} {{", ""]
    lines += ["extern const std::span<const Migration> migrations;"]
    if rows:
        lines += ["constexpr Migration kMigrations[] = {"] + rows + ["};"]
        lines += ["const std::span<const Migration> migrations = kMigrations;"]
    else:
        lines += ["const std::span<const Migration> migrations;"]
    write(options.out / options.prefix / "sql_migrations.cpp", lines + ["", f"}}  // namespace {options.namespace}"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--prefix", default="storage")
    parser.add_argument("--namespace", default="renova::storage::sql")
    parser.add_argument("--first-index", type=int, default=0)
    parser.add_argument("--queries", type=pathlib.Path)
    parser.add_argument("--migrations", type=pathlib.Path)
    options = parser.parse_args()
    try:
        if options.queries:
            embed_queries(options)
        if options.migrations:
            embed_migrations(options)
    except SqlError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
