//! Diagrams of traces made by hand: which rows there are, and how they are printed.

#[path = "diagrams/scene.rs"]
mod scene;

use std::sync::Arc;

use scene::{Scene, endpoint, http_close, http_keepalive, proxied, socket, troubled, upgrade, websocket};
use seqdump::event::Class;
use seqdump::locale::Lang;
use seqdump::model::diagram::{Diagram, Key, Level, Line, View, What};
use seqdump::model::outline::Outline;
use seqdump::render::cells::{Charset, Clock, Paper, Sheet};
use seqdump::render::text;

fn printed(scene: &Scene, view: &View, width: usize, charset: Charset) -> String {
    let mut out = Vec::new();
    let paper = Paper { width, charset, clock: Clock::Relative };
    text::print(&mut out, &scene.trace, &Outline::new(&scene.trace, view), paper, false).unwrap();
    String::from_utf8(out).unwrap()
}

fn english(scene: &Scene, level: Level, width: usize) -> String {
    printed(scene, &View::new(level, Lang::En), width, Charset::Ladder)
}

#[test]
fn a_websocket_conversation_at_each_level() {
    let scene = websocket();
    insta::assert_snapshot!("connections", english(&scene, Level::Connections, 80));
    insta::assert_snapshot!("phases", english(&scene, Level::Phases, 80));
    insta::assert_snapshot!("messages", english(&scene, Level::Messages, 80));
    insta::assert_snapshot!("packets", english(&scene, Level::Packets, 80));
}

#[test]
fn wide_paper_korean_and_ascii() {
    let scene = websocket();
    insta::assert_snapshot!("messages_100", english(&scene, Level::Messages, 100));
    insta::assert_snapshot!("packets_132", english(&scene, Level::Packets, 132));
    let korean = View::new(Level::Messages, Lang::Ko);
    insta::assert_snapshot!("messages_ko", printed(&scene, &korean, 80, Charset::Ladder));
    let view = View::new(Level::Messages, Lang::En);
    let ascii = printed(&scene, &view, 80, Charset::Ascii);
    assert!(ascii.is_ascii());
    insta::assert_snapshot!("messages_ascii", ascii);
}

#[test]
fn trouble_has_rows_of_its_own() {
    let scene = troubled();
    insta::assert_snapshot!("troubled", english(&scene, Level::Messages, 80));
    insta::assert_snapshot!("troubled_packets", english(&scene, Level::Packets, 100));
}

#[test]
fn several_connections_on_one_ladder() {
    insta::assert_snapshot!("http_close", english(&http_close(), Level::Messages, 80));
    insta::assert_snapshot!("http_close_list", english(&http_close(), Level::Connections, 80));
    let mut view = View::new(Level::Messages, Lang::En);
    view.aliases = vec![("proxy".into(), endpoint(1, 3128)), ("proxy".into(), endpoint(1, 50_000))];
    view.aliases.push(("app".into(), endpoint(1, 8080)));
    insta::assert_snapshot!("proxied", printed(&proxied(), &view, 100, Charset::Ladder));
}

#[test]
fn phases_unfold_where_they_stand() {
    let scene = websocket();
    let mut view = View::new(Level::Phases, Lang::En);
    view.toggled.insert(Key::Phase(0, 0));
    let text = printed(&scene, &view, 80, Charset::Ladder);
    assert_eq!(text.matches("SYN+ACK").count(), 1);
    assert_eq!(text.matches("GET /chat").count(), 0);
    view.level = Level::Messages;
    let text = printed(&scene, &view, 80, Charset::Ladder);
    assert_eq!(text.matches("SYN+ACK").count(), 0);
    assert_eq!(text.matches("GET /chat").count(), 1);
    view.level = Level::Connections;
    view.toggled.insert(Key::Connection(0));
    let text = printed(&scene, &view, 80, Charset::Ladder);
    assert!(text.contains("SYN+ACK") && text.contains("WS close") && !text.contains("GET /chat"), "{text}");
}

#[test]
fn the_phases_of_a_websocket_conversation() {
    let diagram = Diagram::new(&websocket().trace, &View::new(Level::Phases, Lang::En));
    let bands: Vec<&str> = diagram
        .rows
        .iter()
        .filter_map(|row| match &row.what {
            What::Band { label, .. } => label.split(" · ").next(),
            _ => None,
        })
        .collect();
    assert_eq!(bands, ["TCP handshake", "HTTP upgrade", "WS data", "WS close", "TCP close"]);
}

#[test]
fn packets_are_as_many_rows_as_there_are() {
    let scene = websocket();
    let diagram = Diagram::new(&scene.trace, &View::new(Level::Packets, Lang::En));
    let arrows = diagram.rows.iter().filter(|row| matches!(row.what, What::Arrow { .. })).count();
    assert_eq!(arrows, scene.trace.packets.len());
}

#[test]
fn arrows_tell_what_happened_by_their_lines() {
    let diagram = Diagram::new(&troubled().trace, &View::new(Level::Messages, Lang::En));
    let line = |wanted: &str| {
        diagram.rows.iter().find_map(|row| match &row.what {
            What::Arrow { label, line, .. } if label.starts_with(wanted) => Some(*line),
            _ => None,
        })
    };
    assert_eq!(line("retransmission"), Some(Line::Again));
    assert_eq!(line("out of order"), Some(Line::Late));
    assert_eq!(line("RST"), Some(Line::Broken));
    assert_eq!(line("duplicate ACK"), Some(Line::Dashed));
    assert_eq!(line("Text"), Some(Line::Solid));
}

#[test]
fn a_selection_survives_the_change_of_level() {
    let scene = websocket();
    let trace = &scene.trace;
    let at = |level| Outline::new(trace, &View::new(level, Lang::En));
    let messages = at(Level::Messages);
    let pong =
        (0..messages.len()).find(|&index| format!("{:?}", messages.row(trace, index).what).contains("Pong"));
    let key = messages.key(trace, pong.unwrap());
    let label = |outline: &Outline| {
        let index = outline.locate(trace, key).unwrap();
        format!("{:?}", outline.row(trace, index).what)
    };
    assert!(label(&at(Level::Packets)).contains("Pong"));
    assert!(label(&at(Level::Phases)).contains("WS data"));
    assert!(label(&at(Level::Connections)).contains("#0"));
    assert!(label(&messages).contains("Pong"));
    let packets = at(Level::Packets);
    let last = packets.key(trace, packets.len() - 2);
    assert!(matches!(messages.locate(trace, last), Some(index) if index > pong.unwrap()));
}

#[test]
fn keys_are_unique() {
    for scene in [websocket(), troubled(), http_close(), http_keepalive(), proxied(), socket(), upgrade()] {
        for level in [Level::Connections, Level::Phases, Level::Messages, Level::Packets] {
            let diagram = Diagram::new(&scene.trace, &View::new(level, Lang::En));
            let keys: std::collections::HashSet<Key> = diagram.rows.iter().map(|row| row.key).collect();
            assert_eq!(keys.len(), diagram.rows.len());
        }
    }
}

#[test]
fn what_is_hidden_is_counted() {
    let scene = websocket();
    let mut view = View::new(Level::Messages, Lang::En);
    view.hide_control = true;
    let outline = Outline::new(&scene.trace, &view);
    assert_eq!(outline.hidden, 2);
    assert!(!printed(&scene, &view, 80, Charset::Ladder).contains("Ping"));
    view.hide_control = false;
    view.only = Some(Arc::new(|_, event, _| event.class == Class::Request));
    let outline = Outline::new(&scene.trace, &view);
    assert_eq!(outline.hidden as usize, scene.trace.events.len() - 1);
    assert!(printed(&scene, &view, 80, Charset::Ladder).contains("GET /chat"));
    view.level = Level::Packets;
    let outline = Outline::new(&scene.trace, &view);
    assert_eq!(outline.hidden as usize, scene.trace.packets.len() - 1);
}

#[test]
fn comments_stand_below_what_they_are_about() {
    let mut scene = websocket();
    scene.trace.comments = vec![(4, "the upgrade\u{1b}[31m".into()), (1, "hello".into())];
    for level in [Level::Messages, Level::Packets] {
        let text = english(&scene, level, 80);
        let (request, comment) = (text.find("GET /chat").unwrap(), text.find("» the upgrade␛[31m").unwrap());
        assert!(request < comment && comment < text.find("101 Switching").unwrap(), "{text}");
    }
}

#[test]
fn clients_one_after_another_share_a_lane_and_clients_at_once_do_not() {
    let lanes = |scene: &Scene| {
        let diagram = Diagram::new(&scene.trace, &View::new(Level::Messages, Lang::En));
        diagram.lanes.iter().map(|lane| lane.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(lanes(&http_close()), ["127.0.0.1:40001 +1", "127.0.0.1:8080"]);
    let mut at_once = Scene::new();
    at_once.connection(endpoint(1, 40_001), endpoint(1, 80), &["tcp"]).handshake();
    at_once.connection(endpoint(1, 40_002), endpoint(1, 80), &["tcp"]).handshake();
    at_once.again(0).data(10, seqdump::event::Side::Client, 1);
    assert_eq!(lanes(&at_once), ["127.0.0.1:40001", "127.0.0.1:40002", "127.0.0.1:80"]);
}

#[test]
fn a_party_in_the_middle_stands_in_the_middle() {
    let mut scene = proxied();
    for connection in &mut scene.trace.connections {
        for end in &mut connection.ends {
            let host = match end.port {
                40_000 => 1,
                3128 | 50_000 => 2,
                _ => 3,
            };
            end.ip = [10, 0, 0, host].into();
        }
    }
    let diagram = Diagram::new(&scene.trace, &View::new(Level::Messages, Lang::En));
    let names: Vec<&str> = diagram.lanes.iter().map(|lane| lane.name.as_str()).collect();
    assert_eq!(names, ["10.0.0.1:40000", "10.0.0.2:3128 +1", "10.0.0.3:8080"]);
    assert_eq!(diagram.lanes[1].below, "client · server");
}

/// A request that carries this header, of a client at this port to a server at that one.
fn asked(scene: &mut Scene, client: u16, server: u16, header: (&str, &str)) {
    use seqdump::event::{Phase, Side, Value};
    scene.connection(endpoint(1, client), endpoint(1, server), &["tcp", "http/1.1"]).handshake();
    scene.data(50, Side::Client, 79);
    scene.event(Side::Client, Class::Request, Phase::Exchange, "http.request", "GET / HTTP/1.1");
    let pair = vec![Value::from(header.0), Value::from(header.1)];
    scene.field("headers", vec![Value::List(pair)]);
}

fn answered(scene: &mut Scene, id: u32) {
    use seqdump::event::{Phase, Side};
    scene.again(id).data(50, Side::Server, 79);
    scene.event(Side::Server, Class::Response, Phase::Exchange, "http.response", "200 OK");
}

#[test]
fn the_sides_of_a_proxy_are_one_party_by_what_it_passes_on() {
    let lanes = |scene: &Scene, aliases: &[(&str, u16)]| {
        let mut view = View::new(Level::Messages, Lang::En);
        view.aliases = aliases.iter().map(|(name, port)| ((*name).into(), endpoint(1, *port))).collect();
        let diagram = Diagram::new(&scene.trace, &view);
        diagram.lanes.iter().map(|lane| format!("{} | {}", lane.name, lane.below)).collect::<Vec<_>>()
    };
    let header = ("X-Request-ID", "5f0c1b2a9d");
    let mut chain = Scene::new();
    asked(&mut chain, 40_000, 3128, header);
    asked(&mut chain, 50_000, 8080, header);
    answered(&mut chain, 1);
    answered(&mut chain, 0);
    let middle = "127.0.0.1:3128 +1 | same X-Request-ID";
    assert_eq!(lanes(&chain, &[]), ["127.0.0.1:40000 | client", middle, "127.0.0.1:8080 | server"]);
    // Names say more.
    assert_eq!(lanes(&chain, &[("nginx", 3128)])[1], "nginx | 127.0.0.1:3128 +1 · same X-Request-ID");
    assert_eq!(lanes(&chain, &[("nginx", 3128), ("cron", 50_000)]).len(), 4);
    // One after the other: the client itself asked twice.
    let mut twice = Scene::new();
    asked(&mut twice, 40_000, 3128, header);
    answered(&mut twice, 0);
    asked(&mut twice, 50_000, 8080, header);
    answered(&mut twice, 1);
    assert_eq!(lanes(&twice, &[]).len(), 4);
    // Two within one: who asked the second is not certain.
    for (header, middle) in [(header, 1), (("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="), 2)] {
        let mut three = Scene::new();
        asked(&mut three, 40_000, 3128, header);
        asked(&mut three, 50_000, 8080, header);
        asked(&mut three, 50_001, 8081, header);
        (0..3).rev().for_each(|id| answered(&mut three, id));
        let linked = lanes(&three, &[]).iter().filter(|lane| lane.contains("same ")).count();
        assert_eq!(linked, middle, "{header:?}");
    }
    // What was hidden is alike everywhere.
    let mut hidden = Scene::new();
    asked(&mut hidden, 40_000, 3128, ("X-Request-ID", "[redacted]"));
    asked(&mut hidden, 50_000, 8080, ("X-Request-ID", "[redacted]"));
    assert_eq!(lanes(&hidden, &[]).len(), 4);
}

#[test]
fn a_connection_of_a_socket_to_itself_is_drawn() {
    let mut scene = Scene::new();
    scene.connection(endpoint(1, 4000), endpoint(1, 4000), &["tcp"]).handshake();
    assert!(english(&scene, Level::Messages, 80).contains("SYN"));
    let mut view = View::new(Level::Messages, Lang::En);
    view.aliases = vec![("self".into(), endpoint(1, 4000))];
    assert!(printed(&scene, &view, 80, Charset::Ladder).contains("↺ SYN"));
}

#[test]
fn names_of_sockets_lose_their_middle_never_their_port() {
    let mut scene = websocket();
    let ip: std::net::IpAddr = "2001:db8:85a3:1234:5678:8a2e:370:7334".parse().unwrap();
    scene.trace.connections[0].ends[0].ip = ip;
    scene.trace.connections[0].ends[1].ip = ip;
    for width in [60, 72, 80] {
        let view = View::new(Level::Messages, Lang::En);
        let outline = Outline::new(&scene.trace, &view);
        let paper = Paper { width, charset: Charset::Ladder, clock: Clock::Relative };
        let head = Sheet::new(&outline, paper).head();
        let names = head[0].to_string();
        assert!(names.contains("]:40000") && names.contains("]:8080"), "{width} {names}");
        assert!(head[0].width() <= width);
    }
}

#[test]
fn what_only_carries_is_folded_into_what_it_carried() {
    use seqdump::event::{Phase, Side};
    let mut scene = Scene::new();
    scene.connection(endpoint(1, 40_000), endpoint(1, 443), &["tcp", "tls", "websocket"]).handshake();
    scene.data(10, Side::Server, 900);
    scene.event(Side::Server, Class::Part, Phase::Exchange, "tls.record", "record").field("len", 900);
    scene.event(Side::Server, Class::Message, Phase::Exchange, "ws.message", "Text \"in TLS\"");
    scene.ack(10, Side::Client).data(10, Side::Client, 30);
    scene
        .event(Side::Client, Class::Part, Phase::Exchange, "tls.record", "record of nothing")
        .field("len", 30);
    let text = english(&scene, Level::Messages, 80);
    assert_eq!(text.matches("record").count(), 1, "{text}");
    assert!(text.contains("record of nothing") && text.contains("+1 ACK"), "{text}");
    assert!(!text.contains("parts"), "{text}");
}

#[test]
fn an_acknowledgement_stands_beside_what_it_acknowledges_even_before_that_is_whole() {
    use seqdump::event::{Phase, Side};
    let mut scene = Scene::new();
    scene.connection(endpoint(1, 40_000), endpoint(1, 80), &["tcp", "http/1.1"]).handshake();
    scene.data(10, Side::Server, 900).ack(10, Side::Client).data(10, Side::Server, 100);
    scene.event(Side::Server, Class::Response, Phase::Exchange, "http.response", "200 OK");
    scene.trace.events.last_mut().unwrap().event.frames = [4, 6].as_slice().into();
    let text = english(&scene, Level::Messages, 80);
    let line = text.lines().find(|line| line.contains("200 OK")).unwrap();
    assert!(line.contains("+1 ACK"), "{text}");
}
