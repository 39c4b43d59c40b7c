#!/usr/bin/env python3
"""Run what the recipes would run, on this machine.

    python3 recipes/check.py aws-batch|kubernetes SWEEP.toml OUT

Reads the job definitions, takes their command lines and environments as they
stand, sets what the service would set for each shard, and runs them one after
the other, then the merge. Only the paths of the sweep and of the results are
put in. Exit status: 0 all ran, 1 a recipe is wrong, 3 PyYAML is missing.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

RECIPES = Path(__file__).resolve().parent


def expect(condition, words):
    if not condition:
        sys.exit(f"the recipe is wrong: {words}")


def environment(entries):
    return {entry["name"]: entry["value"] for entry in entries}


def aws_batch():
    """The command and environment of each shard, then of the merge."""
    folder = RECIPES / "aws-batch"
    job, sweep, merge = (
        json.loads((folder / name).read_text(encoding="utf-8"))
        for name in ("job-definition.json", "submit-sweep.json", "submit-merge.json")
    )
    container = job["containerProperties"]
    own = environment(container["environment"])
    expect(not any(name.startswith("AWS_BATCH_") for name in own), "AWS_BATCH_ is the service's")
    size = sweep["arrayProperties"]["size"]
    expect(2 <= size <= 10_000, "an array job has 2 to 10,000 children")
    for submitted in (sweep, merge):
        expect(submitted["jobDefinition"] == job["jobDefinitionName"], "another job definition")
    expect("arrayProperties" not in merge and merge["dependsOn"], "the merge is one job, and last")
    mounted = {volume["name"] for volume in container["volumes"]}
    expect({m["sourceVolume"] for m in container["mountPoints"]} <= mounted, "an unknown volume")
    for index in range(size):
        array = {"AWS_BATCH_JOB_ARRAY_INDEX": str(index), "AWS_BATCH_JOB_ARRAY_SIZE": str(size)}
        yield container["command"], own | array
    yield merge["containerOverrides"]["command"], own


def kubernetes():
    """The same of the two Jobs."""
    try:
        import yaml
    except ImportError as error:
        print(f"{error}: pip install PyYAML", file=sys.stderr)
        sys.exit(3)
    folder = RECIPES / "kubernetes"
    sweep, merge = (
        yaml.safe_load((folder / name).read_text(encoding="utf-8"))
        for name in ("sweep.yaml", "merge.yaml")
    )
    for job in (sweep, merge):
        expect((job["apiVersion"], job["kind"]) == ("batch/v1", "Job"), "no Job")
        expect(job["spec"]["template"]["spec"]["restartPolicy"] == "Never", "the restart policy")
        pod = job["spec"]["template"]["spec"]
        mounts = {mount["name"] for mount in pod["containers"][0]["volumeMounts"]}
        expect(mounts <= {volume["name"] for volume in pod["volumes"]}, "an unknown volume")
    spec = sweep["spec"]
    expect(spec["completionMode"] == "Indexed", "the completion mode")
    container = spec["template"]["spec"]["containers"][0]
    for rule in spec["podFailurePolicy"]["rules"]:
        named = rule.get("onExitCodes", {}).get("containerName", container["name"])
        expect(named == container["name"], "a rule for another container")
    own = environment(container["env"])
    expect(own["SHARDS"] == str(spec["completions"]), "SHARDS and completions differ")
    for index in range(spec["completions"]):
        yield container["command"], own | {"JOB_COMPLETION_INDEX": str(index)}
    last = merge["spec"]["template"]["spec"]["containers"][0]
    yield last["command"], environment(last["env"])


def main():
    recipe, sweep, out = sys.argv[1:4]
    jobs = {"aws-batch": aws_batch, "kubernetes": kubernetes}[recipe]
    Path(out).mkdir(parents=True, exist_ok=True)
    for command, variables in jobs():
        here = {"SWEEP": str(Path(sweep).resolve()), "RESULTS": out}
        given = {name: here.get(name, value) for name, value in variables.items()}
        done = subprocess.run(
            command, env=os.environ | given, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode != 0:
            sys.exit(f"{command[-1]} with {given}: exit {done.returncode}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
