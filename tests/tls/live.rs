//! Real sessions between the endpoints of OpenSSL, recorded by a relay between them: what they agree upon is what
//! is told, and what they send is what comes out. Each is skipped with a line where `openssl` is missing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::capture::{Heard, Reading};
use crate::corpus::{ONLY_TLS, field, plaintext, text};
use seqdump::event::{Body, End, Side};
use seqdump::keyring::Keyring;
use seqdump::limits::Limits;
use seqdump::locale::Lang;

/// Longest time that a session may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// What each side sent, in order; an empty piece is its end.
pub type Tape = Vec<(Side, Vec<u8>)>;

/// A directory with keys and certificates for the servers.
fn workshop() -> Option<PathBuf> {
    static MADE: std::sync::OnceLock<Option<PathBuf>> = std::sync::OnceLock::new();
    MADE.get_or_init(|| {
        let at = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("tls-{}", std::process::id()));
        std::fs::create_dir_all(&at).ok()?;
        let make = |name: &str, kind: &[&str]| {
            let mut openssl = Command::new("openssl");
            openssl.current_dir(&at).args(["req", "-x509", "-nodes", "-days", "2", "-newkey"]).args(kind);
            openssl.args([
                "-subj",
                "/O=Test/CN=tls.test",
                "-addext",
                "subjectAltName=DNS:tls.test,IP:127.0.0.1",
            ]);
            openssl.args(["-keyout", &format!("{name}.key"), "-out", &format!("{name}.crt")]);
            openssl.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
        };
        let made =
            make("rsa", &["rsa:2048"]) && make("ec", &["ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
        made.then_some(at)
    })
    .clone()
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until `what` holds, no longer than `most`.
fn until(most: Duration, mut what: impl FnMut() -> bool) {
    let started = Instant::now();
    while !what() && started.elapsed() < most {
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Passes one connection on to `port` and records it on `tape`.
fn relay(listener: TcpListener, port: u16, tape: Arc<Mutex<Tape>>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(("127.0.0.1", port)).unwrap();
        let pass = |side, mut from: TcpStream, mut to: TcpStream| {
            let tape = tape.clone();
            from.set_read_timeout(Some(PATIENCE)).unwrap();
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                loop {
                    let count = from.read(&mut buffer).unwrap_or(0);
                    tape.lock().unwrap().push((side, buffer[..count].to_vec()));
                    if count == 0 || to.write_all(&buffer[..count]).is_err() {
                        let _ = to.shutdown(std::net::Shutdown::Write);
                        return;
                    }
                }
            })
        };
        let up = pass(Side::Client, client.try_clone().unwrap(), server.try_clone().unwrap());
        let down = pass(Side::Server, server, client);
        up.join().unwrap();
        down.join().unwrap();
    })
}

/// One session, or several with the same server.
pub struct Session<'a> {
    pub server: &'a [&'a str],
    pub clients: Vec<Vec<&'a str>>,
    /// What the client types, with a pause behind each piece.
    pub says: &'a [&'a [u8]],
}

/// Plays a session; the last connection's tape, and the key log.
pub fn play(session: &Session<'_>) -> Option<(Tape, Vec<u8>)> {
    let at = workshop()?;
    let port = free_port();
    let log = at.join(format!("{port}.keys"));
    let mut server = Command::new("openssl");
    server.current_dir(&at).args(["s_server", "-quiet", "-rev", "-naccept", "9", "-accept"]);
    server.arg(format!("127.0.0.1:{port}")).arg("-keylogfile").arg(&log).args(session.server);
    server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _server = Running(server.spawn().ok()?);
    let started = Instant::now();
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        assert!(started.elapsed() < PATIENCE, "the server does not listen");
        std::thread::sleep(Duration::from_millis(20));
    }
    let mut tape = Tape::new();
    for client_args in &session.clients {
        let listener = TcpListener::bind("127.0.0.1:0").ok()?;
        let through = listener.local_addr().ok()?.port();
        let heard = Arc::new(Mutex::new(Tape::new()));
        let relay = relay(listener, port, heard.clone());
        let mut client = Command::new("openssl");
        client.current_dir(&at).args(["s_client", "-servername", "tls.test", "-connect"]);
        client.arg(format!("127.0.0.1:{through}")).args(client_args);
        client.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut client = Running(client.spawn().ok()?);
        let mut input = client.0.stdin.take()?;
        // Each piece is read alone: the next one waits until something was sent for it.
        let logged = || std::fs::metadata(&log).map_or(0, |log| log.len());
        let before = logged();
        until(PATIENCE, || logged() > before || !matches!(client.0.try_wait(), Ok(None)));
        std::thread::sleep(Duration::from_millis(80));
        for says in session.says {
            let pieces = heard.lock().unwrap().len();
            let _ = input.write_all(says);
            let _ = input.flush();
            until(Duration::from_secs(2), || heard.lock().unwrap().len() > pieces);
            std::thread::sleep(Duration::from_millis(60));
        }
        let answered = || heard.lock().unwrap().last().is_some_and(|(side, _)| *side == Side::Server);
        until(Duration::from_millis(300 * session.says.len() as u64), answered);
        drop(input);
        until(PATIENCE, || !matches!(client.0.try_wait(), Ok(None)));
        drop(client);
        relay.join().ok()?;
        tape = std::mem::take(&mut heard.lock().unwrap());
    }
    Some((tape, std::fs::read(log).unwrap_or_default()))
}

pub fn ring(log: &[u8]) -> Keyring {
    let mut ring = Keyring::default();
    for line in log.split(|byte| *byte == b'\n') {
        ring.learn(line, &Limits::default());
    }
    ring
}

/// Reads a tape, each piece a frame of its own.
fn read(tape: &Tape, keys: &Keyring) -> (Heard, String) {
    let limits = Limits::default();
    let mut reading = Reading::new(false, 443, keys, &limits, ONLY_TLS);
    for (index, (side, bytes)) in tape.iter().enumerate() {
        let frames = [index as u64 + 1];
        let body = if bytes.is_empty() { Body::End(End::Closed) } else { Body::Bytes(bytes) };
        reading.feed(*side, &frames, body);
    }
    let verdict = reading.stack.verdicts().first().map(|verdict| verdict.say(Lang::En)).unwrap_or_default();
    (reading.heard, verdict)
}

fn told(heard: &Heard, kind: &str, name: &str) -> Vec<String> {
    let events = heard.events.iter().filter(|event| event.facts.kind() == kind);
    events.filter_map(|event| text(field(&event.facts.fields(), name))).collect()
}

#[test]
fn every_suite_that_openssl_speaks_is_read() {
    if workshop().is_none() {
        return println!("skipped: openssl is not here");
    }
    let (rsa, ec) = (["-cert", "rsa.crt", "-key", "rsa.key"], ["-cert", "ec.crt", "-key", "ec.key"]);
    let mut cases: Vec<(&[&str], Vec<&str>, &str)> = Vec::new();
    for suite in [
        "TLS_AES_128_GCM_SHA256",
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_CCM_SHA256",
        "TLS_AES_128_CCM_8_SHA256",
    ] {
        cases.push((&ec, vec!["-tls1_3", "-ciphersuites", suite], suite));
    }
    for (name, suite) in [
        ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
        ("AES256-GCM-SHA384", "TLS_RSA_WITH_AES_256_GCM_SHA384"),
        ("DHE-RSA-CHACHA20-POLY1305", "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256"),
        ("AES128-CCM", "TLS_RSA_WITH_AES_128_CCM"),
        ("DHE-RSA-AES256-CCM8", "TLS_DHE_RSA_WITH_AES_256_CCM_8"),
        ("ECDHE-RSA-AES256-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384"),
        ("AES128-SHA256", "TLS_RSA_WITH_AES_128_CBC_SHA256"),
        ("ECDHE-RSA-AES256-SHA", "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA"),
    ] {
        cases.push((&rsa, vec!["-tls1_2", "-cipher", name], suite));
    }
    cases.push((
        &rsa,
        vec!["-tls1_2", "-cipher", "AES128-SHA256", "-no_etm"],
        "TLS_RSA_WITH_AES_128_CBC_SHA256",
    ));
    for version in ["-tls1", "-tls1_1"] {
        for etm in [None, Some("-no_etm")] {
            let mut args = vec![version, "-cipher", "AES256-SHA:@SECLEVEL=0"];
            args.extend(etm);
            cases.push((&rsa, args, "TLS_RSA_WITH_AES_256_CBC_SHA"));
        }
    }
    for (certificate, client, suite) in cases {
        // The client decides; its options say what, and the server is told to go along.
        let server: Vec<&str> = certificate.iter().chain(&client[1..3]).copied().collect();
        let (says, answer) = (&[b"hello inside\n".as_slice(), b"more\n"], b"edisni olleh");
        let session = Session { server: &server, clients: vec![client.clone()], says };
        let (tape, log) = play(&session).unwrap();
        let (heard, verdict) = read(&tape, &ring(&log));
        assert_eq!(told(&heard, "tls.established", "certificate"), ["tls.test"], "{client:?} {verdict}");
        assert!(verdict.contains(suite) && !verdict.contains("decrypted"), "{client:?}: {verdict}");
        assert_eq!(plaintext(&heard.events, Side::Client), b"hello inside\nmore\n", "{client:?}");
        assert!(plaintext(&heard.events, Side::Server).starts_with(answer), "{client:?}");
        assert!(told(&heard, "tls.encrypted", "len").is_empty());
    }
}

#[test]
fn a_session_of_tls_13_with_everything() {
    if workshop().is_none() {
        return println!("skipped: openssl is not here");
    }
    let server = ["-cert", "ec.crt", "-key", "ec.key", "-groups", "P-384", "-alpn", "x/1,h2"];
    let first = vec!["-tls1_3", "-sess_out", "session.pem", "-groups", "P-256:P-384", "-alpn", "h2"];
    let second = vec!["-tls1_3", "-sess_in", "session.pem", "-groups", "P-256:P-384"];
    let says: &[&[u8]] = &[b"one\n", b"K\n", b"two\n", b"k\n", b"three\n"];
    let (tape, log) = play(&Session { server: &server, clients: vec![first.clone()], says }).unwrap();
    let (heard, verdict) = read(&tape, &ring(&log));
    assert_eq!(verdict, "TLS 1.3, TLS_AES_256_GCM_SHA384, secp384r1, 2 round trips");
    assert_eq!(told(&heard, "tls.hello_retry_request", "group"), ["secp384r1"]);
    assert_eq!(told(&heard, "tls.established", "alpn"), ["h2"]);
    assert_eq!(plaintext(&heard.events, Side::Client), b"one\ntwo\nthree\n");
    let messages = told(&heard, "tls.handshake", "message");
    assert!(messages.iter().filter(|message| *message == "key_update").count() >= 2, "{messages:?}");

    let (tape, log) = play(&Session { server: &server, clients: vec![first, second], says }).unwrap();
    let (heard, verdict) = read(&tape, &ring(&log));
    assert!(verdict.contains("resumed"), "{verdict}");
    assert_eq!(told(&heard, "tls.server_hello", "resumption"), ["psk"]);
}

#[test]
fn a_refusal_is_told_with_its_cause() {
    if workshop().is_none() {
        return println!("skipped: openssl is not here");
    }
    let server = ["-cert", "ec.crt", "-key", "ec.key", "-tls1_3"];
    let (tape, _) = play(&Session { server: &server, clients: vec![vec!["-tls1_2"]], says: &[] }).unwrap();
    let (heard, verdict) = read(&tape, &Keyring::default());
    assert_eq!(told(&heard, "tls.alert", "description"), ["protocol_version"]);
    assert!(verdict.starts_with("TLS handshake ended by the server with protocol_version"), "{verdict}");
}

#[test]
fn keys_that_come_late_open_what_waits_in_order() {
    let server = ["-cert", "ec.crt", "-key", "ec.key"];
    let session = Session { server: &server, clients: vec![vec!["-tls1_3"]], says: &[b"wait for me\n"] };
    let Some((tape, log)) = play(&session) else { return println!("skipped: openssl is not here") };
    let limits = Limits::default();
    let (early, late) = (Keyring::default(), ring(&log));
    let (heard, _) = read(&tape, &late);
    let expected: Vec<String> = heard.events.iter().map(|event| event.facts.label(Lang::En)).collect();

    let mut waiting = Keyring::default();
    waiting.expect(true);
    let mut reading = Reading::new(false, 443, &waiting, &limits, ONLY_TLS);
    for (index, (side, bytes)) in tape.iter().enumerate() {
        let body = if bytes.is_empty() { Body::End(End::Closed) } else { Body::Bytes(bytes) };
        reading.feed(*side, &[index as u64 + 1], body);
    }
    assert!(told(&reading.heard, "tls.encrypted", "len").is_empty());
    let Reading { mut stack, mut heard, world } = reading;
    let know = |keys| seqdump::layer::protocol::World { keys, ..world };
    let mut knowing = ring(&log);
    knowing.expect(true);
    stack.learned(&mut heard, know(&knowing));
    let labels: Vec<String> = heard.events.iter().map(|event| event.facts.label(Lang::En)).collect();
    assert_eq!(labels, expected);

    // And where none comes, everything is told once that is known.
    let mut reading = Reading::new(false, 443, &waiting, &limits, ONLY_TLS);
    for (index, (side, bytes)) in tape.iter().enumerate() {
        let body = if bytes.is_empty() { Body::End(End::Closed) } else { Body::Bytes(bytes) };
        reading.feed(*side, &[index as u64 + 1], body);
    }
    let Reading { mut stack, mut heard, world } = reading;
    stack.learned(&mut heard, seqdump::layer::protocol::World { keys: &early, ..world });
    let (told_at_once, _) = read(&tape, &early);
    let labels =
        |heard: &Heard| heard.events.iter().map(|event| event.facts.label(Lang::En)).collect::<Vec<_>>();
    assert_eq!(labels(&heard), labels(&told_at_once));
    assert!(!told(&heard, "tls.encrypted", "reason").is_empty());
}

/// The log with only the lines that `keep` says, each changed by `change`.
fn sieved(log: &[u8], keep: impl Fn(&str) -> bool, change: impl Fn(&str) -> String) -> Keyring {
    let text = String::from_utf8_lossy(log).into_owned();
    let lines: Vec<String> =
        text.lines().filter(|line| !line.starts_with('#') && keep(line)).map(change).collect();
    ring(lines.join("\n").as_bytes())
}

#[test]
fn the_reason_why_not_is_the_true_one() {
    let server = ["-cert", "ec.crt", "-key", "ec.key"];
    let session = Session { server: &server, clients: vec![vec!["-tls1_3"]], says: &[b"unheard\n"] };
    let Some((tape, log)) = play(&session) else { return println!("skipped: openssl is not here") };
    let same = |line: &str| line.to_owned();
    let wrong = |line: &str| format!("{}{}", &line[..line.len() - 8], "01234567");
    let other = |line: &str| {
        let words: Vec<&str> = line.split(' ').collect();
        format!("{} {} {}", words[0], "ab".repeat(32), words[2])
    };
    for (keys, reason) in [
        (Keyring::default(), "no keys were given"),
        (sieved(&log, |_| true, other), "the key log holds keys of other sessions only"),
        (
            sieved(&log, |line| line.starts_with("EXPORTER"), same),
            "no key for this client random and this step",
        ),
        (sieved(&log, |_| true, wrong), "tag mismatch"),
    ] {
        let (heard, verdict) = read(&tape, &keys);
        assert!(verdict.contains("not decrypted") && verdict.contains(reason), "{verdict}");
        let reasons = told(&heard, "tls.encrypted", "reason");
        assert!(!reasons.is_empty() && reasons.iter().all(|told| told.contains(reason)), "{reasons:?}");
        assert!(told(&heard, "tls.established", "reason")[0].contains(reason));
        let failed = heard.events.iter().flat_map(|event| &event.notes);
        let failed = failed.filter(|note| note.what.id == "tls.decrypt-failed").count();
        assert_eq!(failed > 0, reason == "tag mismatch");
    }
    // A wrong line beside the right one, whichever came first, does no harm.
    for wrong_first in [true, false] {
        let lines = String::from_utf8_lossy(&log).into_owned();
        let lines = lines.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let both = lines.map(|line| match wrong_first {
            true => format!("{}\r\n{line}\r\n", wrong(line)),
            false => format!("{line}\n{}\n", wrong(line)),
        });
        let (heard, verdict) = read(&tape, &ring(both.collect::<String>().as_bytes()));
        assert_eq!(plaintext(&heard.events, Side::Client), b"unheard\n", "{verdict}");
        assert!(!verdict.contains("decrypted"), "{verdict}");
    }
    // Only the application secrets: the handshake stays closed, what follows opens.
    let keys = sieved(&log, |line| line.contains("TRAFFIC_SECRET_0"), same);
    let (heard, verdict) = read(&tape, &keys);
    assert_eq!(plaintext(&heard.events, Side::Client), b"unheard\n");
    assert!(verdict.contains("decrypted in part: no key for this client random and this step"), "{verdict}");

    let holed: Tape = tape.iter().skip(1).cloned().collect();
    let limits = Limits::default();
    let keys = ring(&log);
    for (midstream, reason) in [(true, "handshake not captured"), (false, "bytes missing before packet 2")] {
        let mut reading = Reading::new(midstream, 443, &keys, &limits, ONLY_TLS);
        // Joined in the middle, even the server's flight is gone.
        let rest = if midstream { &holed[1..] } else { &holed[..] };
        if !midstream {
            reading.feed(Side::Client, &[1], Body::Bytes(&tape[0].1[..60]));
            reading.feed(Side::Client, &[2], Body::Gap(tape[0].1.len() as u64 - 60));
        }
        for (index, (side, bytes)) in rest.iter().enumerate().filter(|(_, (_, bytes))| !bytes.is_empty()) {
            reading.feed(*side, &[index as u64 + 2], Body::Bytes(bytes));
        }
        let verdict = reading.stack.verdicts()[0].say(Lang::En);
        assert!(verdict.ends_with(reason), "{verdict}");
    }
}

/// The tape with `change` done to the record of the ServerHello.
fn with_server_hello(tape: &Tape, change: impl Fn(&mut [u8])) -> Tape {
    let mut tape = tape.clone();
    let server = tape.iter_mut().find(|(side, _)| *side == Side::Server).expect("the server's flight");
    change(&mut server.1);
    tape
}

#[test]
fn what_is_not_encrypted_is_read_and_what_cannot_be_opened_is_named() {
    let server = ["-cert", "rsa.crt", "-key", "rsa.key", "-cipher", "NULL-SHA256:@SECLEVEL=0"];
    let client = vec!["-tls1_2", "-cipher", "NULL-SHA256:@SECLEVEL=0"];
    let session = Session { server: &server, clients: vec![client], says: &[b"open secret\n"] };
    let Some((tape, log)) = play(&session) else { return println!("skipped: openssl is not here") };
    let (heard, verdict) = read(&tape, &ring(&log));
    assert_eq!(verdict, "TLS 1.2, TLS_RSA_WITH_NULL_SHA256, 2 round trips");
    assert_eq!(plaintext(&heard.events, Side::Client), b"open secret\n");
    // Behind version, random and session id stand the suite and the method of compression.
    let suite = |bytes: &[u8]| 44 + usize::from(bytes[43]);
    let seed = with_server_hello(&tape, |bytes| {
        let at = suite(bytes);
        bytes[at..at + 2].copy_from_slice(&[0, 0x96]);
    });
    let (_, verdict) = read(&seed, &ring(&log));
    assert_eq!(
        verdict,
        "TLS 1.2, TLS_RSA_WITH_SEED_CBC_SHA, 2 round trips; not decrypted: suite not supported"
    );
    let compressed = with_server_hello(&tape, |bytes| {
        let at = suite(bytes);
        bytes[at + 2] = 1;
    });
    let (heard, verdict) = read(&compressed, &ring(&log));
    let reason = "not decrypted: compression inside TLS (RFC 3749) not supported";
    assert!(verdict.ends_with(reason), "{verdict}");
    assert!(plaintext(&heard.events, Side::Client).is_empty());
}

#[test]
fn the_reason_stays_true_however_many_records_there_are() {
    let server = ["-cert", "rsa.crt", "-key", "rsa.key", "-cipher", "AES128-SHA:@SECLEVEL=0"];
    let client = vec!["-tls1", "-no_etm", "-cipher", "AES128-SHA:@SECLEVEL=0"];
    let lines: Vec<Vec<u8>> = (0..4).map(|line| vec![b'a' + line; 9000]).collect();
    let mut says: Vec<&[u8]> = lines.iter().map(Vec::as_slice).collect();
    says.push(b"\n");
    let session = Session { server: &server, clients: vec![client], says: &says };
    let Some((tape, log)) = play(&session) else { return println!("skipped: openssl is not here") };
    // A record of TLS 1.0 goes on from the one before it: behind a hole, the first one cannot be opened for that.
    let limits = Limits::default();
    let keys = ring(&log);
    let mut reading = Reading::new(false, 443, &keys, &limits, ONLY_TLS);
    let long = tape.iter().position(|(side, bytes)| *side == Side::Client && bytes.len() > 3000).unwrap();
    for (index, (side, bytes)) in tape.iter().enumerate().filter(|(_, (_, bytes))| !bytes.is_empty()) {
        let frame = [index as u64 + 1];
        if index == long {
            reading.feed(*side, &frame, Body::Bytes(&bytes[..1000]));
            reading.feed(*side, &[index as u64 + 2], Body::Gap(500));
            reading.feed(*side, &[index as u64 + 2], Body::Bytes(&bytes[1500..]));
        } else {
            reading.feed(*side, &frame, Body::Bytes(bytes));
        }
    }
    let reasons = told(&reading.heard, "tls.encrypted", "reason");
    let missing = format!("bytes missing before packet {}", long + 2);
    assert!((1..=2).contains(&reasons.len()), "{reasons:?}");
    assert!(reasons.iter().all(|reason| *reason == missing), "{reasons:?}");
    // With a wrong key, the hundredth record fails for the same reason as the first one.
    let wrong = |line: &str| format!("{}{}", &line[..line.len() - 8], "01234567");
    let keys = sieved(&log, |_| true, wrong);
    let mut reading = Reading::new(false, 443, &keys, &limits, ONLY_TLS);
    for (index, (side, bytes)) in tape.iter().enumerate().filter(|(_, (_, bytes))| !bytes.is_empty()) {
        reading.feed(*side, &[index as u64 + 1], Body::Bytes(bytes));
    }
    let record = [[23, 3, 1, 0, 48].as_slice(), &[7; 48]].concat();
    for frame in 0..100 {
        reading.feed(Side::Client, &[900 + frame], Body::Bytes(&record));
    }
    let reasons = told(&reading.heard, "tls.encrypted", "reason");
    assert!(reasons.len() > 100 && reasons.iter().all(|reason| reason == "tag mismatch"), "{reasons:?}");
}

#[test]
fn a_renegotiation_is_said_and_followed() {
    let server = ["-cert", "rsa.crt", "-key", "rsa.key", "-client_renegotiation"];
    let client = vec!["-tls1_2", "-cipher", "ECDHE-RSA-AES128-SHA256"];
    let session =
        Session { server: &server, clients: vec![client], says: &[b"before\n", b"R\n", b"behind\n"] };
    let Some((tape, log)) = play(&session) else { return println!("skipped: openssl is not here") };
    let (heard, verdict) = read(&tape, &ring(&log));
    let again =
        heard.events.iter().filter(|event| event.facts.kind() == "tls.client_hello" && event.decrypted);
    assert_eq!(again.count(), 1, "{verdict}");
    assert_eq!(told(&heard, "tls.established", "version").len(), 2);
    assert_eq!(plaintext(&heard.events, Side::Client), b"before\nbehind\n");
}

#[test]
fn what_waits_for_keys_is_bounded() {
    let server = ["-cert", "ec.crt", "-key", "ec.key"];
    let session = Session { server: &server, clients: vec![vec!["-tls1_3"]], says: &[b"much\n"] };
    let Some((tape, _)) = play(&session) else { return println!("skipped: openssl is not here") };
    let mut keys = Keyring::default();
    keys.expect(true);
    let limits = Limits { waiting_ciphertext: 600, ..Limits::default() };
    let mut reading = Reading::new(false, 443, &keys, &limits, ONLY_TLS);
    for (index, (side, bytes)) in tape.iter().enumerate().filter(|(_, (_, bytes))| !bytes.is_empty()) {
        reading.feed(*side, &[index as u64 + 1], Body::Bytes(bytes));
    }
    let reasons = told(&reading.heard, "tls.encrypted", "reason");
    assert!(reasons.iter().any(|reason| reason.contains("more ciphertext waited")), "{reasons:?}");
}
