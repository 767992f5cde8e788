"""Locks: one process at a time keeps a folder, and none keeps it longer than it lives."""

import signal
import subprocess
import sys

import pytest

from tiledraw.common.locks import BusyError, locked


def test_a_folder_is_kept_by_one_and_free_again_behind_the_block(tmp_path):
    for _ in range(2):
        found = pytest.raises(BusyError, match=f"another process of tiledraw writes into {tmp_path};")
        with locked(tmp_path), found, locked(tmp_path):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_is_killed_keeps_nothing_nor_do_those_that_it_started(tmp_path):
    script = (
        "import subprocess, sys, time\n"
        "from tiledraw.common.locks import locked\n"
        "with locked(sys.argv[1]):\n"
        "    child = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=sys.stdin, stdout=subprocess.DEVNULL)\n"
        "    print('kept', flush=True)\n"
        "    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"kept\n"
        with pytest.raises(BusyError), locked(tmp_path):
            pass
        process.send_signal(signal.SIGKILL)
        process.wait()
        with locked(tmp_path):
            pass
