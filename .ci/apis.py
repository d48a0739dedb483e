"""Compares the crates whose types a public interface shows with those that it may show: .ci/api/external-types.

Each line of that file is a crate of this workspace, a colon, and the other crates. If an interface shows a type of another
crate, each breaking release of that crate is a breaking release of the crate of this workspace, too.
"""

import pathlib
import re
import sys

folder = pathlib.Path(__file__).parent / "api"
STANDARD = {"core", "alloc", "std"}
wrong, seen = [], 0
for line in (folder / "external-types").read_text().splitlines():
    if not line or line.startswith("#"):
        continue
    name, _, rest = line.partition(":")
    may = set(rest.split())
    text = (folder / f"{name}.txt").read_text()
    shown = set(re.findall(r"(?<![\w:])([a-z]\w*)::", text)) - STANDARD - {name.replace("-", "_")}
    seen += 1
    wrong += [f"{name} shows a type of {other}" for other in sorted(shown - may)]
    wrong += [f"{name} no longer shows a type of {other}" for other in sorted(may - shown)]
    print(f"{name} shows types of: {' '.join(sorted(shown)) or 'no other crate'}")
if wrong or seen < 5:
    sys.exit("\n".join(wrong) or "crates are missing")
