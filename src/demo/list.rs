//! The scenarios: what each is called, what it shows, what to look at, and who plays it.

use super::{Scenario, article, costs, people, trouble};
use crate::locale::Words;

/// The recording of a scenario.
macro_rules! recording {
    ($name:literal) => {
        include_bytes!(concat!("../../captures/", $name, ".pcapng"))
    };
}

const CLIENT: Words = ["Client", "클라이언트"];
const SERVER: Words = ["Server", "서버"];

const PROXY: Words = ["Proxy", "프록시"];

/// A client and a server, whatever the connection.
fn pair(_place: usize, _nth: usize) -> [Words; 2] {
    [CLIENT, SERVER]
}

/// The members of the chat room, in the order in which they come.
fn room(_place: usize, nth: usize) -> [Words; 2] {
    [[["ann"; 2], ["bo"; 2], ["chris"; 2]].get(nth).copied().unwrap_or(CLIENT), SERVER]
}

/// The client asks the proxy, and that asks the server.
fn three(place: usize, _nth: usize) -> [Words; 2] {
    if place == 0 { [CLIENT, PROXY] } else { [PROXY, SERVER] }
}

/// All scenarios, from the simplest on.
pub const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "http-close",
        about: [
            "HTTP that hangs up: a new TCP connection for each request",
            "끊는 HTTP: 요청마다 새 TCP 연결",
        ],
        watch: &[
            ["Each request costs a TCP handshake of its own.", "요청마다 TCP 핸드셰이크를 새로 합니다."],
            [
                "`Connection: close` in the response is why the server sends the first FIN.",
                "응답의 `Connection: close` 때문에 서버가 먼저 FIN을 보냅니다.",
            ],
            [
                "Only the client asks; the server only answers.",
                "클라이언트만 요청하고, 서버는 응답만 합니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[8080],
        cast: pair,
        recording: recording!("http-close"),
        prepare: article::http_close,
    },
    Scenario {
        name: "http-keepalive",
        about: ["HTTP that stays: two requests on one connection", "유지하는 HTTP: 연결 하나에 요청 둘"],
        watch: &[
            ["One handshake serves both requests.", "핸드셰이크 한 번으로 두 요청을 처리합니다."],
            [
                "Nobody sends FIN: the connection is kept for the next request.",
                "아무도 FIN을 보내지 않고, 다음 요청을 위해 연결을 유지합니다.",
            ],
            ["Still, the server never speaks unasked.", "그래도 서버가 먼저 말하는 일은 없습니다."],
        ],
        together: true,
        columns: &[],
        ports: &[8080],
        cast: pair,
        recording: recording!("http-keepalive"),
        prepare: article::http_keepalive,
    },
    Scenario {
        name: "socket",
        about: ["A raw TCP socket: both sides speak when they like", "원시 TCP 소켓: 양쪽이 원할 때 말함"],
        watch: &[
            [
                "`score …` is sent by the server without being asked.",
                "`score …`는 요청 없이 서버가 먼저 보낸 것입니다.",
            ],
            [
                "TCP carries bytes, not messages: what a line means is up to the two programs.",
                "TCP는 메시지가 아니라 바이트를 나릅니다. 한 줄의 뜻은 두 프로그램이 정합니다.",
            ],
            ["The connection stays open.", "연결은 계속 유지됩니다."],
        ],
        together: true,
        columns: &[],
        ports: &[9000],
        cast: pair,
        recording: recording!("socket"),
        prepare: article::socket,
    },
    Scenario {
        name: "udp",
        about: ["Datagrams, which know no connection", "연결이 없는 데이터그램(UDP)"],
        watch: &[
            [
                "No handshake comes before the first datagram and no farewell after the last.",
                "첫 데이터그램 전에 핸드셰이크가 없고, 마지막 뒤에 종료도 없습니다.",
            ],
            [
                "`silence` is never answered, and UDP itself does not notice.",
                "`silence`에는 응답이 없지만, UDP는 그것을 알아차리지 못합니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[9999],
        cast: pair,
        recording: recording!("udp"),
        prepare: article::udp,
    },
    Scenario {
        name: "websocket",
        about: [
            "HTTP becomes WebSocket on the same TCP connection",
            "같은 TCP 연결에서 HTTP가 웹소켓으로 바뀜",
        ],
        watch: &[
            [
                "The 101 is the last thing that HTTP says; from there on the same connection carries frames.",
                "101 응답이 HTTP의 마지막 말이고, 그다음부터는 같은 연결로 프레임이 오갑니다.",
            ],
            [
                "The server pushes: nobody asked for its second message.",
                "서버가 먼저 보냅니다. 두 번째 메시지는 아무도 요청하지 않았습니다.",
            ],
            [
                "Each side says Close; then the server sends the first FIN.",
                "양쪽이 Close를 주고받은 뒤 서버가 먼저 FIN을 보냅니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[80],
        cast: pair,
        recording: recording!("websocket"),
        prepare: article::websocket,
    },
    Scenario {
        name: "wss",
        about: ["WebSocket inside TLS 1.3, opened with its keys", "TLS 1.3 안의 웹소켓, 키로 열어 봄"],
        watch: &[
            [
                "Between the TCP handshake and the upgrade stands the TLS handshake.",
                "TCP 핸드셰이크와 업그레이드 사이에 TLS 핸드셰이크가 들어갑니다.",
            ],
            [
                "On the wire only the two hellos can be read; the rest is opened with the keys of this session.",
                "네트워크에서 그대로 읽을 수 있는 것은 두 Hello뿐이고, 나머지는 이 세션의 키로 연 것입니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[8443],
        cast: pair,
        recording: recording!("wss-tls13"),
        prepare: article::wss,
    },
    Scenario {
        name: "chat",
        about: [
            "Three clients, one server: what one says goes to all",
            "클라이언트 셋과 서버 하나: 한 사람의 말이 모두에게",
        ],
        watch: &[
            [
                "Each client has a WebSocket of its own; they never speak with each other.",
                "클라이언트마다 웹소켓이 따로 있고, 서로 직접 말하지는 않습니다.",
            ],
            [
                "One line from a client becomes a push to everybody who is in the room.",
                "한 클라이언트의 한 줄이 방에 있는 모두에게 푸시됩니다.",
            ],
            ["bo leaves early and hears no more.", "bo는 먼저 나가고, 그 뒤로는 아무것도 받지 않습니다."],
        ],
        together: true,
        columns: &[],
        ports: &[8080],
        cast: room,
        recording: recording!("chat"),
        prepare: people::chat,
    },
    Scenario {
        name: "proxy",
        about: [
            "A WebSocket through a reverse proxy: three parties, two connections",
            "리버스 프록시를 지나는 웹소켓: 셋이 연결 둘로",
        ],
        watch: &[
            [
                "The proxy opens a connection of its own and passes the upgrade on.",
                "프록시는 자기 연결을 따로 열고 업그레이드를 전달합니다.",
            ],
            [
                "Both connections have the same Sec-WebSocket-Key; X-Forwarded-For is new behind the proxy.",
                "두 연결의 Sec-WebSocket-Key는 같고, X-Forwarded-For는 프록시 뒤에서 추가됩니다.",
            ],
            [
                "Each frame is seen twice, the second time a little later.",
                "프레임마다 두 번 보이며, 두 번째가 조금 늦습니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[8080, 9000],
        cast: three,
        recording: recording!("proxy"),
        prepare: people::proxy,
    },
    Scenario {
        name: "refused",
        about: ["Nobody listens: a RST answers the SYN", "아무도 듣지 않음: SYN에 RST로 답함"],
        watch: &[
            [
                "Two packets, over IPv4 and again over IPv6: SYN, RST.",
                "패킷 둘, IPv4로 한 번 IPv6로 한 번: SYN, RST.",
            ],
            [
                "A firewall that drops would look different: SYNs again and again, and no answer.",
                "버리는 방화벽이라면 다릅니다. SYN만 되풀이되고 답이 없습니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[8081],
        cast: pair,
        recording: recording!("refused"),
        prepare: trouble::refused,
    },
    Scenario {
        name: "reset",
        about: [
            "A server that cuts the connection in the middle of a response",
            "응답 도중에 연결을 끊는 서버",
        ],
        watch: &[
            ["The response promises 100 bytes; 48 come.", "응답은 100바이트를 약속했지만 48바이트만 옵니다."],
            ["RST in place of FIN: what was on its way is lost.", "FIN 대신 RST: 가던 데이터는 사라집니다."],
        ],
        together: true,
        columns: &[],
        ports: &[8080],
        cast: pair,
        recording: recording!("reset"),
        prepare: trouble::reset,
    },
    Scenario {
        name: "half-close",
        about: ["One side is done sending, the other still speaks", "한쪽은 다 보냈고, 다른 쪽은 계속 말함"],
        watch: &[
            ["The client's FIN ends its own direction only.", "클라이언트의 FIN은 자기 방향만 끝냅니다."],
            [
                "The server goes on sending for a second, then sends its own FIN.",
                "서버는 1초쯤 더 보낸 뒤 자기 FIN을 보냅니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[9000],
        cast: pair,
        recording: recording!("half-close"),
        prepare: trouble::half_close,
    },
    Scenario {
        name: "slow",
        about: ["A reader that is too slow: the window closes", "너무 느린 수신자: 윈도가 닫힘"],
        watch: &[
            [
                "The reader's small buffer fills; its window falls to zero and the sender must wait.",
                "수신자의 작은 버퍼가 차면 윈도가 0이 되고 송신자는 기다려야 합니다.",
            ],
            [
                "The sender probes the closed window until the reader wakes up.",
                "송신자는 수신자가 깨어날 때까지 닫힌 윈도를 두드려 봅니다.",
            ],
            ["`--level 4` shows each packet.", "`--level 4`로 패킷을 하나씩 봅니다."],
        ],
        together: true,
        columns: &[],
        ports: &[9000],
        cast: pair,
        recording: recording!("slow"),
        prepare: trouble::slow,
    },
    Scenario {
        name: "violations",
        about: [
            "A server that breaks RFC 6455, one rule a connection",
            "RFC 6455를 어기는 서버, 연결마다 규칙 하나씩",
        ],
        watch: &[
            [
                "Beside each frame that breaks a rule stand the rule and its section.",
                "규칙을 어긴 프레임 옆에 그 규칙과 조항이 표시됩니다.",
            ],
            [
                "The client closes with 1002 (protocol error) or 1007 (invalid data).",
                "클라이언트는 1002(프로토콜 오류)나 1007(잘못된 데이터)로 닫습니다.",
            ],
        ],
        together: false,
        columns: &[],
        ports: &[8080],
        cast: pair,
        recording: recording!("violations"),
        prepare: trouble::violations,
    },
    Scenario {
        name: "compare",
        about: [
            "The same ten messages by polling, keep-alive, WebSocket and raw socket",
            "같은 메시지 열 개를 폴링, 킵얼라이브, 웹소켓, 원시 소켓으로",
        ],
        watch: &[
            [
                "Polling pays a TCP handshake and two heads for each message.",
                "폴링은 메시지마다 TCP 핸드셰이크와 헤더 둘을 치릅니다.",
            ],
            [
                "WebSocket pays one request and one response, then a few bytes a frame.",
                "웹소켓은 요청과 응답을 한 번 치르고, 그 뒤로는 프레임마다 몇 바이트만 듭니다.",
            ],
            [
                "The raw socket adds nothing, and leaves it to the programs where a message ends.",
                "원시 소켓은 아무것도 더하지 않고, 메시지의 끝을 프로그램에 맡깁니다.",
            ],
        ],
        together: true,
        columns: &[
            ["polling", "폴링"],
            ["keep-alive", "킵얼라이브"],
            ["WebSocket", "웹소켓"],
            ["raw socket", "원시 소켓"],
        ],
        ports: &[8080, 8081, 8082, 9000],
        cast: pair,
        recording: recording!("compare"),
        prepare: costs::compare,
    },
];
