"""Checks token-policy/tokens.schema.json by the samples that test the parser.

A sample in `valid` must be accepted. One in `invalid` must be refused, unless
its header says `# schema: accepts`, for a rule that no schema can express;
then it must be accepted, so that the header stays true.
"""

import json
import pathlib
import sys
import tomllib

import jsonschema

root = pathlib.Path(__file__).parent.parent / "token-policy"
schema = json.loads((root / "tokens.schema.json").read_text())
jsonschema.Draft202012Validator.check_schema(schema)
validator = jsonschema.Draft202012Validator(schema)


def accepts(path):
    try:
        return validator.is_valid(tomllib.loads(path.read_bytes().decode("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return False


def expected(path):
    header = path.read_text(errors="replace").splitlines()[:2]
    return path.parent.name == "valid" or "# schema: accepts" in header


samples = sorted((root / "tests" / "samples").glob("*valid/*.toml")) + [root / "reference.toml"]
wrong = [p.name for p in samples[:-1] if accepts(p) != expected(p)]
if not accepts(samples[-1]):
    wrong.append("reference.toml")
print(f"schema: {len(samples)} samples, {len(wrong)} judged otherwise than by the parser")
if wrong or len(samples) < 60:
    sys.exit("\n".join(wrong) or "samples are missing")
