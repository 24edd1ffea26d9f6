"""How the captures beside this folder were made; `python3 captures/make.py --help` is the door."""
