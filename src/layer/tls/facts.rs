//! What the events of records say: alerts, records that cannot be read, and the channel once it stands. Hellos and
//! other handshake messages are in `told`.

use super::reason::{Agreed, Reason};
use super::record::{ALERT, APPLICATION_DATA, CHANGE_CIPHER_SPEC, HANDSHAKE, HEARTBEAT};
use super::{alert, names};
use crate::event::{Facts, Field, FieldSink, Side};
use crate::locale::Lang;

/// Content types in words.
fn content(kind: u8, lang: Lang) -> String {
    let words = match kind {
        CHANGE_CIPHER_SPEC => ["ChangeCipherSpec", "ChangeCipherSpec"],
        ALERT => ["alert", "Alert"],
        HANDSHAKE => ["handshake", "핸드셰이크"],
        APPLICATION_DATA => ["application data", "애플리케이션 데이터"],
        HEARTBEAT => ["heartbeat", "하트비트"],
        other => return lang.pick(format!("record of type {other}"), format!("유형 {other} 레코드")),
    };
    lang.of(words).to_owned()
}

/// `tls.encrypted`: records that cannot be read.
#[derive(Debug)]
pub(super) struct Encrypted {
    /// What is in it, as far as that can be known; `None` where it is not even known to be a record.
    pub(super) content: Option<u8>,
    /// Its length without the record header.
    pub(super) len: u64,
    /// How many of its bytes were never captured.
    pub(super) missing: u64,
    /// Why it cannot be read.
    pub(super) reason: Reason,
    /// Whether it is early data (0-RTT).
    pub(super) early: bool,
}

impl Facts for Encrypted {
    fn kind(&self) -> &'static str {
        "tls.encrypted"
    }

    fn label(&self, lang: Lang) -> String {
        let len = self.len;
        let what = match self.content {
            Some(_) if self.early => lang.pick("early data", "조기 데이터(0-RTT)").to_owned(),
            Some(kind) => content(kind, lang),
            None => {
                return lang.pick(format!("unreadable, {len} bytes"), format!("읽을 수 없는 {len}바이트"));
            }
        };
        match (self.reason, lang) {
            (Reason::NoRecord, Lang::En) => format!("no TLS record: {what}, {len} bytes"),
            (Reason::NoRecord, Lang::Ko) => format!("TLS 레코드가 아님: {what} {len}바이트"),
            (Reason::Cut, Lang::En) => format!("cut {what}, {len} bytes"),
            (Reason::Cut, Lang::Ko) => format!("잘린 {what} {len}바이트"),
            (_, Lang::En) if self.missing > 0 => format!("incomplete {what}, {len} bytes"),
            (_, Lang::Ko) if self.missing > 0 => format!("일부가 없는 {what} {len}바이트"),
            (_, Lang::En) => format!("encrypted {what}, {len} bytes"),
            (_, Lang::Ko) => format!("암호화된 {what} {len}바이트"),
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        if let Some(kind) = self.content {
            fields.push(Field::new("content", names::content(kind).into_owned()));
        }
        fields.push(Field::new("len", self.len));
        fields.push(Field::new("reason", self.reason.say(Lang::En)));
        if self.missing > 0 {
            fields.push(Field::new("missing", self.missing));
        }
        if self.early {
            fields.push(Field::new("early_data", true));
        }
    }
}

/// `tls.record`: a record of application data that was opened; what is in it, the layers above tell.
#[derive(Debug)]
pub(super) struct Opened {
    /// Its length on the wire, without the record header.
    pub(super) len: u64,
    /// The length of its plaintext.
    pub(super) plain_len: u64,
    /// Bytes of padding (RFC 8446 5.4).
    pub(super) padding: u64,
    /// Whether it is early data (0-RTT).
    pub(super) early: bool,
}

impl Facts for Opened {
    fn kind(&self) -> &'static str {
        "tls.record"
    }

    fn label(&self, lang: Lang) -> String {
        let (len, plain) = (self.len, self.plain_len);
        let what = match self.early {
            true => lang.pick("early data", "조기 데이터(0-RTT)").to_owned(),
            false => content(APPLICATION_DATA, lang),
        };
        lang.pick(
            format!("record: {what}, {plain} bytes in {len}"),
            format!("레코드: {what} {plain}바이트(암호문 {len}바이트)"),
        )
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.extend([
            Field::new("content", names::content(APPLICATION_DATA).into_owned()),
            Field::new("len", self.len),
            Field::new("plain_len", self.plain_len),
        ]);
        if self.padding > 0 {
            fields.push(Field::new("padding", self.padding));
        }
        if self.early {
            fields.push(Field::new("early_data", true));
        }
    }
}

/// `tls.alert`.
#[derive(Debug)]
pub(super) struct Alert {
    /// `AlertLevel` and `AlertDescription`; fewer bytes where the record is malformed.
    pub(super) wire: Vec<u8>,
}

impl Alert {
    fn level(&self) -> Option<String> {
        self.wire.first().map(|level| alert::level(*level))
    }

    fn code(&self) -> Option<u8> {
        self.wire.get(1).copied()
    }
}

impl Facts for Alert {
    fn kind(&self) -> &'static str {
        "tls.alert"
    }

    fn label(&self, lang: Lang) -> String {
        let (Some(level), Some(code)) = (self.level(), self.code()) else {
            return lang.pick("malformed Alert", "잘못된 Alert").to_owned();
        };
        let (level, name) = match level.as_str() {
            "warning" if code == alert::CLOSE_NOTIFY => return format!("Alert: {}", alert::name(code)),
            "warning" => (lang.pick("warning", "주의"), alert::name(code)),
            "fatal" => (lang.pick("fatal", "치명적"), alert::name(code)),
            other => (other, alert::name(code)),
        };
        match alert::find(code) {
            Some(known) => format!("Alert: {level} {name} ({})", lang.of(known.cause)),
            None => format!("Alert: {level} {name}"),
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        if let Some(level) = self.level() {
            fields.push(Field::new("level", level).at(0..1));
        }
        if let Some(code) = self.code() {
            fields.push(Field::new("description", alert::name(code)).at(1..2));
            if let Some(known) = alert::find(code) {
                fields.push(Field::new("cause", Lang::En.of(known.cause)));
            }
        }
    }

    fn wire(&self) -> &[u8] {
        &self.wire
    }
}

/// `tls.change_cipher_spec`.
#[derive(Debug)]
pub(super) struct ChangeCipherSpec {
    /// Whether it only looks like TLS 1.2 to boxes on the way (RFC 8446 D.4).
    pub(super) for_middleboxes: bool,
}

impl Facts for ChangeCipherSpec {
    fn kind(&self) -> &'static str {
        "tls.change_cipher_spec"
    }

    fn label(&self, lang: Lang) -> String {
        let what = match self.for_middleboxes {
            true => lang.pick(" (for middleboxes only)", " (중간 장비용, 의미 없음)"),
            false => "",
        };
        format!("ChangeCipherSpec{what}")
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.push(Field::new("for_middleboxes", self.for_middleboxes));
    }
}

/// `tls.heartbeat` (RFC 6520).
#[derive(Debug)]
pub(super) struct Heartbeat {
    /// Whether it asks; else it answers.
    pub(super) request: bool,
    /// The payload length that it claims.
    pub(super) payload_len: u16,
    /// The length of its record.
    pub(super) len: usize,
}

impl Facts for Heartbeat {
    fn kind(&self) -> &'static str {
        "tls.heartbeat"
    }

    fn label(&self, lang: Lang) -> String {
        let (what, len) = (if self.request { "request" } else { "response" }, self.payload_len);
        lang.pick(format!("Heartbeat {what}, {len} bytes"), format!("Heartbeat {what} {len}바이트"))
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.extend([
            Field::new("message", if self.request { "request" } else { "response" }),
            Field::new("payload_len", self.payload_len),
            Field::new("len", self.len),
        ]);
    }
}

/// `tls.established`: the handshake is over, and this is what it agreed upon.
#[derive(Debug)]
pub(super) struct Established {
    /// What was agreed upon.
    pub(super) agreed: Agreed,
    /// The server's name asked for.
    pub(super) sni: Option<String>,
    /// The application protocol agreed upon; `None` where none was, or it cannot be read.
    pub(super) alpn: Option<String>,
    /// Whom the certificate of each side names.
    pub(super) certificates: [Option<String>; 2],
    /// Why records that follow cannot be read.
    pub(super) reason: Option<Reason>,
}

impl Facts for Established {
    fn kind(&self) -> &'static str {
        "tls.established"
    }

    fn is_milestone(&self) -> bool {
        true
    }

    fn label(&self, lang: Lang) -> String {
        let mut parts = vec![self.agreed.say(lang)];
        parts.extend(self.sni.clone());
        parts.extend(self.alpn.clone());
        match self.reason {
            Some(reason) => {
                let not = lang.pick("not decrypted", "복호화하지 못함");
                format!("{}; {not}: {}", parts.join(", "), reason.say(lang))
            }
            None => parts.join(", "),
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.extend([
            Field::new("version", names::version_value(self.agreed.version)),
            Field::new("cipher_suite", names::suite_value(self.agreed.suite)),
        ]);
        if self.agreed.group != 0 {
            fields.push(Field::new("group", names::group(self.agreed.group).into_owned()));
        }
        for (name, text) in [("sni", &self.sni), ("alpn", &self.alpn)] {
            fields.extend(text.as_ref().map(|text| Field::new(name, text.as_str())));
        }
        for (side, name) in Side::BOTH.into_iter().zip(["client_certificate", "certificate"]) {
            let owner = self.certificates.get(side as usize).and_then(Option::as_deref);
            fields.extend(owner.map(|owner| Field::new(name, owner)));
        }
        fields.extend([
            Field::new("resumed", self.agreed.resumed),
            Field::new("early_data", self.agreed.early_data),
            Field::new("round_trips", self.agreed.round_trips()),
        ]);
        fields.extend(self.reason.map(|reason| Field::new("reason", reason.say(Lang::En))));
    }
}
