"""The list of captures: each one's file name, the question that it answers and what one should see."""

from collections.abc import Callable
from dataclasses import dataclass

from . import files
from .talk import Recording


@dataclass
class Capture:
    """One capture: `make` gives a `Recording` or the bytes of a whole file (synthetic), or records one (real)."""

    file: str
    question: str
    see: str
    make: Callable
    real: bool = False

    @property
    def name(self):
        """The file name without its endings."""
        return self.file.split(".")[0]

    def content(self):
        """The bytes of a synthetic capture."""
        made = self.make()
        if isinstance(made, Recording):
            writer = files.pcapng if ".pcapng" in self.file else files.pcap
            made = writer(made.frames, made.linktype)
        return files.gzipped(made) if self.file.endswith(".gz") else made


CAPTURES: list[Capture] = []


def synthetic(file, question, see):
    """Register a scene that is built byte for byte."""
    return register(file, question, see, real=False)


def real(file, question, see):
    """Register a scene that real programs play on loopback while tcpdump listens."""
    return register(file, question, see, real=True)


def register(file, question, see, real):
    """A decorator that puts a scene on the list; names, without their endings, are unique."""

    def put(make):
        capture = Capture(file, question, see, make, real)
        if any(other.name == capture.name for other in CAPTURES):
            raise ValueError(f"two captures are called {capture.name}")
        CAPTURES.append(capture)
        return make

    return put
