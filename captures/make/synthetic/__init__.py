"""Scenes that are built byte for byte: no clock, no chance, no program but Python."""

from . import connection, derived, file, http, link, tcp, tls, violations, websocket  # noqa: F401
