"""Other Python processes that run this package: found as this one finds it, and blind to the current folder.

`python -m`, `python -c` and multiprocessing's `spawn` all put the current folder before the standard library, so that a
`numpy.py` or `pickle.py` that happens to lie among somebody's pictures would be run.
Knows Python's start. Knows nothing about what the processes do.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

# `-I`, not `-P` or PYTHONSAFEPATH, which Python 3.10 lacks. The package is that of this process, even where another
# version is installed; what lies beside it (packages installed into one folder) is found last.
_START = """\
import sys
from importlib.util import module_from_spec, spec_from_file_location
count, home = int(sys.argv[1]), sys.argv[2]
sys.path[:] = [*sys.argv[3 : 3 + count], *sys.path, home]
sys.argv[1 : 3 + count] = []
spec = spec_from_file_location("tiledraw", home + "/tiledraw/__init__.py")
sys.modules["tiledraw"] = package = module_from_spec(spec)
spec.loader.exec_module(package)
"""


def python_command(code: str, *arguments: str) -> list[str]:
    """The command that runs `code`, for which `sys` is imported, in another process of this Python.

    It imports from where this process does, in the same order, except from the current folder. What is in it is never
    run, unless this very package lies there; then it comes last.
    """
    here = os.path.realpath(os.curdir)
    path = [os.path.abspath(entry) for entry in sys.path if isinstance(entry, str) and os.path.realpath(entry) != here]
    home = str(Path(__file__).resolve().parents[2])
    flags = ["-I", "-B"] if sys.dont_write_bytecode else ["-I"]
    return [sys.executable, *flags, "-c", _START + code, str(len(path)), home, *path, *arguments]
