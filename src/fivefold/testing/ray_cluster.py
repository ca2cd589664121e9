"""A small Ray cluster on this machine, some nodes of which may be killed; for tests and benchmarks.

It runs in a process of its own, so that whoever uses it neither imports Ray nor ends with the cluster.
"""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING, Self

from fivefold.testing.loopback import free_port

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["RayCluster", "main"]

_STORE = 200 * 10**6
"""Bytes of each node's object store."""


class RayCluster:
    """A head node and others, as long as the context is open.

    Parameters
    ----------
    *cores : int
        CPUs of each node, the head first.
    """

    def __init__(self, *cores: int) -> None:
        self.cores = cores

    def __enter__(self) -> Self:
        # Nobody is told that a test was run.
        environment = os.environ | {"RAY_USAGE_STATS_ENABLED": "0"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "fivefold.testing.ray_cluster", *map(str, self.cores)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        self.address, self.client_address = self._say("").split()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin and self._process.stdout:
            self._process.stdin.close()
            self._process.stdout.close()
        self._process.wait()

    def kill(self, node: int) -> None:
        """End a node and whatever runs there, without notice; 0 is the head, and with it the cluster is gone."""
        self._say(str(node))

    def _say(self, words: str) -> str:
        """Say one line, and return the line that is answered."""
        if self._process.stdin is None or self._process.stdout is None:
            raise AssertionError("both were asked for")
        if words:
            self._process.stdin.write(words + "\n")
            self._process.stdin.flush()
        for line in self._process.stdout:
            if line.startswith("> "):  # Ray may print something of its own
                return line[2:].strip()
        raise RuntimeError("the cluster did not start, or it ended")


def main() -> None:
    """Start the nodes, say their addresses, and kill those that standard input names until it closes."""
    from ray.cluster_utils import Cluster

    cluster, port = Cluster(), free_port()
    nodes = [
        cluster.add_node(
            num_cpus=int(word),
            object_store_memory=_STORE,
            include_dashboard=False,
            **({} if place else {"ray_client_server_port": port}),
        )
        for place, word in enumerate(sys.argv[1:])
    ]
    print(f"> {cluster.address} ray://127.0.0.1:{port}", flush=True)  # noqa: T201 - it is how the two talk
    for line in sys.stdin:
        cluster.remove_node(nodes[int(line)], allow_graceful=False)
        print("> done", flush=True)  # noqa: T201 - as above
    cluster.shutdown()


if __name__ == "__main__":
    main()
