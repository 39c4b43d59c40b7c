"""Reads each CSV file in directories and the Parquet file beside it: same values, right types.

    python3 parquet.py DIR...

DuckDB, Polars and pandas read both. Exit code 3: packages are missing.
"""

import csv
import sys
from pathlib import Path

try:
    import duckdb
    import pandas
    import polars
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)

COUNTS = {"replication", "exit_code", "point", "runs"}
TEXTS = {
    "task", "service", "capacity_provider", "instance", "instance_type", "availability_zone", "purchase_option",
    "last_status", "stop_code", "stop_reason", "metric", "subject", "event", "detail", "digest", "error",
}


def kind(name, axes):
    """What a column must be; axes are named with their kinds."""
    if name in axes:
        return axes[name]
    if name == "seed":
        return "seed"
    if name in COUNTS:
        return "count"
    return "text" if name in TEXTS else "number"


# The words of each reader for the four kinds.
DUCKDB = {"text": "VARCHAR", "count": "BIGINT", "seed": "UBIGINT", "number": "DOUBLE"}
POLARS = {"text": polars.String, "count": polars.Int64, "seed": polars.UInt64, "number": polars.Float64}


def is_pandas(dtype, of):
    if of == "text":
        # A column of nulls alone has no other type than object.
        return pandas.api.types.is_string_dtype(dtype) or pandas.api.types.is_object_dtype(dtype)
    # Whole numbers with nulls among them are floats in pandas.
    return pandas.api.types.is_numeric_dtype(dtype)


def value(text, of):
    if text == "":
        return None
    return {"text": str, "number": float}.get(of, int)(text)


def check(path, axes):
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    kinds = [kind(name, axes) for name in header]
    expected = [tuple(value(cell, of) for cell, of in zip(row, kinds)) for row in rows]
    columns = str(path.with_suffix(".parquet"))

    found = duckdb.sql(f"SELECT * FROM read_parquet('{columns}')")
    assert found.columns == header, (path, found.columns)
    types = [str(of) for of in found.types]
    assert types == [DUCKDB[of] for of in kinds], (path, list(zip(header, types)))
    assert found.fetchall() == expected, f"{path}: DuckDB"

    frame = polars.read_parquet(columns)
    assert frame.schema == dict(zip(header, [POLARS[of] for of in kinds])), (path, frame.schema)
    assert frame.rows() == expected, f"{path}: Polars"
    as_csv = polars.read_csv(path, schema=dict(frame.schema))
    assert as_csv.equals(frame), f"{path}: Polars, CSV beside Parquet"

    table = pandas.read_parquet(columns)
    assert list(table.columns) == header, path
    for index, (name, of) in enumerate(zip(header, kinds)):
        assert is_pandas(table[name].dtype, of), (path, name, table[name].dtype)
        cells = [None if pandas.isna(cell) else cell for cell in table[name]]
        assert cells == [row[index] for row in expected], f"{path}: pandas, {name}"
    print(f"{path.parent.name}/{path.name}: {len(rows)} rows, {len(header)} columns")


def main(directories):
    for directory in map(Path, directories):
        files = sorted(directory.glob("*.csv"))
        assert files, f"no CSV in {directory}"
        for path in files:
            # The axes of the sweep that tests/ecosystem.rs runs.
            check(path, {"desired": "number", "type": "text"})


if __name__ == "__main__":
    main(sys.argv[1:])
