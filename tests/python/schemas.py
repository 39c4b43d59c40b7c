"""Checks every shipped file, and what a run wrote, against the schemas in a directory.

    python3 schemas.py DIR

DIR holds scenario.schema.json, sweep.schema.json, answer.schema.json and sweep-output.schema.json, and
below `scenario`, `sweep`, `answer` and `sweep-output` files that must fit. Exit code 3: packages are missing.
"""

import json
import sys
import tomllib
from pathlib import Path

try:
    from jsonschema import Draft202012Validator
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

ROOT = Path(__file__).resolve().parents[2]


def plain(value):
    """TOML as JSON: dates are strings."""
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, list):
        return [plain(one) for one in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def read(path):
    text = path.read_text()
    return plain(tomllib.loads(text)) if path.suffix == ".toml" else json.loads(text)


def main(directory):
    faults = []
    checked = 0
    for kind in ["scenario", "sweep", "answer", "sweep-output"]:
        schema = read(directory / f"{kind}.schema.json")
        Draft202012Validator.check_schema(schema)
        validator = Draft202012Validator(schema)
        shipped = {"scenario": "scenarios/*.toml", "sweep": "scenarios/sweeps/*.toml"}
        files = sorted(ROOT.glob(shipped[kind])) if kind in shipped else []
        files += sorted((directory / kind).glob("*"))
        assert files, f"nothing to check against {kind}"
        for path in files:
            checked += 1
            for error in validator.iter_errors(read(path)):
                where = "/".join(map(str, error.absolute_path))
                faults.append(f"{path.name}: {where}: {error.message[:300]}")
        for wrong in [{"unheard_of": 1}, {"name": 5}, {"seed": -1}]:
            if kind in shipped and validator.is_valid({"name": "a", "region": "b", **wrong}):
                faults.append(f"{kind}: {wrong} fits")
    print("\n".join(faults))
    print(f"{checked} files checked")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
