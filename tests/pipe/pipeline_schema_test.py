#!/usr/bin/env python3
"""Fails where docs/pipeline.schema.json and the parser's corpus disagree.

The parser's own test says that it takes good/ and bad_plan/ and refuses bad/. Files in bad_text/ are not JSON, or
something that a schema cannot see: a member that is there twice.
"""
import json
import pathlib
import sys

from jsonschema import Draft7Validator


def main():
    schema = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    corpus = pathlib.Path(sys.argv[2])
    Draft7Validator.check_schema(schema)
    validator = Draft7Validator(schema)
    wrong = []
    checked = 0
    for folder, is_valid in (("good", True), ("bad_plan", True), ("bad", False)):
        for path in sorted((corpus / folder).glob("*.json")):
            checked += 1
            errors = [error.message for error in validator.iter_errors(json.loads(path.read_text(encoding="utf-8")))]
            if bool(errors) == is_valid:
                wrong.append(f"{path}: the schema {'refuses: ' + errors[0] if errors else 'accepts'}")
    print("\n".join(wrong) or f"{checked} files: the schema agrees")
    return 1 if wrong or checked == 0 else 0


sys.exit(main())
