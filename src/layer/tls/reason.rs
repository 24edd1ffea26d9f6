//! Why records could not be read, and how a TLS connection went: one sentence each.

use super::{alert, names};
use crate::event::{Outcome, Side, Tone, Verdict};
use crate::frame::FrameNumber;
use crate::locale::{Lang, Words};

/// Why a record could not be read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reason {
    /// No key log was given, or it is empty.
    NoKeys,
    /// The key log knows other client randoms, not this one.
    OtherSessions,
    /// The key log knows this client random, but not the secret that opens this record.
    NoSecret,
    /// The hellos were not captured.
    NotCaptured,
    /// Bytes are missing before this frame.
    Missing(FrameNumber),
    /// Records of this version or suite cannot be opened.
    Suite,
    /// Records are compressed before they are encrypted.
    Compressed,
    /// The tag or MAC does not match under the keys at hand.
    Tag,
    /// More ciphertext waited for keys than the limit allows.
    Limit,
    /// The stream ends inside the record.
    Cut,
    /// There is no record here.
    NoRecord,
}

impl Reason {
    /// The sentence, without a full stop.
    pub(super) fn say(self, lang: Lang) -> String {
        let words: Words = match self {
            Reason::NoKeys => [
                "no key for this client random: no keys were given",
                "이 client random에 맞는 키가 없습니다: 주어진 키가 하나도 없습니다",
            ],
            Reason::OtherSessions => [
                "no key for this client random: the key log holds keys of other sessions only",
                "이 client random에 맞는 키가 없습니다: 키 로그에는 다른 세션의 키만 있습니다",
            ],
            Reason::NoSecret => [
                "no key for this client random and this step: the key log has other secrets of this session",
                "이 client random의 이 단계에 맞는 키가 없습니다: 키 로그에는 이 세션의 다른 비밀만 있습니다",
            ],
            Reason::NotCaptured => ["handshake not captured", "핸드셰이크가 캡처되지 않았습니다"],
            Reason::Missing(frame) => {
                return lang.pick(
                    format!("bytes missing before packet {frame}"),
                    format!("{frame}번 패킷 앞의 바이트가 없습니다"),
                );
            }
            Reason::Suite => ["suite not supported", "지원하지 않는 암호 스위트입니다"],
            Reason::Compressed => [
                "compression inside TLS (RFC 3749) not supported",
                "TLS 안의 압축(RFC 3749)은 지원하지 않습니다",
            ],
            Reason::Tag => ["tag mismatch", "인증 태그가 맞지 않습니다"],
            Reason::Limit => [
                "more ciphertext waited for keys than the limit allows",
                "키를 기다리는 암호문이 한도를 넘었습니다",
            ],
            Reason::Cut => ["the stream ends inside the record", "레코드가 끝나기 전에 스트림이 끝났습니다"],
            Reason::NoRecord => ["this is no TLS record", "TLS 레코드가 아닙니다"],
        };
        lang.of(words).to_owned()
    }

    fn pack(self) -> [u32; 2] {
        match self {
            Reason::NoKeys => [1, 0],
            Reason::OtherSessions => [2, 0],
            Reason::NoSecret => [3, 0],
            Reason::NotCaptured => [4, 0],
            Reason::Missing(frame) => [5, u32::try_from(frame).unwrap_or(u32::MAX)],
            Reason::Suite => [6, 0],
            Reason::Tag => [7, 0],
            Reason::Limit => [8, 0],
            Reason::Cut => [9, 0],
            Reason::NoRecord => [10, 0],
            Reason::Compressed => [11, 0],
        }
    }

    fn unpack([code, frame]: [u32; 2]) -> Option<Reason> {
        Some(match code {
            1 => Reason::NoKeys,
            2 => Reason::OtherSessions,
            3 => Reason::NoSecret,
            4 => Reason::NotCaptured,
            5 => Reason::Missing(frame.into()),
            6 => Reason::Suite,
            7 => Reason::Tag,
            8 => Reason::Limit,
            9 => Reason::Cut,
            10 => Reason::NoRecord,
            11 => Reason::Compressed,
            _ => return None,
        })
    }
}

/// What was agreed upon: the summary of a handshake.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Agreed {
    /// The version in force; 0 where no ServerHello was read.
    pub(super) version: u16,
    /// The cipher suite.
    pub(super) suite: u16,
    /// The group of the key exchange; 0 where there is none, or it is not known.
    pub(super) group: u16,
    /// Whether an earlier session was resumed.
    pub(super) resumed: bool,
    /// Whether the server accepted early data.
    pub(super) early_data: bool,
    /// Whether the server asked for another ClientHello.
    pub(super) retried: bool,
}

impl Agreed {
    /// Round trips before the client's first bytes, by the shape of the handshake.
    pub(super) fn round_trips(self) -> u32 {
        match (names::is_13(self.version), self.early_data) {
            (true, true) => 0,
            (true, false) => 1 + u32::from(self.retried),
            (false, _) => 2 - u32::from(self.resumed),
        }
    }

    /// Version, suite, group, resumption, round trips; parted by commas.
    pub(super) fn say(self, lang: Lang) -> String {
        let mut parts =
            vec![names::version(self.version).into_owned(), names::suite(self.suite).into_owned()];
        if self.group != 0 {
            parts.push(names::group(self.group).into_owned());
        }
        if self.resumed {
            parts.push(lang.pick("resumed", "세션 재개").to_owned());
        }
        if self.early_data {
            parts.push(lang.pick("early data", "조기 데이터(0-RTT)").to_owned());
        }
        let trips = self.round_trips();
        parts.push(match lang {
            Lang::En => format!("{trips} round trip{}", if trips == 1 { "" } else { "s" }),
            Lang::Ko => format!("왕복 {trips}회"),
        });
        parts.join(", ")
    }

    fn pack(self) -> [u32; 2] {
        let flags = u32::from(self.resumed) | u32::from(self.early_data) << 1 | u32::from(self.retried) << 2;
        [u32::from(self.version) | flags << 16, u32::from(self.suite) | u32::from(self.group) << 16]
    }

    fn unpack([first, second]: [u32; 2]) -> Agreed {
        Agreed {
            version: first as u16,
            suite: second as u16,
            group: (second >> 16) as u16,
            resumed: first >> 16 & 1 == 1,
            early_data: first >> 17 & 1 == 1,
            retried: first >> 18 & 1 == 1,
        }
    }
}

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Everything that came could be read.
    Read(Agreed),
    /// Something could not be read; whether other records could.
    Sealed(Agreed, Reason, bool),
    /// Records came without a handshake that could be read.
    Unknown(Reason),
    /// A fatal alert of this side ended the handshake.
    Refused(Side, u8),
    /// The handshake did not come to its end.
    Unfinished,
}

impl How {
    /// As the verdict of a connection.
    pub(super) fn verdict(self) -> Verdict {
        let joined = |[a, b]: [u32; 2], [c, d]: [u32; 2]| [a, b, c, d];
        match self {
            How::Read(agreed) => Verdict { outcome: &READ, with: joined(agreed.pack(), [0; 2]) },
            How::Sealed(agreed, reason, in_part) => Verdict {
                outcome: if in_part { &READ_IN_PART } else { &SEALED },
                with: joined(agreed.pack(), reason.pack()),
            },
            How::Unknown(reason) => Verdict { outcome: &UNKNOWN, with: joined([0; 2], reason.pack()) },
            How::Refused(side, code) => Verdict { outcome: &REFUSED, with: [side as u32, code.into(), 0, 0] },
            How::Unfinished => Verdict { outcome: &UNFINISHED, with: [0; 4] },
        }
    }
}

static READ: Outcome =
    Outcome { id: "tls.read", tone: Tone::Good, say: |lang, [a, b, ..]| Agreed::unpack([a, b]).say(lang) };

static SEALED: Outcome = Outcome {
    id: "tls.sealed",
    tone: Tone::Neutral,
    say: |lang, [a, b, c, d]| {
        let not = lang.pick("not decrypted", "복호화하지 못함");
        format!("{}; {not}: {}", Agreed::unpack([a, b]).say(lang), why([c, d], lang))
    },
};

static READ_IN_PART: Outcome = Outcome {
    id: "tls.read-in-part",
    tone: Tone::Doubtful,
    say: |lang, [a, b, c, d]| {
        let part = lang.pick("decrypted in part", "일부만 복호화함");
        format!("{}; {part}: {}", Agreed::unpack([a, b]).say(lang), why([c, d], lang))
    },
};

static UNKNOWN: Outcome = Outcome {
    id: "tls.unknown",
    tone: Tone::Neutral,
    say: |lang, [.., c, d]| {
        format!("{}: {}", lang.pick("TLS, not decrypted", "TLS, 복호화하지 못함"), why([c, d], lang))
    },
};

static REFUSED: Outcome = Outcome {
    id: "tls.refused",
    tone: Tone::Bad,
    say: |lang, [side, code, ..]| {
        let side = if side == 0 { Side::Client } else { Side::Server };
        let code = code as u8;
        let (who, name) = (side.name(lang), alert::name(code));
        let cause = alert::find(code).map_or("", |alert| lang.of(alert.cause));
        match lang {
            Lang::En => format!("TLS handshake ended by the {who} with {name}: {cause}"),
            Lang::Ko => format!("{who} 쪽이 TLS 핸드셰이크를 끝냄, {name}: {cause}"),
        }
    },
};

static UNFINISHED: Outcome = Outcome {
    id: "tls.unfinished",
    tone: Tone::Doubtful,
    say: |lang, _| lang.pick("TLS handshake not finished", "TLS 핸드셰이크가 끝나지 않았습니다").to_owned(),
};

fn why(packed: [u32; 2], lang: Lang) -> String {
    Reason::unpack(packed).map(|reason| reason.say(lang)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_says_what_was_put_in() {
        let agreed = Agreed { version: 0x0304, suite: 0x1301, group: 29, resumed: true, ..Agreed::default() };
        let verdict = How::Sealed(agreed, Reason::Missing(7), false).verdict();
        assert_eq!(
            verdict.say(Lang::En),
            "TLS 1.3, TLS_AES_128_GCM_SHA256, x25519, resumed, 1 round trip; not decrypted: \
             bytes missing before packet 7"
        );
        assert_eq!(Agreed::unpack(agreed.pack()), agreed);
        assert!(How::Refused(Side::Server, 40).verdict().say(Lang::Ko).starts_with("서버"));
    }
}
