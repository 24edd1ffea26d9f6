//! How fast records are opened, beside the crates that open them: MB/s of plaintext for records of 16 KiB, first the
//! whole TLS layer (framing, keys, record numbers, what it carries up), then only the primitive on the same bytes.
//!
//! `cargo bench --bench decryption`. Each number is the best of many short runs, so that a busy machine matters little.

use std::time::{Duration, Instant};

use aead::array::Array;
use aead::consts::U12;
use aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm, aead};
use cbc::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use seqdump::diagnostic::{Diagnostic, Note};
use seqdump::event::{Body, Chunk, Event, Origin, Packet, Side, Sink};
use seqdump::frame::Timestamp;
use seqdump::keyring::Keyring;
use seqdump::layer::protocol::{Protocol, World};
use seqdump::layer::stack::Stack;
use seqdump::limits::Limits;
use sha2::{Sha256, Sha384};

/// The plaintext of a record.
const RECORD: usize = 1 << 14;
/// Records of a run.
const RECORDS: usize = 64;
/// How long one subject is measured.
const PATIENCE: Duration = Duration::from_millis(1500);

static ONLY_TLS: &[&Protocol] = &[&seqdump::layer::tls::PROTOCOL];

/// Wants no events, as a survey does; or counts the plaintext in them.
struct Heard {
    full: bool,
    bytes: usize,
}

impl Sink for Heard {
    fn full(&self) -> bool {
        self.full
    }
    fn number(&mut self, _notes: &[Note]) -> u64 {
        0
    }
    fn keep(&mut self, event: Event) {
        let data = event.decrypted && event.facts.kind() == "tls.data";
        self.bytes += if data { event.facts.wire().len() } else { 0 };
    }
    fn packet(&mut self, _packet: Packet) {}
    fn note(&mut self, _what: &'static Diagnostic) {}
    fn protocol(&mut self, _name: &'static str) {}
}

fn record(content: u8, body: &[u8]) -> Vec<u8> {
    [&[content, 3, 3], &(body.len() as u16).to_be_bytes()[..], body].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    record(22, &[&[kind, 0], &(body.len() as u16).to_be_bytes()[..], body].concat())
}

/// Both hellos for a suite; with `supported_versions` where it is one of TLS 1.3.
fn hellos(suite: u16) -> [Vec<u8>; 2] {
    let (suite, is_13) = (suite.to_be_bytes(), suite >> 8 == 0x13);
    let mut client = [&[3, 3], &[7; 32][..], &[0, 0, 2], &suite, &[1, 0]].concat();
    let mut server = [&[3, 3], &[8; 32][..], &[0], &suite, &[0]].concat();
    if is_13 {
        client.extend([0, 7, 0, 43, 0, 3, 2, 3, 4]);
        server.extend([0, 6, 0, 43, 0, 2, 3, 4]);
    }
    [message(1, &client), message(2, &server)]
}

/// HKDF-Expand-Label with an empty context (RFC 8446 7.1).
fn expand(wide: bool, secret: &[u8], label: &str, out: &mut [u8]) {
    let label = format!("tls13 {label}");
    let info = [&(out.len() as u16).to_be_bytes()[..], &[label.len() as u8], label.as_bytes(), &[0]].concat();
    match wide {
        true => Hkdf::<Sha384>::from_prk(secret).unwrap().expand(&info, out).unwrap(),
        false => Hkdf::<Sha256>::from_prk(secret).unwrap().expand(&info, out).unwrap(),
    }
}

/// P_SHA256 (RFC 5246 5).
fn prf(secret: &[u8], seed: &[u8], out: &mut [u8]) {
    let hash = |parts: &[&[u8]]| {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(secret).unwrap();
        parts.iter().for_each(|part| mac.update(part));
        mac.finalize().into_bytes()
    };
    let mut a = hash(&[seed]);
    for block in out.chunks_mut(32) {
        block.copy_from_slice(&hash(&[&a, seed])[..block.len()]);
        a = hash(&[&a]);
    }
}

/// MB/s of the best run.
fn best(mut run: impl FnMut()) -> f64 {
    let (started, mut best) = (Instant::now(), Duration::MAX);
    while started.elapsed() < PATIENCE {
        let from = Instant::now();
        run();
        best = best.min(from.elapsed());
    }
    (RECORD * RECORDS) as f64 / best.as_secs_f64() / 1e6
}

/// MB/s of the layer for a client's records, which come in pieces of `piece` bytes.
fn layer(suite: u16, log: &str, stream: &[u8], piece: usize) -> f64 {
    let limits = Limits::default();
    let mut keys = Keyring::default();
    keys.learn(log.as_bytes(), &limits);
    let world = World {
        limits: &limits,
        keys: &keys,
        server_port: 443,
        roles_inferred: false,
        protocols: ONLY_TLS,
        unclaimed: "tcp.data",
    };
    let [client, server] = hellos(suite);
    let read = |full| {
        let (mut stack, mut heard) = (Stack::new(false), Heard { full, bytes: 0 });
        let mut feed = |side, frame: u64, bytes: &[u8]| {
            let (time, frames) = (Timestamp(0), [frame]);
            let origin = Origin::new(side, time, &frames);
            stack.feed(Chunk { origin, body: Body::Bytes(bytes) }, &mut heard, world);
        };
        feed(Side::Client, 1, &client);
        feed(Side::Server, 2, &server);
        for (index, bytes) in stream.chunks(piece).enumerate() {
            feed(Side::Client, index as u64 + 3, bytes);
        }
        heard.bytes
    };
    assert_eq!(read(true), RECORD * RECORDS, "not all records were opened");
    best(|| {
        read(false);
    })
}

fn tell(name: &str, whole: [f64; 2], primitive: f64) {
    let share = |speed: f64| 100.0 * speed / primitive;
    println!(
        "{name:<24} layer, 64 KiB pieces {:6.0} MB/s ({:3.0} %)   1448-byte pieces {:6.0} MB/s ({:3.0} %)   \
         primitive {primitive:6.0} MB/s",
        whole[0],
        share(whole[0]),
        whole[1],
        share(whole[1]),
    );
}

/// A suite of TLS 1.3.
fn aead<A: AeadInOut<NonceSize = U12> + KeyInit>(name: &str, suite: u16, wide: bool) {
    let secret = vec![9; if wide { 48 } else { 32 }];
    let mut key = vec![0; A::key_size()];
    let mut iv = [0; 12];
    expand(wide, &secret, "key", &mut key);
    expand(wide, &secret, "iv", &mut iv);
    let cipher = A::new_from_slice(&key).unwrap();
    let nonce = |number: u64| {
        let mut nonce = iv;
        nonce[4..].iter_mut().zip(number.to_be_bytes()).for_each(|(byte, number)| *byte ^= number);
        Array::from(nonce)
    };
    let header = [23, 3, 3, ((RECORD + 17) >> 8) as u8, (RECORD + 17) as u8];
    let mut stream = Vec::new();
    for number in 0..RECORDS as u64 {
        let mut text = vec![b'x'; RECORD];
        text.push(23);
        let tag = cipher.encrypt_inout_detached(&nonce(number), &header, text.as_mut_slice().into()).unwrap();
        stream.extend(record(23, &[text.as_slice(), &tag].concat()));
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let log = format!("CLIENT_TRAFFIC_SECRET_0 {} {}", hex(&[7; 32]), hex(&secret));
    let whole = [65_536, 1448].map(|piece| layer(suite, &log, &stream, piece));
    let mut buffer = vec![0; RECORD + 1];
    let primitive = best(|| {
        for (number, record) in stream.chunks(5 + RECORD + 17).enumerate() {
            buffer.copy_from_slice(&record[5..5 + RECORD + 1]);
            let tag = Array::try_from(&record[5 + RECORD + 1..]).unwrap();
            let text = buffer.as_mut_slice().into();
            cipher.decrypt_inout_detached(&nonce(number as u64), &header, text, &tag).unwrap();
        }
    });
    tell(name, whole, primitive);
}

/// TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, MAC then encrypt.
fn cbc() {
    let master = [9; 48];
    let mut block = [0; 2 * (32 + 16)];
    prf(&master, &[b"key expansion".as_slice(), &[8; 32], &[7; 32]].concat(), &mut block);
    let (mac_key, key) = (&block[..32], &block[64..80]);
    let keyed = <Hmac<Sha256> as KeyInit>::new_from_slice(mac_key).unwrap();
    let mac = |number: u64, text: &[u8]| {
        let mut mac = keyed.clone();
        mac.update(&number.to_be_bytes());
        mac.update(&[23, 3, 3]);
        mac.update(&(text.len() as u16).to_be_bytes());
        mac.update(text);
        mac.finalize().into_bytes()
    };
    let iv = [5; 16];
    let mut stream = [record(20, &[1])].concat();
    let begin = stream.len();
    for number in 0..RECORDS as u64 {
        let mut text = vec![b'x'; RECORD];
        text.extend(mac(number, &text));
        text.extend([15; 16]);
        let (blocks, _) = Array::slice_as_chunks_mut(&mut text);
        cbc::Encryptor::<aes::Aes128>::new_from_slices(key, &iv).unwrap().encrypt_blocks(blocks);
        stream.extend(record(23, &[&iv[..], &text].concat()));
    }
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let log = format!("CLIENT_RANDOM {} {}", hex(&[7; 32]), hex(&master));
    let whole = [65_536, 1448].map(|piece| layer(0xc027, &log, &stream, piece));
    let mut buffer = vec![0; RECORD + 48];
    let primitive = best(|| {
        for (number, record) in stream[begin..].chunks(5 + 16 + RECORD + 48).enumerate() {
            buffer.copy_from_slice(&record[21..]);
            let (blocks, _) = Array::slice_as_chunks_mut(&mut buffer);
            cbc::Decryptor::<aes::Aes128>::new_from_slices(key, &iv).unwrap().decrypt_blocks(blocks);
            assert_eq!(mac(number as u64, &buffer[..RECORD])[..], buffer[RECORD..RECORD + 32]);
        }
    });
    tell("AES-128-CBC + HMAC-SHA256", whole, primitive);
}

fn main() {
    aead::<Aes128Gcm>("AES-128-GCM", 0x1301, false);
    aead::<Aes256Gcm>("AES-256-GCM", 0x1302, true);
    aead::<chacha20poly1305::ChaCha20Poly1305>("ChaCha20-Poly1305", 0x1303, false);
    cbc();
}
