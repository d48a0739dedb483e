"""Which crate and which module uses which: DESIGN.md, "The rooms".

A crate uses only crates on lower lines, and a module of token-core only modules on lower lines.
"""

import json
import pathlib
import re
import subprocess
import sys

CRATES = [
    {"token-policy"},
    {"token-derive"},
    {"token-core", "token-scan"},
    {"token-issue", "token-audit", "token-redact"},
    {"token-guard", "token-rotate"},
    {"tokenctl"},
]
MODULES = [
    {"error"},
    {"secret", "digest", "clock"},
    {"id", "scope", "assurance"},
    {"policy", "record"},
    {"token", "caller"},
    {"source", "http"},
]
# For an item that the crate's root re-exports as `crate::NAME`, the module that has it.
ITEMS = {
    "Error": "error", "ErrorKind": "error",
    "Secret": "secret", "wipe": "secret",
    "PolicyDigest": "digest", "SourceDigest": "digest", "ImageDigest": "digest", "AssuranceLevel": "digest",
    "Assurance": "assurance", "Attested": "assurance",
    "Clock": "clock", "ManualClock": "clock", "SystemClock": "clock",
    "TokenId": "id",
    "Grants": "scope", "PermittedBy": "scope", "RequireScopes": "scope", "Reusable": "scope",
    "Scope": "scope", "ScopeSet": "scope", "TokenKind": "scope",
    "AnyScopeSet": "scope", "Authorizes": "scope", "Kinds": "scope",
    "AnyCaller": "caller", "Authorized": "caller", "Caller": "caller", "Verify": "caller",
    "Admission": "token", "Current": "token", "Lease": "token", "Exposed": "token", "Grant": "token", "Mask": "token", "Masked": "token", "Token": "token",
}


def line(name, lines):
    return next((number for number, names in enumerate(lines) if name in names), None)


def crates():
    metadata = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version", "1", "--no-deps"]))
    for package in metadata["packages"]:
        if line(package["name"], CRATES) is None:
            continue
        for dependency in package["dependencies"]:
            # token-core names token-derive for a target that does not exist, to pin its version.
            if dependency["kind"] is None and line(dependency["name"], CRATES) is not None:
                yield package["name"], dependency["name"]


def used(code):
    """The first names behind `crate::`, also in groups. What a macro writes with `$crate::` is the caller's code."""
    for found in re.finditer(r"(?<!\$)\bcrate::(?:(\w+)|\{)", code):
        if found[1]:
            yield found[1]
            continue
        depth, name, fresh = 0, "", True
        for letter in code[found.end():]:
            if letter == "{":
                depth += 1
            elif letter == "}":
                depth -= 1
            if depth == 0 and fresh and (letter.isalnum() or letter == "_"):
                name += letter
                continue
            if depth <= 0 and name:
                yield name
                name, fresh = "", False
            if depth < 0:
                break
            if depth == 0 and letter == ",":
                fresh = True


def modules():
    root = pathlib.Path("token-core/src")
    for path in sorted(root.rglob("*.rs")):
        module = path.relative_to(root).parts[0].removesuffix(".rs")
        if module in ("lib", "__private"):
            continue
        code = re.sub(r"//.*", "", path.read_text())
        for name in used(code):
            target = ITEMS.get(name, name)
            if line(target, MODULES) is None:
                sys.exit(f"{path}: crate::{name} is in no room that .ci/rooms.py knows")
            if target != module:
                yield module, target


def foreign_tests():
    """Files that use the hidden test features of a crate that is not theirs. The fuzz targets are tests of their crate."""
    files = subprocess.check_output(["git", "ls-files", "-z", "*.rs"], text=True).split("\0")
    for name in filter(None, files):
        code = re.sub(r"//.*", "", pathlib.Path(name).read_text())
        for crate in re.findall(r"\b(token_\w+)::(?:\{[^;]*?)?__test\b", code):
            if not name.startswith((crate.replace("_", "-") + "/", "fuzz/")):
                yield f"{name} uses {crate}::__test"


wrong, arrows = list(foreign_tests()), 0
for lines, pairs in ((CRATES, crates()), (MODULES, modules())):
    for one, other in sorted(set(pairs)):
        arrows += 1
        if line(one, lines) is None or line(other, lines) >= line(one, lines):
            wrong.append(f"{one} uses {other}, which stands no lower")
print(f"rooms: {arrows} arrows, {len(wrong)} of them wrong")
if wrong or arrows < 30:
    sys.exit("\n".join(wrong) or "arrows are missing")
