//! The opening handshake: what was offered, what was chosen, and which rules it broke (RFC 6455 4, RFC 7692 7.1,
//! RFC 8441 5).

use base64::Engine as _;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use sha1::{Digest as _, Sha1};

use crate::diagnostic::{self as rule, Note};
use crate::event::{Facts, Field, FieldSink, Value};
use crate::layer::protocol::Upgrade;
use crate::layer::websocket::extension::{self, Deflate, Extension, brief};
use crate::locale::Lang;

/// What a server adds to the key before hashing it (RFC 6455 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The only version there is (RFC 6455 4.1).
const VERSION: &str = "13";

/// Base64 that also takes unused bits that are not zero, as most decoders do.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// What both sides agreed upon.
#[derive(Clone, Debug, Default)]
pub struct Agreed {
    /// permessage-deflate with its parameters.
    pub deflate: Option<Deflate>,
    /// Whether another extension is in use, so that reserved bits may mean something.
    pub foreign: bool,
    /// The subprotocol.
    pub subprotocol: Option<String>,
    /// Whether Engine.IO packets are to be expected, by the target.
    pub engine_io: bool,
}

/// What the handshake says; the `ws.handshake` event.
#[derive(Clone, Debug, Default)]
pub struct Handshake {
    target: String,
    status: u16,
    accepted: bool,
    key: Option<String>,
    accept: Option<String>,
    accept_ok: Option<bool>,
    version: Option<String>,
    origin: Option<String>,
    subprotocol: Option<String>,
    extensions: Vec<Extension>,
    offered_subprotocols: Vec<String>,
    offered_extensions: Vec<Extension>,
}

/// Whether an upgrade is to WebSocket, as either side sees it.
pub fn is_websocket(upgrade: &Upgrade) -> bool {
    let is_it = |token: &str| token.eq_ignore_ascii_case("websocket");
    is_it(&upgrade.protocol)
        || tokens(&upgrade.request, "upgrade").any(is_it)
        || tokens(&upgrade.response, "upgrade").any(is_it)
}

/// Whether the server switched the protocol.
pub fn is_accepted(upgrade: &Upgrade) -> bool {
    match upgrade.version {
        20 => (200..300).contains(&upgrade.status),
        _ => upgrade.status == 101,
    }
}

/// Rules that a refused attempt broke, for the row of the answer.
pub fn judge(upgrade: &Upgrade) -> Vec<Note> {
    if !is_websocket(upgrade) || is_accepted(upgrade) {
        return Vec::new();
    }
    let mut notes = Vec::new();
    check_request(upgrade, &mut notes);
    if values(&upgrade.response, "sec-websocket-accept").next().is_some() {
        let detail = format!("the answer has Sec-WebSocket-Accept and yet status {}", upgrade.status);
        notes.push(rule::WS_BAD_UPGRADE.with(detail));
    }
    notes
}

/// Reads an upgrade: what was agreed upon, what it says, and the rules that it broke.
pub fn read(upgrade: &Upgrade) -> (Agreed, Handshake, Vec<Note>) {
    let mut notes = Vec::new();
    check_request(upgrade, &mut notes);
    let owned = |lines, name| values(lines, name).next().map(str::to_owned);
    let mut said = Handshake {
        target: upgrade.target.clone(),
        status: upgrade.status,
        accepted: is_accepted(upgrade),
        key: owned(&upgrade.request, "sec-websocket-key"),
        accept: owned(&upgrade.response, "sec-websocket-accept"),
        version: owned(&upgrade.request, "sec-websocket-version"),
        origin: owned(&upgrade.request, "origin"),
        offered_subprotocols: tokens(&upgrade.request, "sec-websocket-protocol").map(str::to_owned).collect(),
        ..Handshake::default()
    };
    let (offered, good) = extension::parse(values(&upgrade.request, "sec-websocket-extensions"));
    if !good {
        notes.push(rule::WS_BAD_EXTENSION_PARAM.with("the offer does not follow the grammar"));
    }
    said.offered_extensions = offered;
    let mut agreed = Agreed { engine_io: upgrade.target.contains("EIO="), ..Agreed::default() };
    if !said.accepted {
        let detail = format!("status {}", upgrade.status);
        notes.push(rule::WS_NOT_UPGRADED.with(detail));
        return (agreed, said, notes);
    }
    if upgrade.version != 20 {
        check_switch(upgrade, &mut notes);
        said.accept_ok = check_accept(upgrade, &mut notes);
    }
    said.subprotocol = check_subprotocol(upgrade, &said.offered_subprotocols, &mut notes);
    said.extensions = check_extensions(upgrade, &said.offered_extensions, &mut agreed, &mut notes);
    agreed.subprotocol = said.subprotocol.clone();
    (agreed, said, notes)
}

/// RFC 6455 4.1, RFC 8441 5.
fn check_request(upgrade: &Upgrade, notes: &mut Vec<Note>) {
    let head = &upgrade.request;
    if upgrade.version == 20 {
        if upgrade.method != "CONNECT" {
            notes.push(rule::WS_BAD_METHOD.with(format!("{} instead of CONNECT", brief(&upgrade.method))));
        }
    } else {
        if upgrade.method != "GET" {
            notes.push(rule::WS_BAD_METHOD.with(format!("{} instead of GET", brief(&upgrade.method))));
        }
        if upgrade.version < 11 {
            notes.push(rule::WS_BAD_METHOD.with("HTTP/1.0"));
        }
        check_upgrade_lines("the request", head, notes);
        check_key(head, notes);
    }
    let mut versions = values(head, "sec-websocket-version");
    match (versions.next(), versions.next()) {
        (Some(VERSION), None) => {}
        (Some(VERSION), Some(_)) => notes.push(rule::WS_BAD_VERSION.with("it stands twice")),
        (Some(other), _) => {
            let mut detail = brief(other);
            if !is_accepted(upgrade) && values(&upgrade.response, "sec-websocket-version").next().is_none() {
                detail.push_str(", and the refusal names no version");
            }
            notes.push(rule::WS_BAD_VERSION.with(detail));
        }
        (None, _) => notes.push(rule::WS_BAD_VERSION.with("it is missing")),
    }
}

/// RFC 6455 4.1 (7): sixteen bytes in base64, once.
fn check_key(head: &[(String, String)], notes: &mut Vec<Note>) {
    let mut keys = values(head, "sec-websocket-key");
    match (keys.next(), keys.next()) {
        (None, _) => notes.push(rule::WS_BAD_KEY.with("it is missing")),
        (Some(_), Some(_)) => notes.push(rule::WS_BAD_KEY.with("it stands twice")),
        (Some(key), None) => match BASE64.decode(key) {
            Ok(bytes) if bytes.len() == 16 => {}
            Ok(bytes) => notes.push(rule::WS_BAD_KEY.with(format!("{} bytes", bytes.len()))),
            Err(_) => notes.push(rule::WS_BAD_KEY.with(format!("{} is no base64", brief(key)))),
        },
    }
}

fn check_upgrade_lines(who: &str, head: &[(String, String)], notes: &mut Vec<Note>) {
    if !tokens(head, "upgrade").any(|token| token.eq_ignore_ascii_case("websocket")) {
        notes.push(rule::WS_BAD_UPGRADE.with(format!("{who} has no Upgrade: websocket")));
    }
    if !tokens(head, "connection").any(|token| token.eq_ignore_ascii_case("upgrade")) {
        notes.push(rule::WS_BAD_UPGRADE.with(format!("{who} has no Connection: Upgrade")));
    }
}

/// RFC 6455 4.1, of the answer (2, 3).
fn check_switch(upgrade: &Upgrade, notes: &mut Vec<Note>) {
    check_upgrade_lines("the answer", &upgrade.response, notes);
}

/// RFC 6455 4.2.2 (5.4). `None` where there is no one key to hash.
fn check_accept(upgrade: &Upgrade, notes: &mut Vec<Note>) -> Option<bool> {
    let mut keys = values(&upgrade.request, "sec-websocket-key");
    let right = match (keys.next(), keys.next()) {
        (Some(key), None) => Some(accept(key)),
        _ => None,
    };
    let mut accepts = values(&upgrade.response, "sec-websocket-accept");
    let wrong = match (accepts.next(), accepts.next(), &right) {
        (None, ..) => "it is missing".to_owned(),
        (Some(_), Some(_), _) => "it stands twice".to_owned(),
        (Some(_), None, None) => return None,
        (Some(found), None, Some(right)) if found == right => return Some(true),
        (Some(found), None, Some(right)) => format!("{} instead of {right}", brief(found)),
    };
    notes.push(rule::WS_BAD_ACCEPT.with(wrong));
    Some(false)
}

/// The answer to a key (RFC 6455 4.2.2).
pub fn accept(key: &str) -> String {
    let hash = Sha1::new().chain_update(key).chain_update(GUID).finalize();
    BASE64.encode(hash)
}

/// RFC 6455 4.1 (6 of the answer), 11.3.4.
fn check_subprotocol(upgrade: &Upgrade, offered: &[String], notes: &mut Vec<Note>) -> Option<String> {
    let mut chosen = values(&upgrade.response, "sec-websocket-protocol");
    let first = chosen.next()?;
    if chosen.next().is_some() || first.contains(',') {
        notes.push(rule::WS_UNSOLICITED_SUBPROTOCOL.with("several were chosen"));
    } else if !offered.iter().any(|offer| offer == first) {
        notes.push(rule::WS_UNSOLICITED_SUBPROTOCOL.with(brief(first)));
    }
    Some(first.to_owned())
}

/// RFC 6455 9.1, RFC 7692 5.1 and 7.1. Says what was chosen and fills in what is in force.
fn check_extensions(
    upgrade: &Upgrade,
    offered: &[Extension],
    agreed: &mut Agreed,
    notes: &mut Vec<Note>,
) -> Vec<Extension> {
    let (chosen, good) = extension::parse(values(&upgrade.response, "sec-websocket-extensions"));
    if !good {
        notes.push(rule::WS_BAD_EXTENSION_PARAM.with("the answer does not follow the grammar"));
    }
    if values(&upgrade.response, "sec-websocket-extensions").nth(1).is_some() {
        notes.push(rule::WS_BAD_EXTENSION_PARAM.with("Sec-WebSocket-Extensions stands twice"));
    }
    for extension in &chosen {
        let is_offered = offered.iter().any(|offer| offer.name.eq_ignore_ascii_case(&extension.name));
        if !is_offered {
            notes.push(rule::WS_UNSOLICITED_EXTENSION.with(brief(&extension.name)));
        }
        if !extension.is_deflate() {
            agreed.foreign |= is_offered;
            continue;
        }
        let (answer, wrong) = Deflate::read(extension, false);
        let offers: Vec<_> = offered
            .iter()
            .filter(|offer| offer.is_deflate())
            .map(|offer| Deflate::read(offer, true))
            .collect();
        let valid: Vec<_> =
            offers.iter().filter(|(_, wrong)| wrong.is_none()).map(|(offer, _)| *offer).collect();
        let wrong = match (agreed.deflate, wrong) {
            (Some(_), _) => Some(format!("{} stands twice", extension::DEFLATE)),
            (None, Some(wrong)) => Some(wrong),
            (None, None) if valid.is_empty() => offers
                .first()
                .and_then(|(_, wrong)| wrong.clone())
                .map(|wrong| format!("in the offer {wrong}")),
            (None, None) => answer.answers_none(&valid).map(str::to_owned),
        };
        notes.extend(wrong.map(|wrong| rule::WS_BAD_EXTENSION_PARAM.with(wrong)));
        agreed.deflate = Some(answer);
    }
    chosen
}

/// The values of the header lines of this name.
fn values<'a>(head: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    head.iter().filter(move |(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

/// The elements of all header lines of this name (RFC 9110 5.6.1).
fn tokens<'a>(head: &'a [(String, String)], name: &'a str) -> impl Iterator<Item = &'a str> {
    values(head, name).flat_map(|value| value.split(',')).map(str::trim).filter(|token| !token.is_empty())
}

impl Facts for Handshake {
    fn kind(&self) -> &'static str {
        "ws.handshake"
    }

    fn is_milestone(&self) -> bool {
        true
    }

    fn label(&self, lang: Lang) -> String {
        if !self.accepted {
            let refused = lang.pick("WebSocket refused", "WebSocket 거절됨");
            return format!("{refused}, {}", self.status);
        }
        let mut label = match self.accept_ok {
            Some(false) => lang.pick("WebSocket accepted, wrongly", "WebSocket 수락, 규칙 위반"),
            _ => lang.pick("WebSocket accepted", "WebSocket 수락"),
        }
        .to_owned();
        let names = self.subprotocol.iter().chain(self.extensions.iter().map(|extension| &extension.name));
        for (place, name) in names.enumerate() {
            label.push_str(if place == 0 { ": " } else { ", " });
            label.push_str(&brief(name));
        }
        label
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        let texts = |list: &[String]| Value::List(list.iter().map(|text| text.as_str().into()).collect());
        let shown =
            |list: &[Extension]| Value::List(list.iter().map(|found| found.to_string().into()).collect());
        let text = |name, value: &Option<String>| value.as_deref().map(|value| Field::new(name, value));
        fields.extend(self.accept_ok.map(|ok| Field::new("accept_ok", ok)));
        fields.extend(text("subprotocol", &self.subprotocol));
        fields.push(Field::new("extensions", shown(&self.extensions)));
        fields.push(Field::new("offered_extensions", shown(&self.offered_extensions)));
        fields.push(Field::new("offered_subprotocols", texts(&self.offered_subprotocols)));
        fields.push(Field::new("target", self.target.as_str()));
        fields.push(Field::new("status", self.status));
        fields.extend(text("version", &self.version));
        fields.extend(text("origin", &self.origin));
        fields.extend(text("key", &self.key));
        fields.extend(text("accept", &self.accept));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_key_has_the_sample_answer() {
        assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
