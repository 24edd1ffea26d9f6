"""Scenes that real programs play on loopback while tcpdump listens."""
