//! Traces made by hand: what the rooms below the model would have told of small conversations.

use std::net::{IpAddr, Ipv4Addr};

use seqdump::connection::{Close, Connection, Open, Protocols, Roles, Struggle, Transport};
use seqdump::diagnostic::{Note, Noted};
use seqdump::event::{
    Class, Endpoint, Event, Facts, Field, FieldSink, Outcome, Packet, Phase, Side, Tone, Value, Verdict,
};
use seqdump::frame::Timestamp;
use seqdump::locale::Lang;
use seqdump::model::trace::{Seen, Trace, Traced};

/// Facts as they are given.
#[derive(Debug, Clone)]
pub struct Said {
    pub kind: &'static str,
    pub label: String,
    pub fields: Vec<Field>,
}

impl Facts for Said {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn label(&self, _: Lang) -> String {
        self.label.clone()
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.extend(self.fields.clone());
    }
}

pub const START: i64 = 1_732_320_000_000_000_000;

/// A conversation while it is being told.
pub struct Scene {
    pub trace: Trace,
    /// Nanoseconds since [`START`].
    pub now: i64,
    frame: u64,
    id: u32,
    n: u64,
    channel: Option<u32>,
    states: [Option<&'static str>; 2],
}

pub fn endpoint(last: u8, port: u16) -> Endpoint {
    Endpoint { ip: IpAddr::V4(Ipv4Addr::new(127, 0, 0, last)), port }
}

impl Scene {
    pub fn new() -> Scene {
        Scene { trace: Trace::default(), now: 0, frame: 0, id: 0, n: 0, channel: None, states: [None; 2] }
    }

    /// Begins a connection; what is told from here on is of it.
    pub fn connection(
        &mut self,
        client: Endpoint,
        server: Endpoint,
        protocols: &[&'static str],
    ) -> &mut Scene {
        let mut known = Protocols::default();
        protocols.iter().for_each(|name| known.add(name));
        self.id = self.trace.connections.len() as u32;
        self.n = 0;
        self.states = [None; 2];
        let time = Timestamp(START + self.now);
        self.trace.connections.push(Connection {
            id: self.id,
            transport: Transport::Tcp,
            stream: self.id,
            ends: [client, server],
            roles: Roles::Seen,
            owners: None,
            open: Open::Handshake,
            close: Close::Open,
            closed_by: None,
            protocols: known,
            start: time,
            end: time,
            first_packet: self.frame + 1,
            last_packet: self.frame + 1,
            packets: [0; 2],
            payload: [0; 2],
            follows: None,
            handshake_rtt: None,
            struggle: [Struggle::default(); 2],
            verdicts: Vec::new(),
            noted: Noted::default(),
            notes: Vec::new(),
        });
        self
    }

    /// Goes back to a connection that was begun before.
    pub fn again(&mut self, id: u32) -> &mut Scene {
        self.id = id;
        self.n = self.trace.events.iter().filter(|traced| traced.connection == id).count() as u64;
        self
    }

    pub fn wait(&mut self, micros: i64) -> &mut Scene {
        self.now += micros * 1_000;
        self
    }

    /// A packet, `micros` after what was before it.
    pub fn packet(&mut self, micros: i64, side: Side, label: &str, bare_ack: bool) -> &mut Scene {
        self.wait(micros);
        self.frame += 1;
        let class = if bare_ack { Class::Control } else { Class::Message };
        let packet = Packet {
            number: self.frame,
            time: Timestamp(START + self.now),
            side,
            class,
            len: 0,
            bare_ack,
            states: self.states,
            notes: Vec::new(),
            facts: Box::new(Said { kind: "tcp.segment", label: label.to_owned(), fields: Vec::new() }),
        };
        self.trace.packets.push(Seen { connection: self.id, packet });
        let connection = &mut self.trace.connections[self.id as usize];
        connection.end = Timestamp(START + self.now);
        connection.last_packet = self.frame;
        self
    }

    pub fn states(&mut self, client: &'static str, server: &'static str) -> &mut Scene {
        self.states = [client, server].map(Some);
        self
    }

    /// An event that the last packet completed.
    pub fn event(
        &mut self,
        side: Side,
        class: Class,
        phase: Phase,
        kind: &'static str,
        label: &str,
    ) -> &mut Scene {
        let event = Event {
            n: self.n,
            side,
            time: Timestamp(START + self.now),
            frames: [self.frame].as_slice().into(),
            left_out: 0,
            class,
            phase,
            decrypted: false,
            channel: self.channel,
            notes: Vec::new(),
            facts: Box::new(Said { kind, label: label.to_owned(), fields: Vec::new() }),
        };
        self.n += 1;
        self.trace.events.push(Traced { connection: self.id, event });
        self
    }

    /// A field of the last event.
    pub fn field(&mut self, name: &'static str, value: impl Into<Value>) -> &mut Scene {
        let event = &mut self.trace.events.last_mut().unwrap().event;
        let mut said = Said {
            kind: event.facts.kind(),
            label: event.facts.label(Lang::En),
            fields: event.facts.fields(),
        };
        said.fields.push(Field::new(name, value));
        event.facts = Box::new(said);
        self
    }

    /// A note on the last event.
    pub fn note(&mut self, note: impl Into<Note>) -> &mut Scene {
        let note = note.into();
        self.trace.connections[self.id as usize].noted.add(note.what);
        self.trace.events.last_mut().unwrap().event.notes.push(note);
        self
    }

    pub fn verdict(&mut self, outcome: &'static Outcome) -> &mut Scene {
        self.trace.connections[self.id as usize].verdicts.push(Verdict { outcome, with: [0; 4] });
        self
    }

    pub fn ended(&mut self, close: Close, by: Option<Side>) -> &mut Scene {
        let connection = &mut self.trace.connections[self.id as usize];
        (connection.close, connection.closed_by) = (close, by);
        self
    }

    pub fn handshake(&mut self) -> &mut Scene {
        use Side::{Client, Server};
        self.states("SYN-SENT", "SYN-RECEIVED")
            .packet(0, Client, "SYN", false)
            .event(Client, Class::Open, Phase::Connect, "tcp.syn", "SYN")
            .states("ESTABLISHED", "SYN-RECEIVED")
            .packet(41, Server, "SYN, ACK", false)
            .event(Server, Class::Open, Phase::Connect, "tcp.syn_ack", "SYN+ACK")
            .states("ESTABLISHED", "ESTABLISHED")
            .packet(12, Client, "ACK", false)
            .event(Client, Class::Open, Phase::Connect, "tcp.handshake_ack", "ACK")
    }

    pub fn ack(&mut self, micros: i64, side: Side) -> &mut Scene {
        self.packet(micros, side, "ACK", true).event(side, Class::Control, Phase::Exchange, "tcp.ack", "ACK")
    }

    /// A segment with payload.
    pub fn data(&mut self, micros: i64, side: Side, len: usize) -> &mut Scene {
        self.packet(micros, side, &format!("PSH, ACK  len {len}"), false)
    }

    pub fn goodbye(&mut self, first: Side) -> &mut Scene {
        self.states("FIN-WAIT-1", "CLOSE-WAIT")
            .packet(90, first, "FIN, ACK", false)
            .event(first, Class::Close, Phase::Close, "tcp.fin", "FIN")
            .states("TIME-WAIT", "LAST-ACK")
            .packet(35, first.other(), "FIN, ACK", false)
            .event(first.other(), Class::Close, Phase::Close, "tcp.fin", "FIN")
            .states("TIME-WAIT", "CLOSED")
            .ack(9, first)
            .ended(Close::Fin, Some(first))
    }
}

pub static CLEAN: Outcome = Outcome {
    id: "ws.closed",
    tone: Tone::Good,
    say: |lang, _| {
        lang.pick(
            "WebSocket closed cleanly with 1000 (Normal Closure) by the client",
            "클라이언트가 1000 (Normal Closure)으로 웹소켓을 깨끗하게 닫음",
        )
        .to_owned()
    },
};

pub static FIN: Outcome = Outcome {
    id: "tcp.fin",
    tone: Tone::Good,
    say: |lang, _| {
        lang.pick("closed by both sides, the client first", "클라이언트부터 양쪽이 닫음").to_owned()
    },
};

/// A WebSocket conversation: handshake, upgrade, two messages (one of three parts), a ping, both closings.
pub fn websocket() -> Scene {
    use Side::{Client, Server};
    let mut scene = Scene::new();
    scene
        .connection(endpoint(1, 40_000), endpoint(1, 8080), &["tcp", "http/1.1", "websocket"])
        .handshake()
        .data(334, Client, 166)
        .event(Client, Class::Request, Phase::Upgrade, "http.request", "GET /chat HTTP/1.1")
        .ack(11, Server)
        .data(784, Server, 129)
        .event(Server, Class::Response, Phase::Upgrade, "http.response", "101 Switching Protocols")
        .field("latency_us", 795.0)
        .event(Server, Class::Handshake, Phase::Upgrade, "ws.handshake", "WebSocket accepted")
        .ack(8, Client)
        .data(502, Client, 11)
        .event(Client, Class::Part, Phase::Exchange, "ws.frame", "text 5 bytes")
        .event(Client, Class::Message, Phase::Exchange, "ws.message", "Text \"hello\"")
        .field("wire_len", 5)
        .field("len", 5)
        .ack(9, Server)
        .data(213, Server, 7)
        .event(Server, Class::Part, Phase::Exchange, "ws.frame", "text, first part")
        .ack(7, Client)
        .data(102, Server, 7)
        .event(Server, Class::Part, Phase::Exchange, "ws.frame", "continuation")
        .event(Server, Class::Control, Phase::Exchange, "ws.frame", "Ping \"t1\"")
        .ack(7, Client)
        .data(80, Client, 8)
        .event(Client, Class::Control, Phase::Exchange, "ws.frame", "Pong \"t1\"")
        .field("rtt_us", 87.0)
        .data(40, Server, 9)
        .event(Server, Class::Part, Phase::Exchange, "ws.frame", "continuation, last part")
        .event(
            Server,
            Class::Message,
            Phase::Exchange,
            "ws.message",
            "Text \"안녕하세요, part one, part two and the end\"",
        )
        .field("wire_len", 48)
        .field("len", 1214)
        .ack(7, Client)
        .wait(12_300_000)
        .data(0, Client, 12)
        .event(Client, Class::Close, Phase::Close, "ws.frame", "Close 1000 (Normal Closure)")
        .data(61, Server, 4)
        .event(Server, Class::Close, Phase::Close, "ws.frame", "Close 1000 (Normal Closure)")
        .goodbye(Client)
        .verdict(&FIN)
        .verdict(&CLEAN);
    scene
}

/// Two requests, each on a connection of its own that the server closes.
pub fn http_close() -> Scene {
    use Side::{Client, Server};
    let mut scene = Scene::new();
    for (port, target) in [(40_001, "/first"), (40_002, "/second")] {
        scene
            .connection(endpoint(1, port), endpoint(1, 8080), &["tcp", "http/1.1"])
            .handshake()
            .exchange(target, false)
            .goodbye(Server)
            .verdict(&FIN)
            .wait(200_000);
    }
    assert_eq!(scene.trace.events.iter().filter(|traced| traced.event.side == Client).count(), 10);
    scene
}

/// Two requests on one connection that stays.
pub fn http_keepalive() -> Scene {
    let mut scene = Scene::new();
    scene
        .connection(endpoint(1, 40_001), endpoint(1, 8080), &["tcp", "http/1.1"])
        .handshake()
        .exchange("/first", true)
        .wait(200_000)
        .exchange("/second", true);
    scene
}

/// A raw connection that both sides send on, and that stays.
pub fn socket() -> Scene {
    use Side::{Client, Server};
    let mut scene = Scene::new();
    scene.connection(endpoint(1, 40_112), endpoint(1, 9000), &["tcp"]).handshake();
    for (side, label) in [(Client, "hello"), (Server, "welcome"), (Server, "push"), (Client, "more")] {
        scene
            .data(400, side, label.len())
            .event(side, Class::Message, Phase::Exchange, "tcp.data", label)
            .ack(9, side.other());
    }
    scene
}

/// The article's upgrade, and a message.
pub fn upgrade() -> Scene {
    use Side::{Client, Server};
    let header = |name: &str, value: &str| Value::List(vec![name.into(), value.into()]);
    let mut scene = Scene::new();
    scene
        .connection(endpoint(1, 52_366), endpoint(1, 80), &["tcp", "http/1.1", "websocket"])
        .handshake()
        .data(54, Client, 161)
        .event(Client, Class::Request, Phase::Upgrade, "http.request", "GET /chat HTTP/1.1")
        .field("method", "GET")
        .field("target", "/chat")
        .field("version", "HTTP/1.1")
        .field(
            "headers",
            vec![
                header("Host", "server.example.com"),
                header("Upgrade", "websocket"),
                header("Connection", "Upgrade"),
                header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
                header("Sec-WebSocket-Version", "13"),
            ],
        )
        .data(261, Server, 129)
        .event(Server, Class::Response, Phase::Upgrade, "http.response", "101 Switching Protocols")
        .field("status", 101)
        .field("reason", "Switching Protocols")
        .field("version", "HTTP/1.1")
        .field(
            "headers",
            vec![
                header("Upgrade", "websocket"),
                header("Connection", "Upgrade"),
                header("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
            ],
        )
        .data(100, Server, 20)
        .event(Server, Class::Message, Phase::Exchange, "ws.message", "Text \"hi\"");
    scene
}

impl Scene {
    /// A request and its response, which says whether the connection stays.
    pub fn exchange(&mut self, target: &str, stays: bool) -> &mut Scene {
        use Side::{Client, Server};
        self.data(91, Client, 79)
            .event(Client, Class::Request, Phase::Exchange, "http.request", &format!("GET {target} HTTP/1.1"))
            .ack(8, Server)
            .data(980, Server, 155)
            .event(Server, Class::Response, Phase::Exchange, "http.response", "200 OK")
            .field("latency_us", 988.0)
            .field("body_len", 21)
            .field("persistent", stays)
            .ack(25, Client)
    }
}

/// A connection with everything that can go wrong on the way: losses, repeats, a gap, broken rules, a reset.
pub fn troubled() -> Scene {
    use Side::{Client, Server};
    use seqdump::diagnostic::{
        TCP_GAP, TCP_RETRANSMISSION, TCP_ZERO_WINDOW, WS_BAD_UTF8, WS_CLIENT_UNMASKED,
    };
    let mut scene = Scene::new();
    scene
        .connection(endpoint(1, 40_000), endpoint(1, 9001), &["tcp", "websocket"])
        .handshake()
        .data(300, Client, 1460)
        .event(Client, Class::Part, Phase::Exchange, "ws.frame", "text")
        .note(&WS_CLIENT_UNMASKED)
        .event(Client, Class::Message, Phase::Exchange, "ws.message", "Text \"first\"")
        .field("len", 1454)
        .ack(9, Server)
        .data(40, Client, 1460)
        .event(Client, Class::Trouble, Phase::Exchange, "tcp.out_of_order", "out of order  len 1460");
    for _ in 0..3 {
        scene.ack(30, Server);
        let event = &mut scene.trace.events.last_mut().unwrap().event;
        event.facts =
            Box::new(Said { kind: "tcp.duplicate_ack", label: "duplicate ACK".into(), fields: Vec::new() });
    }
    scene
        .data(210_000, Client, 1460)
        .event(Client, Class::Trouble, Phase::Exchange, "tcp.retransmission", "retransmission  len 1460")
        .note(&TCP_RETRANSMISSION)
        .ack(12, Server)
        .packet(4, Server, "ACK  win 0", false)
        .event(Server, Class::Trouble, Phase::Exchange, "tcp.zero_window", "zero window")
        .note(&TCP_ZERO_WINDOW)
        .data(100, Client, 20)
        .event(Client, Class::Trouble, Phase::Exchange, "tcp.gap", "1460 bytes were not captured")
        .note(&TCP_GAP)
        .event(Client, Class::Message, Phase::Exchange, "ws.message", "Text \"b\u{202e}ad\u{1b}[2J\"")
        .note(WS_BAD_UTF8.with("byte 0xff at 3"))
        .packet(80, Server, "RST, ACK", false)
        .event(Server, Class::Trouble, Phase::Close, "tcp.rst", "RST")
        .verdict(&RESET);
    scene
}

pub static RESET: Outcome = Outcome {
    id: "tcp.rst",
    tone: Tone::Bad,
    say: |lang, _| lang.pick("reset by the server", "서버가 강제로 끊음").to_owned(),
};

/// A client, a proxy with a name, and a server behind it, all on loopback.
pub fn proxied() -> Scene {
    use Side::{Client, Server};
    let mut scene = Scene::new();
    scene.connection(endpoint(1, 40_000), endpoint(1, 3128), &["tcp", "http/1.1"]).handshake();
    scene.data(50, Client, 79);
    scene.event(Client, Class::Request, Phase::Exchange, "http.request", "GET /through HTTP/1.1");
    scene.connection(endpoint(1, 50_000), endpoint(1, 8080), &["tcp", "http/1.1"]).handshake();
    scene.exchange("/through", true).again(0).data(70, Server, 155);
    scene.event(Server, Class::Response, Phase::Exchange, "http.response", "200 OK").field("body_len", 21);
    scene
}
