#!/usr/bin/env python3
"""How soon the screen answers: tests/bench/screen.py [--idle SECONDS] SEQDUMP CAPTURE [ARGUMENT...]

Runs the program on a pseudo-terminal of 120x40 and types: keys while the capture is read, then on the table, then in the
connection that has the most packets. Prints how long it took from each key to a screen that shows what it did; 'worst'
is the longest. Needs Python 3 and pyte (pip install pyte), which keeps the screen.
"""
import argparse, fcntl, os, pty, re, select, signal, statistics, struct, termios, time
import pyte

ROWS, COLUMNS = 40, 120


class Screen:
    def __init__(self, command):
        self.screen = pyte.Screen(COLUMNS, ROWS)
        self.stream = pyte.ByteStream(self.screen)
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.start, self.times = time.monotonic(), []

    def take(self, wait):
        """Takes what was written; whether there was anything."""
        if not select.select([self.fd], [], [], wait)[0]:
            return False
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            return False
        self.stream.feed(re.sub(rb"\x1b\[[?>=][0-9;]*[a-zA-Z]", b"", data))
        return True

    def lines(self):
        return list(self.screen.display)

    def top(self):
        return self.screen.display[0]

    def cursor(self):
        return next(((y, line) for y, line in enumerate(self.screen.display) if line.startswith("▸")), None)

    def until(self, condition, limit=120):
        end = time.monotonic() + limit
        while not condition() and time.monotonic() < end:
            self.take(0.05)
        return time.monotonic() - self.start

    def rest(self, quiet=0.3, limit=60):
        end = time.monotonic() + limit
        while self.take(quiet) and time.monotonic() < end:
            pass

    def key(self, keys, shows=None, limit=30):
        """Seconds until the screen shows that the key was heard (until `shows`, where it is given)."""
        while self.take(0):
            pass
        before = self.lines()
        shows = shows or (lambda: self.lines() != before)
        began = time.monotonic()
        os.write(self.fd, keys.encode())
        while not shows() and time.monotonic() - began < limit:
            self.take(0.02)
        return time.monotonic() - began

    def step(self, name, keys, shows=None):
        took = self.key(keys, shows)
        if shows is None:
            self.times.append((took, name))
        print(f"  {name:32} {took * 1000:7.1f} ms   {self.top().strip()[-40:]}")
        self.rest()

    def moves(self, name, count=20):
        times = []
        for nth in range(count):
            at = self.cursor()
            times.append(self.key("jk"[nth % 2], lambda: self.cursor() != at, 5))
            self.take(0.03)
        self.times.append((max(times), name))
        print(f"  {name:32} median {statistics.median(times) * 1000:.1f} ms, longest {max(times) * 1000:.1f} ms")

    def memory(self):
        status = open(f"/proc/{self.pid}/status").read()
        return [int(re.search(name + r":\s+(\d+)", status).group(1)) // 1024 for name in ("VmRSS", "VmHWM")]

    def cpu(self):
        fields = open(f"/proc/{self.pid}/stat").read().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--idle", type=float, default=10)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    given = parser.parse_args()
    screen = Screen(given.command)
    print(f"list usable after {screen.until(screen.cursor) * 1000:.0f} ms: {screen.top().strip()[-50:]}")
    times = []
    while "reading" in screen.top():
        at = screen.cursor()
        times.append(screen.key("jk"[len(times) % 2], lambda: screen.cursor() != at, 5))
        screen.take(0.03)
    print(f"read after {time.monotonic() - screen.start:.1f} s: {screen.top().strip()[-50:]}")
    if times:
        screen.times.append((max(times), "while reading"))
        ordered = sorted(times)
        print(f"  {len(times)} keys while reading: median {statistics.median(times) * 1000:.1f} ms, 95 % in "
              f"{ordered[len(times) * 95 // 100] * 1000:.1f} ms, longest {ordered[-1] * 1000:.1f} ms")
    screen.rest()
    last = lambda: screen.screen.display[-1]
    for name, keys in [("last", "G"), ("sort", "s"), ("sort", "s"), ("sort", "s"), ("reverse", "R"), ("search", "/"),
                       ("type", "z"), ("type", "q")]:
        screen.step(name, keys)
    screen.step("search: not found", "\r", lambda: "not found" in last())
    while "▾" not in next((line for line in screen.lines() if "Packets" in line), "").partition("Packets")[2][:1]:
        screen.key("s")
        screen.rest(1)
    screen.key("\x1b[H", None, 0.3)
    level = lambda number: lambda: f"level {number}" in screen.top()
    screen.step("open the longest", "\r", level(3))
    screen.moves("move while it is read on", 40)
    screen.until(lambda: "% read" not in screen.top() and "working" not in screen.top())
    print(f"memory {screen.memory()[0]} MB, at most {screen.memory()[1]} MB")
    for number in "4231":
        screen.step(f"level {number}", number)
        screen.until(lambda: "working" not in screen.top())
    screen.step("level 3", "3")
    screen.until(lambda: "working" not in screen.top())
    screen.moves("move")
    for name, keys in [("end", "G"), ("page up", "\x1b[5~"), ("search", "/"), ("type", "e"), ("look", "\r"), ("next", "n"),
                       ("filter", "F"), ("type", "t"), ("type", "c"), ("type", "p"), ("set", "\r")]:
        screen.step(name, keys)
    screen.rest(2)
    before = screen.cpu()
    time.sleep(given.idle)
    print(f"idle: {screen.cpu() - before:.2f} s of CPU in {given.idle:.0f} s; memory {screen.memory()[0]} MB, at most {screen.memory()[1]} MB")
    longest = sorted(screen.times, reverse=True)[:5]
    print("worst: " + ", ".join(f"{name} {took * 1000:.0f} ms" for took, name in longest))
    os.kill(screen.pid, signal.SIGTERM)
    os.waitpid(screen.pid, 0)


main()
