"""Records a scene: starts tcpdump on loopback, lets real programs play, writes what was heard as pcapng.

Each scene gets a `Stage`: a folder of its own, programs that end with it, and a place for TLS keys. What is missing on
this machine is said in one line and the scene is skipped.
"""

import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from .. import files

PROGRAMS = Path(__file__).resolve().parent.parent / "programs"
LISTENING = {"tcp": "0A", "udp": "07"}


class Missing(Exception):
    """Something that the scene needs is not here."""


def record(captures, names, folder):
    """Record the captures that are named (all without names); the exit status."""
    known = {capture.name: capture for capture in captures}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such real capture: {', '.join(unknown)} (see --list)")
        return 2
    skipped = 0
    for capture in [known[name] for name in names] or captures:
        try:
            size = play(capture, folder / capture.file)
            print(f"recorded {capture.file}, {size} bytes")
        except Missing as missing:
            skipped += 1
            print(f"skipped {capture.file}: {missing}")
    return 1 if skipped else 0


def play(capture, path):
    """Play one scene and write its capture; the size of the file."""
    need("tcpdump", "apt-get install tcpdump")
    with tempfile.TemporaryDirectory(prefix="scene-") as folder:
        stage = Stage(Path(folder))
        try:
            capture.make(stage)
        finally:
            stage.end()
        made = stage.pcapng()
    path.write_bytes(made)
    return len(made)


def need(program, remedy):
    """Raise `Missing` unless `program` is installed."""
    if not shutil.which(program):
        raise Missing(f"{program} is not installed ({remedy})")


class Stage:
    """Where one scene plays."""

    def __init__(self, folder):
        self.folder, self.keylog = folder, folder / "keys.log"
        folder.chmod(0o755)  # nginx's workers are nobody
        self.running, self.programs, self.ear = [], [], None

    def uses(self, *names):
        """Say which programs play, with their versions, for the capture's comment; they must be installed."""
        for name in names:
            remedy, ask, pattern = TOOLS[name]
            need(ask[0], remedy)
            run = subprocess.run(ask, capture_output=True, text=True, env=surroundings())
            found = re.search(pattern, run.stdout + run.stderr)
            if run.returncode or not found:
                raise Missing(f"{name} does not answer ({remedy})")
            self.programs.append(f"{name} {found[1]}")

    def listen(self, words, interface="lo"):
        """Start to capture what the filter `words` let through; returns when tcpdump listens."""
        command = ["tcpdump", "-i", interface, "--immediate-mode", "-U", "-n", "-B", "16384"]
        command += ["-w", str(self.folder / "heard.pcap"), *words.split()]
        self.ear = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        for line in self.ear.stderr:
            if "listening on" in line:
                return
        raise Missing("tcpdump may not capture here (root or CAP_NET_RAW is needed)")

    def hush(self):
        """Stop to capture, while the programs still run."""
        if self.ear and self.ear.poll() is None:
            time.sleep(0.3)
            self.ear.send_signal(signal.SIGINT)
            self.ear.wait(10)

    def start(self, *command, port=None, transport="tcp", **more):
        """Start a program that ends with the scene; waits until `port` is listened on."""
        if port and listening(port, transport):
            raise Missing(f"port {port} is taken")
        env = surroundings(more.pop("env", {}))
        child = subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=env,
            text=True,
            start_new_session=True,
            **more,
        )
        self.running.append(child)
        end = time.monotonic() + 15
        while port and not listening(port, transport):
            if child.poll() is not None or time.monotonic() > end:
                self.running.remove(child)
                child.kill()
                raise Missing(f"{' '.join(map(str, command))} does not listen: {child.stdout.read()}")
            time.sleep(0.02)
        return child

    def run(self, *command, env=None, seconds=60, status=(0,), **more):
        """Run a program to its end; its standard output."""
        more |= {"capture_output": True, "text": True, "errors": "replace", "cwd": self.folder, "timeout": seconds}
        try:
            done = subprocess.run([str(word) for word in command], env=surroundings(env), **more)
        except subprocess.TimeoutExpired:
            raise Missing(f"{command[0]} did not end within {seconds} s") from None
        if status and done.returncode not in status:
            raise Missing(f"{' '.join(map(str, command))} failed: {(done.stderr + done.stdout).strip()[-600:]}")
        return done.stdout

    def until(self, child, word):
        """Read what `child` prints up to a line that holds `word`."""
        for line in child.stdout:
            if word in line:
                return line
        raise Missing(f"a program ended before it said {word!r}")

    def python(self, script, *words, **more):
        """Run a script of `make/programs` with Python to its end."""
        return self.run("python3", PROGRAMS / script, *words, **more)

    def certificate(self, name="server", kind="ec", common="server.example.com"):
        """Make a key and a self-signed certificate; the paths of both."""
        key, certificate = self.folder / f"{name}.key", self.folder / f"{name}.pem"
        how = ["-newkey", "rsa:2048"] if kind == "rsa" else ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
        names = f"subjectAltName=DNS:{common},DNS:localhost,IP:127.0.0.1"
        self.run(
            "openssl",
            "req",
            "-x509",
            *how,
            "-nodes",
            "-days",
            "3650",
            "-subj",
            f"/CN={common}",
            "-addext",
            names,
            "-keyout",
            key,
            "-out",
            certificate,
        )
        return key, certificate

    def end(self):
        """Stop capturing, then every program that still runs."""
        self.hush()
        for child in self.running:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGTERM)
        for child in self.running:
            try:
                child.wait(5)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
            child.stdout.close()

    def pcapng(self):
        """What was heard, with the names of the programs and the keys."""
        frames, linktype = files.read_pcap((self.folder / "heard.pcap").read_bytes())
        keys = self.keylog.read_bytes() if self.keylog.exists() else b""
        name = {1: "lo"}.get(linktype, "any")
        return files.pcapng(frames, linktype, ", ".join(self.programs), keys, name)


def listening(port, transport="tcp"):
    """Whether somebody listens on `port`, without asking it (a question would be captured)."""
    for table in (f"/proc/net/{transport}", f"/proc/net/{transport}6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(f":{port:04X}") and fields[3] == LISTENING[transport]:
                return True
    return False


def surroundings(more=None):
    """The environment of the programs: no proxy, no foreign key log; packages where PYTHONPATH and NODE_PATH say."""
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    kept.pop("SSLKEYLOGFILE", None)
    paths = [str(PROGRAMS.parent.parent), *filter(None, [kept.get("PYTHONPATH")])]
    ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONUNBUFFERED": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return kept | ours | (more or {})


# What each program is: how to get it, how to ask for its version, where the version stands in the answer.
TOOLS = {
    "Python": ("apt-get install python3", ["python3", "--version"], r"Python (\S+)"),
    "curl": ("apt-get install curl", ["curl", "--version"], r"curl (\S+)"),
    "nginx": ("apt-get install nginx-light", ["nginx", "-v"], r"nginx/(\S+)"),
    "openssl": ("apt-get install openssl", ["openssl", "version"], r"OpenSSL (\S+)"),
    "node": ("apt-get install nodejs", ["node", "--version"], r"v(\S+)"),
    "Chromium": ("apt-get install chromium", ["chromium", "--version"], r"Chromium (\S+)"),
    "node's ws": (
        "npm install ws, and NODE_PATH set to that node_modules",
        ["node", "-p", "require('ws/package.json').version"],
        r"(\d\S+)",
    ),
    "Hypercorn": (
        "pip install hypercorn",
        ["python3", "-c", "from importlib.metadata import version; print(version('hypercorn'))"],
        r"(\d\S+)",
    ),
    "NSS": ("apt-get install libnss3-tools", ["dpkg-query", "-W", "libnss3-tools"], r"2:(\d[\d.]+)"),
    "tlslite-ng": (
        "pip install tlslite-ng",
        ["python3", "-c", "import tlslite; print(tlslite.__version__)"],
        r"(\d\S+)",
    ),
    "Python's websockets": (
        "pip install websockets",
        ["python3", "-c", "import websockets; print(websockets.__version__)"],
        r"(\d\S+)",
    ),
}
