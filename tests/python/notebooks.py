"""Executes notebooks where they lie; what they show is thrown away.

    python3 notebooks.py NOTEBOOK...

The program is $TASKYARD. Exit code 3: packages are missing.
"""

import sys
import warnings
from pathlib import Path

try:
    import ipykernel  # noqa: F401
    import matplotlib  # noqa: F401
    import nbformat
    import polars  # noqa: F401
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(3)


def pictures(notebook):
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def main(paths):
    failed = False
    for path in map(Path, paths):
        notebook = nbformat.read(path, as_version=4)
        where = {"metadata": {"path": str(path.resolve().parent)}}
        client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources=where)
        try:
            client.execute()
        except CellExecutionError as error:
            failed = True
            print(f"{path.name}: {error}")
            continue
        print(f"{path.name}: {pictures(notebook)} pictures")
        failed |= pictures(notebook) == 0
    return 1 if failed else 0


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.exit(main(sys.argv[1:]))
