//! Texts that would do something where they are not escaped, and captures that carry them in every field.

#![allow(dead_code)]

/// What no output line may begin with.
pub const FORGED: &str = "FORGED";

/// What strangers may send wherever text is sent.
pub const PAYLOADS: &[&[u8]] = &[
    // Terminals: C0, ESC, CSI, OSC 0, 8 and 52, DCS, APC, C1 as UTF-8 and as bytes, erasing, backspaces.
    b"a\x00b\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x1a\x1c\x7f",
    b"\x1b[2J\x1b[1;1H\x1b[31mred\x1b[0m",
    b"\x1b]0;title\x07",
    b"\x1b]8;;http://evil.example/\x1b\\click\x1b]8;;\x1b\\",
    b"\x1b]52;c;cm0gLXJmIH4=\x07",
    b"\x1bP+q544e\x1b\\ \x1b_Gf=100;AAAA\x1b\\ \x1bc \x1b[6n \x1b[?1049h \x1b[?1000h",
    "\u{9b}2J\u{9d}52;c;AAAA\u{9c}\u{90}q\u{9c}\u{85}".as_bytes(),
    b"\x9b2J\x9d52;c;AAAA\x9c\x90q\x9c\x85",
    b"password\x08\x08\x08\x08\x08\x08\x08\x08invisible",
    b"over\rFORGED written",
    b"one\nFORGED line\r\nFORGED too\x0bFORGED\x0cFORGED",
    "one\u{2028}FORGED\u{2029}FORGED\u{85}FORGED".as_bytes(),
    // Direction, and what is not seen.
    "user\u{202e}gnp.exe\u{202c}\u{202d}\u{202a}\u{202b}".as_bytes(),
    "\u{2066}a\u{2067}b\u{2068}c\u{2069}\u{200e}\u{200f}\u{61c}".as_bytes(),
    "pay\u{200b}\u{200c}\u{200d}\u{2060}\u{feff}\u{ad}\u{180e}\u{3164}\u{115f}pal".as_bytes(),
    "\u{e0041}\u{e0042}tags\u{fe0f}\u{fff9}note\u{fffb}".as_bytes(),
    "Z\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30a}\u{30b}\u{30c}\u{30d}\u{30e}algo".as_bytes(),
    // Not UTF-8: alone, overlong, surrogates, beyond Unicode, cut short.
    b"\xff\xfe\xfd \xc0\xaf \xe0\x80\xaf \xc0\x9b[2J",
    b"\xed\xa0\x80 \xed\xb0\x80 \xf4\x90\x80\x80 \xf8\x88\x80\x80\x80",
    b"cut \xe2\x82",
    // Hosts that look like others.
    "\u{430}pple.com".as_bytes(),
    "\u{440}\u{430}yp\u{430}l.example".as_bytes(),
    "\u{ff47}\u{ff4f}\u{ff4f}gle.com".as_bytes(),
    // Markup.
    b"</script><script>alert(1)</script>",
    b"<img src=x onerror=alert(1)> <svg onload=alert(1)> <a href=javascript:alert(1)>x</a>",
    b"]]><x xmlns='http://www.w3.org/1999/xhtml'>&lt;&#x1b;&#27;&amp;&#x202e;",
    b"--><!--#exec cmd=\"id\"--> <!ENTITY x SYSTEM \"file:///etc/passwd\"> <?php x?>",
    b"\"><style>*{background:url(http://evil.example/)}</style>'`",
    // Diagrams.
    b"%%{init: {\"securityLevel\":\"loose\"}}%% ; end; click A href \"javascript:x\"",
    b"A->>B: x\nFORGED->>B: y\n#59; #quot; participant FORGED",
    b"!include /etc/passwd !define X @enduml @startuml skinparam",
    b"<U+001B> $x %getenv(\"HOME\") ~~x~~ __u__ //i// **b** [[http://evil.example x]]",
    // Tables, JSON, Markdown, shells, formats.
    b"=cmd|' /C calc'!A0 +1 -1 @SUM(1) \t;,\"",
    b"{\"a\":\"\\ud800\",\"__proto__\":{}} \\u0000 \\ud800 \\x1b \\",
    b"[x](javascript:alert(1)) ![y](http://evil.example/) ``` # | a | b |",
    b"$(touch /tmp/x) `id` ; rm -rf ~ && | > /tmp/x",
    b"%s%n%x%p {} {0} {:?} \\033[2J ^[[2J ${HOME}",
    // Paths.
    b"../../../../etc/passwd",
    b"/etc/shadow\0.png C:\\windows\\..\\x CON ~root -rf --output=/tmp/x",
    b".htaccess",
    // Long.
    &[b'A'; 3000],
];

/// A pcapng capture in which each payload stands in every place that takes text.
pub fn capture() -> Vec<u8> {
    let mut file = Pcapng::default();
    let all = PAYLOADS.concat();
    file.block(
        0x0a0d_0d0a,
        &[&[0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0], &[0xff; 8][..]].concat(),
        &[(1, &all), (2, &all), (3, &all), (4, &all)],
    );
    for payload in PAYLOADS {
        file.block(
            1,
            &[101, 0, 0, 0, 0, 0, 0, 0],
            &[(2, payload), (3, payload), (12, payload), (1, payload)],
        );
    }
    for (nth, payload) in PAYLOADS.iter().enumerate() {
        let mut talk = Talk { file: &mut file, payload, nth: nth as u8, port: 40_000, time: 0 };
        talk.name();
        talk.http();
        talk.websocket();
        talk.tls();
        talk.http2();
        talk.others();
    }
    file.bytes
}

#[derive(Default)]
struct Pcapng {
    bytes: Vec<u8>,
}

impl Pcapng {
    fn block(&mut self, kind: u32, body: &[u8], options: &[(u16, &[u8])]) {
        let mut inner = body.to_vec();
        for (code, value) in options {
            let value = &value[..value.len().min(65_000)];
            inner.extend(code.to_le_bytes());
            inner.extend((value.len() as u16).to_le_bytes());
            inner.extend(value);
            inner.resize(inner.len().next_multiple_of(4), 0);
        }
        if !options.is_empty() {
            inner.extend([0; 4]);
        }
        let len = (inner.len() as u32 + 12).to_le_bytes();
        self.bytes.extend([kind.to_le_bytes(), len].concat());
        self.bytes.extend(inner);
        self.bytes.extend(len);
    }
}

/// Writes the conversations of one payload.
struct Talk<'a> {
    file: &'a mut Pcapng,
    payload: &'a [u8],
    nth: u8,
    port: u16,
    time: u32,
}

impl Talk<'_> {
    fn packet(&mut self, protocol: u8, from_client: bool, server_port: u16, transport: &[u8]) {
        let ends = [([10, 0, self.nth, 1], self.port), ([10, 0, self.nth, 2], server_port)];
        let [from, to] = if from_client { ends } else { [ends[1], ends[0]] };
        let mut packet = vec![0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0];
        packet.extend([from.0, to.0].concat());
        packet.extend([from.1.to_be_bytes(), to.1.to_be_bytes()].concat());
        packet.extend(transport);
        let len = (packet.len() as u16).to_be_bytes();
        packet[2..4].copy_from_slice(&len);
        self.time += 1000;
        let len = packet.len() as u32;
        let mut body = u32::from(self.nth).to_le_bytes().to_vec();
        body.extend([0_u32, self.time, len, len].map(u32::to_le_bytes).concat());
        body.extend(&packet);
        body.resize(body.len().next_multiple_of(4), 0);
        let comment: &[(u16, &[u8])] =
            if self.time.is_multiple_of(7000) { &[(1, self.payload)] } else { &[] };
        self.file.block(6, &body, comment);
    }

    /// A connection on which these pieces are said, by the client where `true`.
    fn tcp(&mut self, server_port: u16, pieces: &[(bool, Vec<u8>)]) {
        self.port += 1;
        let mut next = [1000_u32, 5000];
        let mut say = |talk: &mut Self, by_client: bool, flags: u8, bytes: &[u8]| {
            let (own, other) = (usize::from(!by_client), usize::from(by_client));
            let mut segment = [next[own].to_be_bytes(), next[other].to_be_bytes()].concat();
            segment.extend([0x50, flags, 0xff, 0xff, 0, 0, 0, 0]);
            segment.extend(bytes);
            next[own] += bytes.len() as u32 + u32::from(flags & 3 != 0);
            talk.packet(6, by_client, server_port, &segment);
        };
        say(self, true, 0x02, b"");
        say(self, false, 0x12, b"");
        say(self, true, 0x10, b"");
        for (by_client, bytes) in pieces {
            say(self, *by_client, 0x18, bytes);
        }
        say(self, true, 0x11, b"");
        say(self, false, 0x11, b"");
    }

    /// A name for an address.
    fn name(&mut self) {
        let name = [&self.payload[..self.payload.len().min(200)], b"\0"].concat();
        let mut body = [1_u16.to_le_bytes(), (4 + name.len() as u16).to_le_bytes()].concat();
        body.extend([10, 0, self.nth, 2]);
        body.extend(&name);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend([0; 4]);
        self.file.block(4, &body, &[(1, self.payload)]);
    }

    fn http(&mut self) {
        let payload = self.payload.to_vec();
        let one = |before: &str, after: &str| [before.as_bytes(), &payload, after.as_bytes()].concat();
        let length = payload.len();
        self.tcp(80, &[
            (true, one("GET /", " HTTP/1.1\r\nHost: a\r\n\r\n")),
            (false, one("HTTP/1.1 200 ", "\r\nContent-Length: 0\r\n\r\n")),
            (true, one("GET / HTTP/1.1\r\nHost: ", "\r\nUser-Agent: a\r\n\r\n")),
            (false, one("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nServer: ", "\r\n\r\n")),
            (true, one("GET / HTTP/1.1\r\nHost: a\r\nX-", ": b\r\nCookie: a=b\r\n\r\n")),
            (false, one("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Type: ", "\r\n\r\n")),
            (true, one(&format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: {length}\r\n\r\n"), "")),
            (false, one("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", "\r\na\r\n0\r\nTrailer: x\r\n\r\n")),
        ]);
        self.tcp(
            8080,
            &[(true, one("", " / HTTP/1.1\r\nHost: a\r\n\r\n")), (false, one("HTTP/1.1 ", " OK\r\n\r\n"))],
        );
        self.tcp(
            80,
            &[
                (true, b"GET /events HTTP/1.1\r\nHost: a\r\n\r\n".to_vec()),
                (false, b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n".to_vec()),
                (false, one("event: ", "\nid: 1\ndata: x\n\n")),
                (false, one("data: ", "\n\n")),
                (false, one("id: ", "\ndata: x\n\n")),
            ],
        );
        self.tcp(
            3128,
            &[
                (true, one("CONNECT ", ":443 HTTP/1.1\r\nHost: a\r\n\r\n")),
                (false, b"HTTP/1.1 200 OK\r\n\r\n".to_vec()),
                (true, payload.clone()),
            ],
        );
    }

    fn websocket(&mut self) {
        let payload = self.payload.to_vec();
        let frame = |opcode: u8, bytes: &[u8]| {
            let mut frame = vec![0x80 | opcode];
            match bytes.len() {
                len @ ..126 => frame.push(len as u8),
                len => frame.extend([[126].as_slice(), &(len as u16).to_be_bytes()].concat()),
            }
            [frame, bytes.to_vec()].concat()
        };
        let short = &payload[..payload.len().min(120)];
        let request = [
            b"GET /chat HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ".as_slice(),
            &payload,
            b"\r\nSec-WebSocket-Extensions: x; y=\"",
            &payload,
            b"\"\r\n\r\n",
        ];
        let answer = [
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nSec-WebSocket-Protocol: ".as_slice(),
            &payload,
            b"\r\n\r\n",
        ];
        self.tcp(
            9001,
            &[
                (true, request.concat()),
                (false, answer.concat()),
                (false, frame(1, &payload)),
                (false, frame(2, &payload)),
                (false, frame(9, short)),
                (false, frame(8, &[&[0x03, 0xe8], short].concat())),
            ],
        );
    }

    fn tls(&mut self) {
        let name = &self.payload[..self.payload.len().min(240)];
        let pair = |len: usize| (len as u16).to_be_bytes();
        let sni = [&pair(name.len() + 3), &[0][..], &pair(name.len()), name].concat();
        let alpn = [&pair(name.len() + 1), &[name.len() as u8][..], name].concat();
        let extension = |kind: u16, body: &[u8]| [&kind.to_be_bytes(), &pair(body.len())[..], body].concat();
        let extensions = [extension(0, &sni), extension(16, &alpn)].concat();
        let hello =
            [&[3, 3][..], &[7; 32], &[0, 0, 2, 0xc0, 0x2f, 1, 0], &pair(extensions.len()), &extensions]
                .concat();
        let answer =
            [&[3, 3][..], &[9; 32], &[0, 0xc0, 0x2f, 0], &pair(alpn.len() + 4), &extension(16, &alpn)]
                .concat();
        let certificate = certificate(self.payload);
        let long = |len: usize| [(len >> 16) as u8, (len >> 8) as u8, len as u8];
        let list = [&long(certificate.len() + 3)[..], &long(certificate.len()), &certificate].concat();
        let record = |kind: u8, body: &[u8]| {
            let message = [&[kind][..], &long(body.len()), body].concat();
            [&[22, 3, 3][..], &pair(message.len()), &message].concat()
        };
        self.tcp(
            443,
            &[
                (true, record(1, &hello)),
                (false, [record(2, &answer), record(11, &list), record(14, b"")].concat()),
            ],
        );
    }

    fn http2(&mut self) {
        let text = &self.payload[..self.payload.len().min(120)];
        let literal = |name: &[u8], value: &[u8]| {
            [&[0, name.len() as u8][..], name, &[value.len() as u8], value].concat()
        };
        let fields = [
            literal(b":method", b"GET"),
            literal(b":scheme", b"http"),
            literal(b":path", text),
            literal(b":authority", text),
            literal(text, b"value"),
            literal(b"name", text),
        ];
        let frame = |kind: u8, flags: u8, stream: u8, body: &[u8]| {
            [&[0, (body.len() >> 8) as u8, body.len() as u8, kind, flags, 0, 0, 0, stream][..], body].concat()
        };
        let answer = [literal(b":status", b"200"), literal(b"server", text)].concat();
        let debug = [&[0, 0, 0, 1, 0, 0, 0, 1][..], text].concat();
        self.tcp(
            8000,
            &[
                (
                    true,
                    [
                        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                        &frame(4, 0, 0, b"")[..],
                        &frame(1, 5, 1, &fields.concat()),
                    ]
                    .concat(),
                ),
                (
                    false,
                    [
                        frame(4, 0, 0, b""),
                        frame(1, 4, 1, &answer),
                        frame(0, 1, 1, text),
                        frame(7, 0, 0, &debug),
                    ]
                    .concat(),
                ),
            ],
        );
    }

    /// DNS, a PROXY header, bytes of no known protocol, a key log in the capture.
    fn others(&mut self) {
        let label = &self.payload[..self.payload.len().min(63)];
        let name = [&[label.len() as u8][..], label, &[0]].concat();
        let text = &self.payload[..self.payload.len().min(200)];
        let head = |flags: u8, answers: u8| vec![0, 7, flags, 0, 0, 1, 0, answers, 0, 0, 0, 0];
        let question = [&name[..], &[0, 16, 0, 1]].concat();
        let data = [&[text.len() as u8][..], text].concat();
        let records = [
            [&name[..], &[0, 16, 0, 1, 0, 0, 0, 9], &(data.len() as u16).to_be_bytes(), &data].concat(),
            [&name[..], &[0, 5, 0, 1, 0, 0, 0, 9], &(name.len() as u16).to_be_bytes(), &name].concat(),
        ];
        self.port += 1;
        for (by_client, message) in [
            (true, [head(1, 0), question.clone()].concat()),
            (false, [head(0x81, 2), question, records.concat()].concat()),
        ] {
            let datagram = [&(message.len() as u16 + 8).to_be_bytes(), &[0, 0][..], &message].concat();
            self.packet(17, by_client, 53, &datagram);
        }
        let payload = self.payload.to_vec();
        self.tcp(7777, &[(true, payload.clone()), (false, payload.clone())]);
        self.tcp(
            7778,
            &[(
                true,
                [b"PROXY TCP4 1.2.3.4 ".as_slice(), &payload[..payload.len().min(60)], b" 1 2\r\nx"].concat(),
            )],
        );
        let secrets = [b"CLIENT_RANDOM ".as_slice(), &payload, b"\n"].concat();
        let mut body = [0x544c_534b_u32.to_le_bytes(), (secrets.len() as u32).to_le_bytes()].concat();
        body.extend(&secrets);
        body.resize(body.len().next_multiple_of(4), 0);
        self.file.block(10, &body, &[]);
    }
}

/// A certificate whose names say this, as far as a name can.
fn certificate(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text);
    let mut about = rcgen::CertificateParams::default();
    for kind in [rcgen::DnType::CommonName, rcgen::DnType::OrganizationName] {
        about.distinguished_name.push(kind, text.chars().take(100).collect::<String>());
    }
    if let Ok(name) = text.chars().take(100).collect::<String>().try_into() {
        about.subject_alt_names.push(rcgen::SanType::DnsName(name));
    }
    let key = rcgen::KeyPair::generate().expect("a key");
    about.self_signed(&key).expect("a certificate").der().to_vec()
}
