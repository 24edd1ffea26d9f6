#!/usr/bin/env bash
# Fuzzes one target for so many seconds: run.sh TARGET SECONDS. It needs cargo-fuzz and a nightly Rust.
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=${2:-60}
[ -d target/seeds ] || cargo run --release --example seeds target/seeds
mkdir -p "target/corpus/$target" "target/seeds/$target" "corpus/$target"
# There is no unsafe code to be watched for: without the address sanitizer it is twice as fast.
cargo +nightly fuzz run --fuzz-dir . --sanitizer none --features libfuzzer "$target" \
  "target/corpus/$target" "target/seeds/$target" "corpus/$target" -- \
  -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 -print_final_stats=1
