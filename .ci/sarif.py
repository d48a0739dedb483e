"""Checks SARIF documents by the schema of SARIF 2.1.0: `sarif.py SCHEMA FOLDER`.

Each document in the folder must be accepted. Each must be refused once a mistake
is put into it: otherwise its acceptance would say nothing.
"""

import copy
import json
import pathlib
import sys

import jsonschema

schema = json.loads(pathlib.Path(sys.argv[1]).read_text())
kind = jsonschema.validators.validator_for(schema)
kind.check_schema(schema)
validator = kind(schema)


def mistakes(document):
    """Yields copies of the document, each with one mistake."""
    for change in (
        lambda d: d.update(version="2.2.0"),
        lambda d: d.update(unknown=1),
        lambda d: d["runs"][0].pop("tool"),
        lambda d: d["runs"][0]["tool"]["driver"].pop("name"),
        lambda d: [r.update(level="fatal") for r in d["runs"][0]["results"] or [d.update(runs=1) or {}]],
        lambda d: [r.pop("message", 0) for r in d["runs"][0]["results"] or [d.update(runs=1) or {}]],
    ):
        wrong = copy.deepcopy(document)
        change(wrong)
        yield wrong


documents = sorted(pathlib.Path(sys.argv[2]).glob("*.sarif"))
failed, results = [], 0
for path in documents:
    document = json.loads(path.read_text())
    failed += [f"{path.name}: {e.json_path}: {e.message}" for e in validator.iter_errors(document)]
    failed += [f"{path.name}: a mistake was accepted" for m in mistakes(document) if validator.is_valid(m)]
    results += len(document["runs"][0]["results"])
print(f"sarif: {len(documents)} documents with {results} results, {len(failed)} mistakes")
if failed or len(documents) < 12 or results < 10:
    sys.exit("\n".join(failed) or "documents are missing")
