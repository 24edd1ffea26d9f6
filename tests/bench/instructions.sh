#!/bin/sh
# Instructions that a survey takes for a packet, counted by callgrind, against the figures in instructions.tsv. Unlike
# times these repeat, whatever else the machine does. Fails where one has grown by more than a quarter.
#
# usage: tests/bench/instructions.sh [-r]
#   -r  record the figures instead of comparing with them
# SEQDUMP names the program; without it target/release/seqdump. The captures are made by `cargo run --example generate`.
set -eu
cd "$(dirname "$0")/../.."

figures=tests/bench/instructions.tsv
seqdump=${SEQDUMP:-target/release/seqdump}
record=''
[ "${1:-}" = -r ] && record=1
command -v valgrind >/dev/null || { echo "skipped: valgrind is not installed"; exit 0; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Instructions of a survey of so many packets.
count() {
    cargo run --quiet --example generate -- "$1" "$2" "$folder/capture.pcap"
    valgrind --tool=callgrind --callgrind-out-file=/dev/null "$seqdump" list "$folder/capture.pcap" \
        2>&1 >/dev/null | sed -n 's/.*Collected : \([0-9]*\).*/\1/p'
}

status=0
for kind in http-many http-keepalive ws-chat ws-bulk syn-flood; do
    # The difference of two sizes is free of what a start costs.
    each=$((($(count $kind 20000) - $(count $kind 5000)) / 15000))
    if [ -n "$record" ]; then
        printf '%s\t%s\n' "$kind" "$each" >>"$folder/figures"
        continue
    fi
    recorded=$(awk -v kind=$kind '$1 == kind { print $2 }' $figures)
    echo "$kind: $each instructions a packet, $recorded recorded"
    if [ "$each" -gt $((recorded * 5 / 4)) ]; then
        echo "$kind takes over a quarter more than recorded: find out why, or record it with -r and say why"
        status=1
    fi
done
[ -z "$record" ] || cp "$folder/figures" $figures
exit $status
