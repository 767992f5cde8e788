"""A Ray cluster of two nodes on this machine, the second of which is killed as often as a test wants."""

import os
import threading
import time
from contextlib import contextmanager

TRIES = 3  # Ray gives a node half a minute to start, whatever else the machine does
# of each node: none of what only people would look at
BARE = {"num_cpus": 1, "include_dashboard": False, "no_monitor": True, "include_log_monitor": False}


class Machines:
    """Attributes: `address` of the cluster; `killed`: how many nodes."""

    def __init__(self):
        os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}  # on 127.0.0.1 alone
        from ray.cluster_utils import Cluster

        self.cluster, self.second, self.killed = Cluster(), None, 0
        self._add()

    @property
    def address(self):
        return self.cluster.address

    def _add(self):
        for left in reversed(range(TRIES)):
            try:
                return self.cluster.add_node(**BARE)
            except Exception:
                if not left:
                    raise

    @contextmanager
    def killing(self, happened, then=lambda: None):
        """A block with both nodes, in which the second one is killed as soon as `happened()`, and `then()` follows."""
        if self.second is None:
            self.second = self._add()
        over = threading.Event()

        def kill():
            while not over.wait(0.005):
                if happened():
                    self.second.kill_all_processes(check_alive=False, allow_graceful=False, wait=True)
                    self.second, self.killed = None, self.killed + 1
                    then()
                    return

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            yield
        finally:
            over.set()
            killer.join()

    def end(self):
        self.cluster.shutdown()


if __name__ == "__main__":  # one to try things on: python tests/shared/machines.py
    machines = Machines()
    machines.second = machines._add()
    print(machines.address, flush=True)
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        machines.end()
