//! The scenarios: what each is called, what it shows, what to look at, and who plays it.

use super::{Scenario, article};
use crate::locale::Words;

/// The recording of a scenario.
macro_rules! recording {
    ($name:literal) => {
        include_bytes!(concat!("../../captures/", $name, ".pcapng"))
    };
}

const CLIENT: Words = ["Client", "클라이언트"];
const SERVER: Words = ["Server", "서버"];

/// A client and a server, whatever the connection.
fn pair(_place: usize, _nth: usize) -> [Words; 2] {
    [CLIENT, SERVER]
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
                "선로에서 읽을 수 있는 것은 두 Hello뿐이고, 나머지는 이 세션의 키로 연 것입니다.",
            ],
        ],
        together: true,
        columns: &[],
        ports: &[8443],
        cast: pair,
        recording: recording!("wss-tls13"),
        prepare: article::wss,
    },
];
