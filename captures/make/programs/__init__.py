"""The clients and servers that play the real scenes; each is a small program of its own."""
