#!/usr/bin/env bash
# Fuzzes one target for so many seconds: run.sh TARGET SECONDS. Stable Rust is enough.
set -euo pipefail
cd "$(dirname "$0")"
target=$1 seconds=${2:-60}
export RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1"
triple=$(rustc -vV | sed -n 's/^host: //p')
cargo build --release --features libfuzzer --target "$triple"
[ -d target/seeds ] || "target/$triple/release/seeds" target/seeds
mkdir -p "target/corpus/$target" "target/seeds/$target" "corpus/$target" artifacts
"target/$triple/release/$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=16384 \
  -artifact_prefix="artifacts/$target-" -print_final_stats=1 "target/corpus/$target" "target/seeds/$target" "corpus/$target"
