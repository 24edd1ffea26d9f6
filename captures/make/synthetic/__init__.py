"""Scenes that are built byte for byte: no clock, no chance, no program but Python."""

from . import derived, tcp, websocket  # noqa: F401
