#!/usr/bin/env bash
# Installs what building and testing need on Debian or Ubuntu: libpcap to build, and programs that some tests talk to.
# What cannot be installed is left out; the tests that want it say that they skip.
set -euo pipefail

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null; then sudo "$@"; else return 1; fi
}

wanted=()
[ -e /usr/include/pcap/pcap.h ] || wanted+=(libpcap-dev)
command -v cc >/dev/null || wanted+=(build-essential)
command -v pkg-config >/dev/null || wanted+=(pkg-config)
for program in curl python3 openssl tmux; do
  command -v "$program" >/dev/null || wanted+=("$program")
done
command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || wanted+=(nginx-light)

if [ ${#wanted[@]} -gt 0 ]; then
  echo "installing: ${wanted[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${wanted[@]}" >/dev/null
fi

python3 -c 'import websockets' 2>/dev/null || python3 -m pip install -q --break-system-packages websockets 2>/dev/null ||
  python3 -m pip install -q websockets 2>/dev/null || echo "Python's websockets is not to be had: tests that want it will skip"

# Programs that read what is drawn and exported. Those of node stand beside the build, where they are kept with it.
readers=$(dirname "$0")/../target/readers
if command -v npm >/dev/null && [ ! -d "$readers/node_modules/har-validator" ]; then
  mkdir -p "$readers"
  npm install --silent --no-audit --no-fund --no-save --prefix "$readers" mermaid@11 har-validator@5 >/dev/null ||
    echo "npm's mermaid and har-validator are not to be had: tests that want them will skip"
fi
