#!/usr/bin/env python3
"""Run a sweep on a Dask cluster: one task for each shard.

    pip install --no-deps -r recipes/dask/requirements.txt
    python3 recipes/dask/sweep.py SWEEP.toml --shards 7 --out results

Each task runs `taskyard sweep SWEEP.toml --shard I/N` where a worker is and
gives back the part that it wrote, so that workers share no disk: they need
taskyard, the sweep file and its scenarios at the same path, and nothing else.
A worker that is lost costs its shards, which Dask runs again elsewhere; their
results are the same to the byte. At the end `taskyard merge` checks that
every part is there and makes one sweep of them.

Without --scheduler a cluster of worker processes is started on this machine.
--kill-a-worker takes one of them down with SIGKILL while it runs a shard, to
see that nothing is lost by it.

Exit status: 0 done, 2 bad usage, 3 the packages are missing, otherwise that
of the command that failed.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

try:
    import psutil
    from distributed import Client, LocalCluster, get_worker
except ImportError as error:
    print(f"{error}: pip install --no-deps -r recipes/dask/requirements.txt", file=sys.stderr)
    sys.exit(3)


def run_shard(command, shard, shards):
    """Run one shard here; the name of the part, its content, and who ran it."""
    with tempfile.TemporaryDirectory(prefix="taskyard-") as scratch:
        done = subprocess.run(
            [*command, "--shard", f"{shard}/{shards}", "--out", scratch],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"shard {shard}/{shards}: exit {done.returncode}\n{done.stderr}")
        name = f"part-{shard}-of-{shards}.jsonl"
        return name, (Path(scratch) / name).read_bytes(), get_worker().address


def keep(directory, name, content):
    """Write a part so that it is there as a whole or not at all."""
    with tempfile.NamedTemporaryFile(dir=directory, prefix=".part", delete=False) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    os.replace(file.name, directory / name)


def kill_a_worker(client, deadline):
    """End a worker that runs a shard, and all that it started, as if its machine had gone.

    Gives its address and the keys of the tasks that it had.
    """
    pids = client.run(os.getpid)
    while time.monotonic() < deadline:
        for address, keys in client.processing().items():
            worker = psutil.Process(pids[address])
            running = worker.children(recursive=True)
            if not (keys and running):
                continue
            worker.send_signal(signal.SIGKILL)
            for child in running:
                child.send_signal(signal.SIGKILL)
            return address, list(keys)
        time.sleep(0.01)
    raise RuntimeError("no worker was seen at work: the sweep is too short to kill one")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("file", help="sweep file, or a scenario with sweep options behind --")
    parser.add_argument("options", nargs="*", help="more options of taskyard sweep, behind --")
    parser.add_argument("--out", type=Path, required=True, help="directory for parts and result")
    parser.add_argument("--shards", type=int, default=8, help="how many (default: %(default)s)")
    parser.add_argument("--scheduler", help="address of a running cluster")
    parser.add_argument("--workers", type=int, default=2, help="without one (default: %(default)s)")
    parser.add_argument("--taskyard", default="taskyard", help="the program (default: %(default)s)")
    parser.add_argument("--kill-a-worker", action="store_true", help="see what happens then")
    return parser.parse_args()


def main():
    args = arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    cluster = args.scheduler or LocalCluster(
        n_workers=args.workers, threads_per_worker=1, processes=True, dashboard_address=None
    )
    # A worker has one thread, and so has its sweep.
    command = [args.taskyard, "sweep", str(Path(args.file).resolve()), "--jobs", "1", *args.options]
    with Client(cluster) as client:
        futures = {
            client.submit(run_shard, command, shard, args.shards, key=f"shard-{shard}"): shard
            for shard in range(args.shards)
        }
        lost = None
        if args.kill_a_worker:
            lost, keys = kill_a_worker(client, time.monotonic() + 60)
            print(f"killed {lost} while it had {', '.join(sorted(keys))}")
        for future, shard in futures.items():
            name, content, address = future.result()
            keep(args.out, name, content)
            print(f"shard {shard}/{args.shards}: {len(content)} bytes from {address}")
            if lost and future.key in keys and address == lost:
                raise RuntimeError(f"{future.key} came from a worker that was killed")
    if not args.scheduler:
        cluster.close()
    merged = args.out / "merged"
    merge = [args.taskyard, "merge", str(args.out), "--out", str(merged)]
    return subprocess.run(merge, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
