"""A Ray cluster of two nodes on this machine, a sweep on it, and one node killed in its midst.

Prints a JSON object: the lines that the journal had when the node was killed, whether it was, and
the status of the sweep. Run in a process of its own, for Ray ends with it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"

from ray.cluster_utils import Cluster

STORE = 80 * 2**20


def main(out: Path, kill_at: int, words: list[str]) -> None:
    cluster = Cluster()
    cluster.add_node(num_cpus=1, object_store_memory=STORE, include_dashboard=False)
    second = cluster.add_node(num_cpus=1, object_store_memory=STORE)
    cluster.wait_for_nodes()
    command = [sys.executable, "-P", "-m", "netspec.cli.main", "sweep", *words, "-o", str(out)]
    command += ["--engine", "ray", "--address", cluster.address]
    journal = out / "journal.jsonl"
    lines = -1
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while process.poll() is None and lines < 0:
            found = journal.read_bytes().count(b"\n") if journal.exists() else 0
            if found >= kill_at:
                lines = found
                cluster.remove_node(second, allow_graceful=False)
            time.sleep(0.005)
        status = process.wait()
    killed = not second.any_processes_alive()
    cluster.shutdown()
    print(json.dumps({"lines": lines, "status": status, "killed": killed}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:])
