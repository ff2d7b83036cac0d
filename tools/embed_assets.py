#!/usr/bin/env python3
"""Puts files into the program: writes a C++ file that holds them by .incbin, and the list renova::api::embedded_assets().

usage: embed_assets.py --out FILE.cpp  URL_PATH=FILE …        ("/status/status.css=web/status/status.css")

The files' contents are read by the assembler, so nothing is copied and big files cost nothing to compile; a file that changes
must be named as a dependency of the C++ file by the build.
"""

import argparse
import hashlib
import pathlib

TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
    ".webmanifest": "application/manifest+json",
}

HEAD = """// Made by tools/embed_assets.py; not to be edited.
#include <array>

#include "api/static_files.hpp"

"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("files", nargs="+")
    arguments = parser.parse_args()

    body = [HEAD]
    rows = []
    for index, item in enumerate(arguments.files):
        url, _, name = item.partition("=")
        path = pathlib.Path(name).resolve()
        content_type = TYPES[path.suffix]
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        symbol = f"renova_asset_{index}"
        # The digest in a comment makes the text change with the content, so that a compiler cache notices.
        body.append(
            f"// {url} {digest}\n"
            f'asm(".pushsection .rodata\\n.balign 16\\n{symbol}:\\n.incbin \\"{path}\\"\\n{symbol}_end:\\n.byte 0\\n.popsection\\n");\n'
            f"extern const char {symbol}[] asm(\"{symbol}\");\n"
            f"extern const char {symbol}_end[] asm(\"{symbol}_end\");\n"
        )
        rows.append(f'        Asset{{"{url}", "{content_type}", text({symbol}, {symbol}_end)}},')
    body.append(
        "\nnamespace renova::api {\n\n"
        "std::span<const Asset> embedded_assets() {\n"
        "  auto text = [](const char* begin, const char* end) {\n"
        "    return std::string_view(begin, static_cast<std::size_t>(end - begin));\n  };\n"
        f"  static const std::array<Asset, {len(rows)}> assets{{\n" + "\n".join(rows) + "\n  };\n"
        "  return assets;\n}\n\n}  // namespace renova::api\n"
    )
    text = "".join(body)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    if not arguments.out.exists() or arguments.out.read_text() != text:
        arguments.out.write_text(text)
    else:
        arguments.out.touch()


if __name__ == "__main__":
    main()
