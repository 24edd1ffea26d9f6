//! The document style against the article's own diagrams, and against conversations made to differ.

#[allow(dead_code)]
#[path = "diagrams/scene.rs"]
mod scene;

use scene::{Scene, endpoint, http_close, http_keepalive, socket, upgrade};
use seqdump::event::{Class, Phase, Side};
use seqdump::locale::Lang;
use seqdump::render::document;

fn document(scene: &Scene, lang: Lang) -> String {
    document::lines(&scene.trace, lang).join("\n")
}

#[test]
fn http_closes_after_each_response() {
    let article = "\
Client  ----------- HTTP Request ---------->  Server
        <---------- HTTP Response ----------
        [연결 종료]
        ----------- HTTP Request ---------->\x20\x20
        <---------- HTTP Response ----------
        [연결 종료]";
    assert_eq!(document(&http_close(), Lang::Ko), article);
}

#[test]
fn http_keeps_the_connection() {
    let article = "\
Client  ----------- HTTP Request ---------->  Server
        <---------- HTTP Response ----------
        [연결 유지]
        ----------- HTTP Request ---------->\x20\x20
        <---------- HTTP Response ----------
        [연결 유지]";
    assert_eq!(document(&http_keepalive(), Lang::Ko), article);
}

#[test]
fn a_socket_lets_both_sides_send() {
    let article = "\
Client  ----------- TCP 연결 수립 ---------->  Server
        <--------- 연결 유지 상태 ---------->
        --------- 데이터 송신 가능 --------->
        <-------- 데이터 송신 가능 ----------
        [연결 유지]";
    assert_eq!(document(&socket(), Lang::Ko), article);
    let english = "\
Client  ----------- TCP connection setup ---------->  Server
        <--------- connection stays open ---------->
        ------------- data may be sent ------------>
        <------------ data may be sent -------------
        [connection stays]";
    assert_eq!(document(&socket(), Lang::En), english);
}

#[test]
fn an_upgrade_is_told_step_by_step() {
    let article = "\
Client -> SYN -> Server
Server -> SYN+ACK -> Client
Client -> ACK -> Server

Client -> HTTP Upgrade Request:
GET /chat HTTP/1.1
Host: server.example.com
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==
Sec-WebSocket-Version: 13

Server -> HTTP Response:
HTTP/1.1 101 Switching Protocols
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    assert_eq!(document(&upgrade(), Lang::Ko), article);
}

#[test]
fn what_behaves_otherwise_is_drawn_otherwise() {
    let mut closed_by_server = http_keepalive();
    closed_by_server.goodbye(Side::Server);
    let text = document(&closed_by_server, Lang::Ko);
    assert!(text.ends_with("[연결 유지]\n        [연결 종료]"), "{text}");

    let mut only_pushes = Scene::new();
    only_pushes.connection(endpoint(1, 40_000), endpoint(1, 9000), &["tcp"]).handshake();
    only_pushes.data(10, Side::Server, 4).event(
        Side::Server,
        Class::Message,
        Phase::Exchange,
        "tcp.data",
        "push",
    );
    only_pushes.goodbye(Side::Server);
    let text = document(&only_pushes, Lang::Ko);
    assert_eq!(
        text,
        "\
Client  ----------- TCP 연결 수립 ---------->  Server
        <--------- 연결 유지 상태 ---------->
        <-------- 데이터 송신 가능 ----------
        [연결 종료]"
    );

    let mut unanswered = Scene::new();
    unanswered.connection(endpoint(1, 40_000), endpoint(1, 9000), &["tcp"]);
    unanswered.packet(0, Side::Client, "SYN", false).event(
        Side::Client,
        Class::Open,
        Phase::Connect,
        "tcp.syn",
        "SYN",
    );
    assert_eq!(document(&unanswered, Lang::Ko), "Client -> SYN -> Server\n[응답 없음]");
}

#[test]
fn other_parties_have_a_diagram_of_their_own() {
    let mut scene = http_keepalive();
    scene.connection(endpoint(1, 40_009), endpoint(2, 9000), &["tcp"]).handshake();
    scene.data(10, Side::Client, 4).event(
        Side::Client,
        Class::Message,
        Phase::Exchange,
        "tcp.data",
        "x\u{1b}[2J",
    );
    let text = document(&scene, Lang::En);
    assert!(text.starts_with("127.0.0.1 -> 127.0.0.1:8080\n\nClient  -----------"), "{text}");
    assert!(
        text.contains("[connection stays]\n\n127.0.0.1 -> 127.0.0.2:9000\n\nClient  -----------"),
        "{text}"
    );
}
