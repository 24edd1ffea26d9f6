#!/bin/sh
# How fast a survey and an export are beside tshark and beside the floor, on captures that are given.
#
# usage: tests/bench/compare.sh [-n ROUNDS] [-f FLOOR] [-t] CAPTURE...
#   -n  rounds; each command runs once a round, in turn, so that a drift of the machine hits all alike (default 5)
#   -f  a program that walks the same packets with a flow lookup for each: called as FLOOR flow CAPTURE
#   -t  time tshark too, once a capture, as it is slow
# SEQDUMP names the program to be timed; without it target/release/seqdump. Printed: the median of user and system
# seconds, nanoseconds a packet, the peak memory, and the ratio to the survey's time.
set -eu

rounds=5 floor='' tshark=''
while getopts n:f:t flag; do
    case $flag in
        n) rounds=$OPTARG ;;
        f) floor=$OPTARG ;;
        t) tshark=1 ;;
        *) sed -n '4,7s/^# //p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))
seqdump=${SEQDUMP:-target/release/seqdump}
times=$(mktemp -d)
trap 'rm -rf "$times"' EXIT

# once NAME COMMAND...: adds a line "seconds kilobytes" to the times of NAME.
once() {
    name=$1; shift
    /usr/bin/time -a -o "$times/$name" -f '%U %S %M' "$@" >/dev/null 2>&1 || true
}

# Lines of /usr/bin/time: user, system, kilobytes. Prints the median of the sums and the largest memory.
median() {
    awk 'NF == 3 { print $1 + $2, $3 }' "$1" | sort -n |
        awk '{ time[NR] = $1; if ($2 > most) most = $2 } END { print time[int((NR + 1) / 2)], most / 1024 }'
}

for capture; do
    rm -f "$times"/*
    cat "$capture" >/dev/null
    packets=$("$seqdump" export --format jsonl "$capture" 2>/dev/null | tail -n 1 | sed -n 's/.*"packets":\([0-9]*\).*/\1/p')
    round=0
    while [ "$round" -lt "$rounds" ]; do
        once survey "$seqdump" list "$capture"
        once export "$seqdump" export --format jsonl "$capture"
        if [ -n "$floor" ]; then once floor "$floor" flow "$capture"; fi
        round=$((round + 1))
    done
    if [ -n "$tshark" ]; then
        once tshark tshark -r "$capture" -T fields -e frame.number -e tcp.stream -e http.request.uri \
            -e http.response.code -e tls.handshake.type -e websocket.opcode -e websocket.payload_length
    fi
    echo "$(basename "$capture"): ${packets:-?} packets, $(($(wc -c <"$capture") / 1000000)) MB"
    survey=$(median "$times/survey" | cut -d' ' -f1)
    for name in survey export floor tshark; do
        [ -e "$times/$name" ] || continue
        median "$times/$name" | awk -v name="$name" -v packets="${packets:-0}" -v survey="$survey" '{
            each = (packets > 0) ? $1 * 1e9 / packets : 0
            ratio = (survey > 0) ? $1 / survey : 0
            printf("  %-8s %8.2f s %9.0f ns a packet %8.0f MB %8.2f times the survey\n", name, $1, each, $2, ratio) }'
    done
done
