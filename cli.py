"""The commands from a bare checkout: `python cli.py check inception_v3`."""

import sys
from pathlib import Path

import netspec

# An install maps backends/ and specs/ into the package; in a checkout the package's path does.
netspec.__path__.append(str(Path(__file__).resolve().parent))

if __name__ == "__main__":
    from netspec.cli.main import main

    sys.exit(main())
