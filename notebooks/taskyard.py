"""What the notebooks share: a call of the program, and how figures look.

The notebooks read what anybody can read: the JSON that `taskyard` prints and the CSV files of `--out`.
"""

import json
import os
import subprocess
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt

ROOT = Path(__file__).resolve().parent.parent

# Okabe and Ito's colours, which colour-blind readers tell apart.
BLUE, ORANGE, GREEN, RED = "#0072B2", "#E69F00", "#009E73", "#D55E00"
PINK, SKY, GREY = "#CC79A7", "#56B4E9", "#7F7F7F"

plt.rcParams.update({
    "figure.figsize": (8, 4),
    "figure.dpi": 100,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
})


def taskyard(*args):
    """Calls `taskyard ARGS -o json --out DIR`: the answer, and the directory with its files.

    The program is $TASKYARD, or what `cargo run --release` builds.
    """
    stated = os.environ.get("TASKYARD")
    program = [stated] if stated else ["cargo", "run", "--quiet", "--release", "--"]
    out = Path(tempfile.mkdtemp(prefix="taskyard-"))
    command = [*program, *map(str, args), "-o", "json", "--out", str(out)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout), out


def published(name):
    """What is published of a scenario, from `scenarios/expected`."""
    return json.loads((ROOT / "scenarios" / "expected" / f"{name}.json").read_text())
