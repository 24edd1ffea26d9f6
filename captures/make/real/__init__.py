"""Scenes that real programs play on loopback while tcpdump listens."""

from . import article, http, purpose, tls  # noqa: F401
