#!/bin/sh
# Draws the pictures of the documentation from captures/. Usage: docs/pictures.sh [FOLDER]; $SEQDUMP is the program.
set -eu
cd "$(dirname "$0")/.."
to=${1:-docs/pictures}
seqdump=${SEQDUMP:-target/debug/seqdump}
mkdir -p "$to"

# picture NAME CAPTURE OPTION…
picture() {
    name=$1 capture=$2
    shift 2
    "$seqdump" draw "captures/$capture" -o "$to/$name.svg" "$@"
}

for theme in light dark; do
    picture "websocket-$theme" websocket.pcapng --theme $theme --lang en \
        --name 'Browser=127.0.0.1:52366' --name 'Server=127.0.0.1:80' \
        --highlight 9 --note '9=Nobody asked: over a WebSocket the server speaks when it wants to.'
    picture "websocket-ko-$theme" websocket.pcapng --theme $theme --lang ko \
        --name '브라우저=127.0.0.1:52366' --name '서버=127.0.0.1:80' \
        --highlight 9 --note '9=아무도 묻지 않았습니다. WebSocket에서는 서버도 먼저 말할 수 있습니다.'
done
picture wss-phases wss-tls13.pcapng --level 2 --lang en
picture http-close http-close.pcapng --together --lang en
picture http-keepalive http-keepalive.pcapng --together --lang en
picture packets websocket.pcapng --level 4 --lang en
picture violations violations.pcapng --filter 'conn == 0' --lang en
picture retransmission retransmission.pcap --lang en
picture proxy proxy.pcapng --together --lang en
