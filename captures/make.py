"""Makes the captures of this folder again.

python3 captures/make.py                 builds the synthetic ones and the table of README.md
python3 captures/make.py --check         builds them in memory and compares byte for byte
python3 captures/make.py --real NAME…    records real programs on loopback (all when no name is given)
python3 captures/make.py --list          names every capture
"""

import argparse
import gzip
import sys
from pathlib import Path

sys.dont_write_bytecode = True
HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from make import readme, synthetic  # noqa: E402, F401
from make.real import recorder  # noqa: E402
from make.registry import CAPTURES  # noqa: E402


def main():
    parser = argparse.ArgumentParser(description="Makes the captures of this folder again.")
    group = parser.add_mutually_exclusive_group()
    group.add_argument("--check", action="store_true", help="compare with what is there, write nothing")
    group.add_argument("--real", nargs="*", metavar="NAME", help="record real programs (needs the right to capture)")
    group.add_argument("--list", action="store_true", help="name every capture")
    asked = parser.parse_args()
    if asked.list:
        for capture in CAPTURES:
            print(f"{'real' if capture.real else 'synthetic':10}{capture.file}")
        return 0
    if asked.real is not None:
        status = recorder.record([capture for capture in CAPTURES if capture.real], asked.real, HERE)
        readme.write(HERE, CAPTURES)
        return status
    return check() if asked.check else build()


def build():
    """Write every synthetic capture and the table of README.md."""
    for capture in made_here():
        if not same(capture):
            (HERE / capture.file).write_bytes(capture.content())
            print(f"wrote {capture.file}")
    readme.write(HERE, CAPTURES)
    return 0


def check():
    """Say what differs from what the scripts make; 0 when nothing does."""
    wrong = [capture.file for capture in made_here() if not same(capture)]
    known = {capture.file for capture in CAPTURES}
    for file in wrong:
        print(f"{file} is not what the script makes", file=sys.stderr)
    there = {path.name for path in HERE.glob("*.pcap*")}
    for file in sorted(there - known):
        print(f"{file} has no script", file=sys.stderr)
    for file in sorted(known - there):
        print(f"{file} is not there", file=sys.stderr)
    stale = not readme.current(HERE, CAPTURES)
    if stale:
        print("the table of README.md is old", file=sys.stderr)
    if wrong or there != known or stale:
        print("run: python3 captures/make.py", file=sys.stderr)
        return 1
    print(f"{len(made_here())} synthetic captures are byte for byte what the scripts make")
    return 0


def made_here():
    """The synthetic captures."""
    return [capture for capture in CAPTURES if not capture.real]


def same(capture):
    """Whether the file is there and right; what gzip holds counts, since compressors differ."""
    path = HERE / capture.file
    if not path.exists():
        return False
    there, made = path.read_bytes(), capture.content()
    if capture.file.endswith(".gz"):
        return gzip.decompress(there) == gzip.decompress(made)
    return there == made


if __name__ == "__main__":
    sys.exit(main())
