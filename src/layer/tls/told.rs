//! What the events of handshake messages say: hellos in full, certificates, and what matters of the others.

use std::ops::Range;

use super::extension::{
    EARLY_DATA, ENCRYPTED_CLIENT_HELLO, Extensions, In, PRE_SHARED_KEY, SERVER_NAME, SESSION_TICKET,
};
use super::hello::{ClientHello, ServerHello};
use super::reader::{Reader, u16s};
use super::{certificate, ja, names};
use crate::event::{Facts, Field, FieldSink, Value};
use crate::frame::Timestamp;
use crate::locale::Lang;

/// `tls.client_hello`.
#[derive(Debug)]
pub(super) struct ClientHelloTold {
    /// What it says.
    pub(super) hello: ClientHello,
    /// Whether it opens a further handshake on a channel that stands (RFC 5746).
    pub(super) renegotiation: bool,
    /// The message, its header included; of SSL 2.0, the record.
    pub(super) wire: Vec<u8>,
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn texts(list: impl IntoIterator<Item = String>) -> Value {
    Value::List(list.into_iter().map(Value::Text).collect())
}

/// The field with its place, where the message reaches that far.
fn placed(field: Field, place: Range<usize>, wire: &[u8]) -> Field {
    if place.end <= wire.len() { field.at(place) } else { field }
}

fn at(field: Field, extensions: &Extensions, id: u16) -> Field {
    match extensions.list.iter().find(|(known, _)| *known == id) {
        Some((_, range)) => field.at(range.clone()),
        None => field,
    }
}

impl Facts for ClientHelloTold {
    fn kind(&self) -> &'static str {
        "tls.client_hello"
    }

    fn label(&self, _lang: Lang) -> String {
        let mut parts = vec!["ClientHello".to_owned()];
        parts.extend(self.hello.extensions.server_name.as_deref().map(text));
        let best = names::newest(self.hello.versions());
        parts.extend(best.map(|version| names::version(version).into_owned()));
        let alpn: Vec<String> = self.hello.extensions.alpn.iter().map(|name| text(name)).collect();
        if !alpn.is_empty() {
            parts.push(alpn.join(", "));
        }
        parts.join("  ")
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let (hello, extensions) = (&self.hello, &self.hello.extensions);
        let mut suites: Vec<Value> = hello.cipher_suites.iter().map(|id| names::suite_value(*id)).collect();
        suites.extend(hello.old_kinds.iter().map(|kind| {
            Value::Table(vec![Field::new("id", format!("0x{kind:06x}")), Field::new("name", "SSL 2.0")])
        }));
        let versions = hello.versions().into_iter().map(|version| names::version(version).into_owned());
        fields.extend([
            Field::new("legacy_version", names::version(hello.legacy_version).into_owned()),
            at(Field::new("versions", texts(versions)), extensions, 43),
            Field::new("cipher_suites", suites).at(hello.suites_at.clone()),
        ]);
        if let Some(name) = &extensions.server_name {
            fields.push(at(Field::new("sni", text(name)), extensions, SERVER_NAME));
        }
        if !extensions.alpn.is_empty() {
            let alpn = texts(extensions.alpn.iter().map(|name| text(name)));
            fields.push(at(Field::new("alpn", alpn), extensions, 16));
        }
        let lossy = |bytes: &Vec<u8>| std::str::from_utf8(bytes).is_err();
        if extensions.server_name.iter().chain(&extensions.alpn).any(lossy) {
            fields.push(Field::new("lossy", true));
        }
        if !extensions.groups.is_empty() {
            let groups = texts(extensions.groups.iter().map(|id| names::group(*id).into_owned()));
            fields.push(at(Field::new("groups", groups), extensions, 10));
        }
        // Both fingerprints are defined for hellos of TLS only.
        if self.wire.first() == Some(&1) {
            fields.push(Field::new("ja3", ja::ja3(hello)));
            fields.push(Field::new("ja4", ja::ja4(hello)));
        }
        self.further(fields);
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }
}

impl ClientHelloTold {
    fn further(&self, fields: &mut dyn FieldSink) {
        let (hello, extensions) = (&self.hello, &self.hello.extensions);
        if !extensions.key_shares.is_empty() {
            let shares = texts(extensions.key_shares.iter().map(|id| names::group(*id).into_owned()));
            fields.push(at(Field::new("key_shares", shares), extensions, 51));
        }
        if !extensions.signature_algorithms.is_empty() {
            let list = extensions.signature_algorithms.iter().map(|id| names::signature(*id).into_owned());
            fields.push(at(Field::new("signature_algorithms", texts(list)), extensions, 13));
        }
        let random = Field::new("random", Value::Hex(hello.random.to_vec()));
        // A hello of SSL 2.0 has it elsewhere, and shorter.
        fields.push(if self.wire.first() == Some(&1) { random.at(6..38) } else { random });
        fields.push(Field::new("session_id", Value::Hex(hello.session_id.clone())));
        for (name, there) in [
            ("session_ticket", extensions.len_of(SESSION_TICKET).is_some_and(|len| len > 0)),
            ("pre_shared_key", extensions.has(PRE_SHARED_KEY)),
            ("early_data", extensions.has(EARLY_DATA)),
            ("renegotiation", self.renegotiation),
            ("encrypted_client_hello", extensions.has(ENCRYPTED_CLIENT_HELLO) && extensions.ech_outer),
        ] {
            if there {
                fields.push(Field::new(name, true));
            }
        }
        fields.push(Field::new("extensions", listed(extensions)));
        fields.push(Field::new("len", self.wire.len()));
    }
}

fn listed(extensions: &Extensions) -> Value {
    texts(extensions.ids().map(|id| names::extension(id).into_owned()))
}

/// `tls.server_hello` or `tls.hello_retry_request`.
#[derive(Debug)]
pub(super) struct ServerHelloTold {
    /// What it says.
    pub(super) hello: ServerHello,
    /// Whether it asks for another ClientHello.
    pub(super) retry: bool,
    /// How an earlier session is resumed; `None` where it is not, or that cannot be told yet.
    pub(super) resumption: Option<&'static str>,
    /// Whether it can be told already that nothing is resumed.
    pub(super) fresh: bool,
    /// The message, its header included.
    pub(super) wire: Vec<u8>,
}

impl Facts for ServerHelloTold {
    fn kind(&self) -> &'static str {
        if self.retry { "tls.hello_retry_request" } else { "tls.server_hello" }
    }

    fn label(&self, lang: Lang) -> String {
        let mut parts = vec![if self.retry { "HelloRetryRequest" } else { "ServerHello" }.to_owned()];
        parts.push(names::version(self.hello.version()).into_owned());
        parts.push(names::suite(self.hello.cipher_suite).into_owned());
        parts.extend(self.hello.extensions.key_shares.first().map(|id| names::group(*id).into_owned()));
        parts.extend(self.hello.extensions.alpn.first().map(|name| text(name)));
        if self.resumption.is_some() {
            parts.push(lang.pick("resumed", "세션 재개").to_owned());
        }
        parts.join("  ")
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let (hello, extensions) = (&self.hello, &self.hello.extensions);
        let session = hello.session_id.len();
        fields.extend([
            at(Field::new("version", names::version_value(hello.version())), extensions, 43),
            placed(
                Field::new("cipher_suite", names::suite_value(hello.cipher_suite)),
                39 + session..41 + session,
                &self.wire,
            ),
        ]);
        if let Some(name) = extensions.alpn.first() {
            fields.push(at(Field::new("alpn", text(name)), extensions, 16));
        }
        if let Some(group) = extensions.key_shares.first() {
            fields.push(at(Field::new("group", names::group(*group).into_owned()), extensions, 51));
        }
        if !self.retry && (self.fresh || self.resumption.is_some()) {
            fields.push(Field::new("resumed", self.resumption.is_some()));
        }
        fields.extend(self.resumption.map(|how| Field::new("resumption", how)));
        fields.push(Field::new("legacy_version", names::version(hello.legacy_version).into_owned()).at(4..6));
        fields.push(Field::new("random", Value::Hex(hello.random.to_vec())).at(6..38));
        fields.push(Field::new("session_id", Value::Hex(hello.session_id.clone())));
        if hello.compression != 0 {
            fields.push(Field::new("compression_method", u64::from(hello.compression)));
        }
        if let Some(version) = hello.downgraded_from() {
            fields.push(Field::new("downgraded_from", names::version(version).into_owned()));
        }
        fields.push(Field::new("extensions", listed(extensions)));
        fields.push(Field::new("len", self.wire.len()));
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }
}

/// Whom a Certificate or CompressedCertificate message names.
pub(super) fn owner(message: &[u8], version: u16) -> Option<String> {
    match message.first() {
        Some(25) => certificate::owner(&certificate::decompressed(message)?, true),
        _ => certificate::owner(message, names::is_13(version)),
    }
}

/// `tls.handshake`: any other handshake message.
#[derive(Debug)]
pub(super) struct Message {
    /// The message, its header of four bytes included; only the header where it is over the limit.
    pub(super) wire: Vec<u8>,
    /// The length that its header says.
    pub(super) len: usize,
    /// The version in force; 0 where it is not known.
    pub(super) version: u16,
    /// When it came.
    pub(super) time: Timestamp,
}

impl Message {
    fn code(&self) -> u8 {
        self.wire.first().copied().unwrap_or_default()
    }

    fn is_13(&self) -> bool {
        names::is_13(self.version)
    }

    fn body(&self) -> Reader<'_> {
        Reader::new(self.wire.get(4..).unwrap_or_default())
    }

    /// What matters of it; where it is malformed, what was read until then.
    fn details(&self, fields: &mut dyn FieldSink) -> Option<()> {
        let mut body = self.body();
        match self.code() {
            4 => {
                fields.push(Field::new("lifetime_seconds", body.u32()?));
                if self.is_13() {
                    body.u32()?;
                    body.vector(1)?;
                }
                fields.push(Field::new("ticket_len", body.vector(2)?.len()));
                let extensions = Extensions::read(body.vector(2)?, 0, In::Server, &mut Vec::new());
                fields.push(Field::new("early_data", extensions.has(EARLY_DATA)));
            }
            8 => {
                let extensions = self.extensions()?;
                fields.extend(extensions.alpn.first().map(|name| Field::new("alpn", text(name))));
                if extensions.has(EARLY_DATA) {
                    fields.push(Field::new("early_data", true));
                }
                fields.push(Field::new("extensions", listed(&extensions)));
            }
            11 => {
                let chain = certificate::chain_value(&self.wire, self.is_13(), self.time);
                fields.push(Field::new("certificates", chain));
            }
            12 if body.u8()? == 3 => {
                fields.push(Field::new("group", names::group(body.u16()?).into_owned()));
                body.vector(1)?;
                if self.version == 0x0303 {
                    let scheme = names::signature(body.u16()?);
                    fields.push(Field::new("signature_algorithm", scheme.into_owned()));
                }
            }
            13 if self.is_13() => {
                body.vector(1)?;
                let extensions = Extensions::read(body.vector(2)?, 0, In::Client, &mut Vec::new());
                let list = &extensions.signature_algorithms;
                let list = texts(list.iter().map(|id| names::signature(*id).into_owned()));
                fields.push(Field::new("signature_algorithms", list));
            }
            13 if self.version == 0x0303 => {
                body.vector(1)?;
                let list = u16s(body.vector(2)?)?;
                let list = texts(list.iter().map(|id| names::signature(*id).into_owned()));
                fields.push(Field::new("signature_algorithms", list));
            }
            15 if self.version >= 0x0303 => {
                fields.push(Field::new("signature_algorithm", names::signature(body.u16()?).into_owned()));
            }
            24 => fields.push(Field::new("update_requested", body.u8()? == 1)),
            25 => {
                let algorithm = match body.u16()? {
                    1 => "zlib".to_owned(),
                    2 => "brotli".to_owned(),
                    3 => "zstd".to_owned(),
                    other => other.to_string(),
                };
                fields.push(Field::new("algorithm", algorithm));
                fields.push(Field::new("uncompressed_len", body.u24()?));
                let plain = certificate::decompressed(&self.wire)?;
                let chain = certificate::chain_value(&plain, true, self.time);
                fields.push(Field::new("certificates", chain));
            }
            _ => {}
        }
        Some(())
    }

    /// The extensions of EncryptedExtensions.
    fn extensions(&self) -> Option<Extensions> {
        Some(Extensions::read(self.body().vector(2)?, 0, In::Server, &mut Vec::new()))
    }
}

impl Facts for Message {
    fn kind(&self) -> &'static str {
        "tls.handshake"
    }

    fn label(&self, _lang: Lang) -> String {
        let mut label = String::new();
        for part in names::message(self.code()).split('_') {
            let (first, rest) = part.split_at_checked(1).unwrap_or((part, ""));
            label.push_str(&first.to_ascii_uppercase());
            label.push_str(rest);
        }
        match self.code() {
            11 | 25 => match owner(&self.wire, self.version) {
                Some(owner) => format!("{label}  {owner}"),
                None => label,
            },
            8 => match self.extensions().and_then(|extensions| extensions.alpn.into_iter().next()) {
                Some(alpn) => format!("{label}  {}", text(&alpn)),
                None => label,
            },
            _ => label,
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.extend([
            placed(Field::new("message", names::message(self.code()).into_owned()), 0..1, &self.wire),
            placed(Field::new("len", self.len), 1..4, &self.wire),
        ]);
        let _ = self.details(fields);
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }
}
