#!/usr/bin/env python3
"""Rebuild data/instance_types.csv and data/offerings.csv from PyPI moto.

moto (Apache-2.0) ships gzipped answers of the EC2 calls
describe-instance-types and describe-instance-type-offerings. Only those
resource files are read: nothing of moto is imported, so its dependencies are
not needed.

    pip install --no-deps -r scripts/requirements.txt
    python3 scripts/refresh_catalog.py            # rewrite the two tables
    python3 scripts/refresh_catalog.py --check    # compare, write nothing

Exit status: 0 written or identical, 1 the committed tables differ,
2 bad usage, 3 moto missing, of another version, or unreadable.
"""

import argparse
import csv
import difflib
import gzip
import importlib.util
import io
import json
import re
import sys
from pathlib import Path

MOTO_VERSION = "5.2.5"
INSTALL_HINT = f"install it with: pip install --no-deps moto=={MOTO_VERSION}"
DATA_DIR = Path(__file__).resolve().parent.parent / "data"
DIFF_LINES = 20

INSTANCE_TYPE_COLUMNS = [
    "instance_type",
    "family",
    "size",
    "architecture",
    "vcpus",
    "cores",
    "threads_per_core",
    "valid_cores",
    "memory_mib",
    "cpu_manufacturer",
    "sustained_clock_ghz",
    "generation",
    "burstable",
    "bare_metal",
    "hypervisor",
    "max_enis",
    "max_enis_all_cards",
    "ipv4_per_eni",
    "network_cards",
    "gpu_count",
    "gpu_logical_count",
    "gpu_name",
    "gpu_manufacturer",
    "gpu_memory_mib",
    "accelerator_kind",
    "accelerator_type",
    "accelerator_name",
    "accelerator_manufacturer",
    "accelerator_count",
    "accelerator_memory_mib",
    "local_storage_gb",
    "local_storage_type",
    "local_storage_disks",
    "network_performance",
    "network_gbps_baseline",
    "network_gbps_peak",
    "ebs_baseline_mbps",
    "ebs_max_mbps",
    "ebs_baseline_iops",
    "ebs_max_volumes",
    "encryption_in_transit_supported",
    "hibernation_supported",
    "spot_supported",
    "on_demand_supported",
]
OFFERING_COLUMNS = ["region", "instance_type", "zone_ids"]

# Kind of accelerator, the block that describes it, its device list, its total
# memory. The first block present wins: Inferentia has a Neuron block as well
# as an inference block, and both give the same figures.
ACCELERATOR_BLOCKS = [
    ("gpu", "GpuInfo", "Gpus", "TotalGpuMemoryInMiB"),
    ("neuron", "NeuronInfo", "NeuronDevices", "TotalNeuronDeviceMemoryInMiB"),
    (
        "inference",
        "InferenceAcceleratorInfo",
        "Accelerators",
        "TotalInferenceMemoryInMiB",
    ),
    ("fpga", "FpgaInfo", "Fpgas", "TotalFpgaMemoryInMiB"),
    ("media", "MediaAcceleratorInfo", "Accelerators", "TotalMediaMemoryInMiB"),
]
# The values of EC2's acceleratorTypes requirement; Neuron is not one of them.
REQUIREMENT_TYPES = [
    ("gpu", "GpuInfo"),
    ("inference", "InferenceAcceleratorInfo"),
    ("fpga", "FpgaInfo"),
    ("media", "MediaAcceleratorInfo"),
]


class MotoUnavailable(Exception):
    """The pinned moto cannot be read; the text says why and what to do."""


def find_resources(moto_dir):
    """The folder moto/ec2/resources of the pinned version."""
    if moto_dir is None:
        spec = importlib.util.find_spec("moto")
        if spec is None or not spec.submodule_search_locations:
            raise MotoUnavailable(f"moto is not installed; {INSTALL_HINT}")
        package = Path(next(iter(spec.submodule_search_locations)))
    else:
        package = Path(moto_dir)
        if (package / "moto").is_dir():
            package = package / "moto"
    found = moto_version(package)
    if found != MOTO_VERSION:
        raise MotoUnavailable(
            f"moto {MOTO_VERSION} is needed, {package} is {found}; {INSTALL_HINT}"
        )
    return package / "ec2" / "resources"


def moto_version(package):
    """The version that moto/__init__.py states, read without importing it."""
    try:
        text = (package / "__init__.py").read_text(encoding="utf-8")
    except OSError as error:
        raise MotoUnavailable(f"cannot read moto: {error}; {INSTALL_HINT}") from error
    match = re.search(r"""^__version__\s*=\s*["']([^"']+)["']""", text, re.MULTILINE)
    return match.group(1) if match else "of an unknown version"


def read_json(path):
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            return json.load(stream)
    except (OSError, EOFError, ValueError) as error:
        raise MotoUnavailable(f"cannot read {path}: {error}") from error


def manufacturer(name):
    """A maker's name as EC2's InstanceRequirements spells it."""
    name = name.strip().lower()
    return "amazon-web-services" if name == "aws" else name


def architecture(supported):
    """The widest architecture listed: i386 only ever comes with x86_64."""
    return [name for name in supported if name != "i386"][0]


def default_card(network):
    wanted = network["DefaultNetworkCardIndex"]
    for card in network["NetworkCards"]:
        if card["NetworkCardIndex"] == wanted:
            return card
    raise ValueError(f"no network card has the default index {wanted}")


def accelerator_columns(info):
    for kind, block, devices, total in ACCELERATOR_BLOCKS:
        if block not in info:
            continue
        chips = info[block][devices]
        # A Neuron block names no manufacturer: the chips are AWS's own.
        maker = chips[0].get("Manufacturer", "AWS")
        return {
            "accelerator_kind": kind,
            "accelerator_type": next(
                (name for name, other in REQUIREMENT_TYPES if other in info), ""
            ),
            "accelerator_name": chips[0]["Name"],
            "accelerator_manufacturer": manufacturer(maker),
            "accelerator_count": sum(chip["Count"] for chip in chips),
            "accelerator_memory_mib": info[block][total],
        }
    return {"accelerator_count": 0, "accelerator_memory_mib": 0}


def gpu_columns(info):
    if "GpuInfo" not in info:
        return {"gpu_count": 0, "gpu_logical_count": 0}
    gpus = info["GpuInfo"]["Gpus"]
    return {
        # g6f and gr6f hold a part of a GPU: no whole device, one logical one.
        "gpu_count": sum(gpu["Count"] for gpu in gpus),
        "gpu_logical_count": sum(gpu["LogicalGpuCount"] for gpu in gpus),
        "gpu_name": gpus[0]["Name"],
        "gpu_manufacturer": gpus[0]["Manufacturer"],
        "gpu_memory_mib": info["GpuInfo"]["TotalGpuMemoryInMiB"],
    }


def instance_type_row(info):
    name = info["InstanceType"]
    family, size = name.split(".", 1)
    cpu = info["VCpuInfo"]
    processor = info["ProcessorInfo"]
    network = info["NetworkInfo"]
    cards = network["NetworkCards"]
    storage = info.get("InstanceStorageInfo", {})
    disks = storage.get("Disks", [])
    ebs = info["EbsInfo"].get("EbsOptimizedInfo", {})
    usage = info["SupportedUsageClasses"]
    row = {
        "instance_type": name,
        "family": family,
        "size": size,
        "architecture": architecture(processor["SupportedArchitectures"]),
        "vcpus": cpu["DefaultVCpus"],
        "cores": cpu["DefaultCores"],
        "threads_per_core": cpu["DefaultThreadsPerCore"],
        "valid_cores": " ".join(str(cores) for cores in cpu.get("ValidCores", [])),
        "memory_mib": info["MemoryInfo"]["SizeInMiB"],
        "cpu_manufacturer": manufacturer(processor["Manufacturer"]),
        "sustained_clock_ghz": processor.get("SustainedClockSpeedInGhz", ""),
        "generation": "current" if info["CurrentGeneration"] else "previous",
        "burstable": int(info["BurstablePerformanceSupported"]),
        "bare_metal": int(info["BareMetal"]),
        "hypervisor": info.get("Hypervisor", ""),
        "max_enis": default_card(network)["MaximumNetworkInterfaces"],
        "max_enis_all_cards": network["MaximumNetworkInterfaces"],
        "ipv4_per_eni": network["Ipv4AddressesPerInterface"],
        "network_cards": network["MaximumNetworkCards"],
        "local_storage_gb": storage.get("TotalSizeInGB", 0),
        "local_storage_type": disks[0]["Type"] if disks else "",
        "local_storage_disks": sum(disk["Count"] for disk in disks),
        "network_performance": network["NetworkPerformance"],
        "network_gbps_baseline": total(cards, "BaselineBandwidthInGbps"),
        "network_gbps_peak": total(cards, "PeakBandwidthInGbps"),
        "ebs_baseline_mbps": ebs.get("BaselineBandwidthInMbps", ""),
        "ebs_max_mbps": ebs.get("MaximumBandwidthInMbps", ""),
        "ebs_baseline_iops": ebs.get("BaselineIops", ""),
        "ebs_max_volumes": info["EbsInfo"]["MaximumEbsAttachments"],
        "encryption_in_transit_supported": int(network["EncryptionInTransitSupported"]),
        "hibernation_supported": int(info["HibernationSupported"]),
        "spot_supported": int("spot" in usage),
        "on_demand_supported": int("on-demand" in usage),
    }
    row.update(gpu_columns(info))
    row.update(accelerator_columns(info))
    return row


def total(cards, field):
    return round(float(sum(card[field] for card in cards)), 3)


def instance_type_rows(resources):
    types = read_json(resources / "instance_types.json.gz")
    return [instance_type_row(types[name]) for name in sorted(types)]


def offering_rows(resources):
    folder = resources / "instance_type_offerings" / "availability-zone-id"
    rows = []
    for path in sorted(folder.glob("*.json.gz")):
        zones = {}
        for offering in read_json(path):
            zones.setdefault(offering["InstanceType"], set()).add(offering["Location"])
        region = path.name[: -len(".json.gz")]
        for name in sorted(zones):
            rows.append(
                {
                    "region": region,
                    "instance_type": name,
                    "zone_ids": " ".join(sorted(zones[name])),
                }
            )
    if not rows:
        raise MotoUnavailable(f"no offerings in {folder}")
    return sorted(rows, key=lambda row: (row["region"], row["instance_type"]))


def to_csv(columns, rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def differences(path, derived):
    """The first lines of a unified diff; empty when nothing differs."""
    committed = path.read_bytes().decode("utf-8") if path.exists() else ""
    if committed == derived:
        return []
    lines = list(
        difflib.unified_diff(
            committed.splitlines(),
            derived.splitlines(),
            f"{path.name} (committed)",
            f"{path.name} (moto {MOTO_VERSION})",
            lineterm="",
            n=0,
        )
    )
    if not lines:
        return [f"{path.name}: the line endings differ"]
    left_out = len(lines) - DIFF_LINES
    if left_out > 0:
        lines = lines[:DIFF_LINES] + [f"... {left_out} more lines"]
    return lines


def main():
    parser = argparse.ArgumentParser(
        description="Rebuild instance_types.csv and offerings.csv from moto "
        f"{MOTO_VERSION} (pip install --no-deps moto=={MOTO_VERSION} suffices)."
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="compare with the committed tables and write nothing",
    )
    parser.add_argument(
        "--moto-dir",
        metavar="DIR",
        help="an unpacked moto package, or the folder that holds it",
    )
    options = parser.parse_args()

    try:
        resources = find_resources(options.moto_dir)
        tables = {
            "instance_types.csv": to_csv(
                INSTANCE_TYPE_COLUMNS, instance_type_rows(resources)
            ),
            "offerings.csv": to_csv(OFFERING_COLUMNS, offering_rows(resources)),
        }
    except MotoUnavailable as problem:
        print(f"refresh_catalog: {problem}", file=sys.stderr)
        return 3

    status = 0
    for name, derived in tables.items():
        path = DATA_DIR / name
        rows = derived.count("\n") - 1
        if not options.check:
            path.write_bytes(derived.encode("utf-8"))
            print(f"{name}: {rows} rows written", file=sys.stderr)
            continue
        lines = differences(path, derived)
        if lines:
            status = 1
            print("\n".join(lines))
        else:
            print(f"{name}: {rows} rows, identical", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
