"""Scenes that real programs play on loopback while tcpdump listens."""

from . import article, tls  # noqa: F401
