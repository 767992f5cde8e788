"""`python -m tiledraw` is the command `tiledraw`."""

import sys

from tiledraw.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
