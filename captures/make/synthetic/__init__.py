"""Scenes that are built byte for byte: no clock, no chance, no program but Python."""

from . import connection, derived, http, tcp, websocket  # noqa: F401
