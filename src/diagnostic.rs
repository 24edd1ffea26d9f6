//! What may be wrong with, or worth knowing about, traffic: each diagnostic with its id, rule and source.
//!
//! The ids are a contract with programs that read the event stream.

use crate::locale::{Lang, Words};

/// How bad a diagnostic is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Only worth knowing.
    Info,
    /// Suspicious, or a limit that was hit.
    Warning,
    /// Breaks a MUST.
    Error,
}

impl Severity {
    /// As the event schema writes it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

/// A rule, and what it means that it was broken.
#[derive(Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its place in [`ALL`].
    pub index: u8,
    /// Its id, such as `ws.client-unmasked`.
    pub id: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What happened, as a clause.
    pub rule: Words,
    /// Which document says so, with the section; empty where none does.
    pub source: &'static str,
}

/// A diagnostic on an event, with what is particular to this case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Which one.
    pub what: &'static Diagnostic,
    /// What is particular here, such as the value found; English, from the wire as it came.
    pub detail: Option<Box<str>>,
}

impl From<&'static Diagnostic> for Note {
    fn from(what: &'static Diagnostic) -> Note {
        Note { what, detail: None }
    }
}

impl Diagnostic {
    /// A note with what is particular to this case.
    pub fn with(&'static self, detail: impl Into<String>) -> Note {
        Note { what: self, detail: Some(detail.into().into_boxed_str()) }
    }

    /// The diagnostic of this id.
    pub fn find(id: &str) -> Option<&'static Diagnostic> {
        ALL.iter().copied().find(|known| known.id == id)
    }
}

impl Note {
    /// The rule and what is particular, in one clause.
    pub fn say(&self, lang: Lang) -> String {
        match &self.detail {
            Some(detail) => format!("{}: {detail}", lang.of(self.what.rule)),
            None => lang.of(self.what.rule).to_owned(),
        }
    }
}

/// Which diagnostics were noted: a set, small enough for a survey of millions of connections.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Noted(u128);

impl Noted {
    /// Adds one.
    pub fn add(&mut self, what: &Diagnostic) {
        self.0 |= 1 << what.index;
    }

    /// Whether one is in it.
    pub fn has(self, what: &Diagnostic) -> bool {
        self.0 & (1 << what.index) != 0
    }

    /// Those in it.
    pub fn iter(self) -> impl Iterator<Item = &'static Diagnostic> {
        ALL.iter().copied().filter(move |what| self.has(what))
    }

    /// The worst severity in it.
    pub fn worst(self) -> Option<Severity> {
        self.iter().map(|what| what.severity).max()
    }
}

macro_rules! diagnostics {
    ($($name:ident $id:literal $severity:ident [$en:literal, $ko:literal] $source:literal;)*) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        #[repr(u8)]
        enum Index { $($name),* }
        $(
            #[doc = $en]
            pub static $name: Diagnostic = Diagnostic {
                index: Index::$name as u8,
                id: $id,
                severity: Severity::$severity,
                rule: [$en, $ko],
                source: $source,
            };
        )*
        /// All diagnostics, in the order of [`Diagnostic::index`]. At most 128: [`Noted`] is that wide.
        pub static ALL: &[&Diagnostic] = &[$(&$name),*];
    };
}

diagnostics! {
    CAP_TRUNCATED_PACKET "cap.truncated-packet" Warning ["the capture kept fewer bytes of this packet than it had (snap length)", "the capture kept fewer bytes of this packet than it had (snap length)"] "";
    CAP_TRUNCATED_FILE "cap.truncated-file" Warning ["the file ends inside a header, block or record", "the file ends inside a header, block or record"] "";
    CAP_TIME_BACKWARDS "cap.time-backwards" Warning ["a packet is stamped earlier than the one before it", "a packet is stamped earlier than the one before it"] "";
    CAP_CORRUPT "cap.corrupt" Warning ["a block or record makes no sense; what was done about it is said (skipped, resynchronised, stopped)", "a block or record makes no sense; what was done about it is said (skipped, resynchronised, stopped)"] "";
    CAP_UNKNOWN_LINKTYPE "cap.unknown-linktype" Warning ["this link type is not understood", "this link type is not understood"] "";
    CAP_DROPPED "cap.dropped" Warning ["packets were dropped before they reached the capture", "packets were dropped before they reached the capture"] "";
    CAP_SKIPPED "cap.skipped" Info ["the capture holds something that is not read", "the capture holds something that is not read"] "";
    CAP_SPOOL_FAILED "cap.spool-failed" Warning ["packets could not be kept to be read again", "packets could not be kept to be read again"] "";
    CAP_INTERFACE_LOST "cap.interface-lost" Warning ["an interface went down or away", "an interface went down or away"] "";
    IP_BAD_HEADER "ip.bad-header" Error ["impossible version, header length or total length", "impossible version, header length or total length"] "RFC 791 3.1";
    IP_FRAGMENT_OVERLAP "ip.fragment-overlap" Warning ["fragments overlap", "fragments overlap"] "RFC 5722";
    IP_TOO_LONG "ip.too-long" Error ["fragments add up to more than 65,535 bytes", "fragments add up to more than 65,535 bytes"] "RFC 791 3.2";
    IP_FRAGMENT_LIMIT "ip.fragment-limit" Warning ["more datagrams in fragments than the limit: the oldest was given up", "조각으로 나뉜 데이터그램이 한도보다 많아 가장 오래된 것을 버림"] "";
    IP_NESTING_LIMIT "ip.nesting-limit" Warning ["more nested headers or tunnels than the limit", "more nested headers or tunnels than the limit"] "";
    UDP_BAD_HEADER "udp.bad-header" Error ["impossible UDP length", "있을 수 없는 UDP 길이"] "RFC 768";
    TCP_BAD_HEADER "tcp.bad-header" Error ["impossible data offset", "impossible data offset"] "RFC 9293 3.1";
    TCP_BAD_OPTION "tcp.bad-option" Warning ["an option with an impossible length", "an option with an impossible length"] "RFC 9293 3.1";
    TCP_BAD_FLAGS "tcp.bad-flags" Warning ["flags that no stack sends (SYN+FIN, none, all)", "flags that no stack sends (SYN+FIN, none, all)"] "RFC 9293 3.1";
    TCP_BAD_CHECKSUM "tcp.bad-checksum" Warning ["the checksum is wrong and offload does not explain it (whole packet, never both zero or partial)", "the checksum is wrong and offload does not explain it (whole packet, never both zero or partial)"] "RFC 9293 3.1";
    TCP_SYN_ISN_CHANGE "tcp.syn-isn-change" Warning ["a second SYN with another initial sequence number", "a second SYN with another initial sequence number"] "RFC 9293 3.10.7";
    TCP_SYNACK_CONFLICT "tcp.synack-conflict" Warning ["two SYN/ACKs that differ", "two SYN/ACKs that differ"] "RFC 9293 3.5";
    TCP_SPLIT_HANDSHAKE "tcp.split-handshake" Warning ["simultaneous open or a handshake in four steps", "simultaneous open or a handshake in four steps"] "RFC 9293 3.5";
    TCP_OVERLAP_CONFLICT "tcp.overlap-conflict" Warning ["the same sequence range with different bytes: both readings are shown", "the same sequence range with different bytes: both readings are shown"] "RFC 9293 3.4";
    TCP_RETRANSMISSION "tcp.retransmission" Info ["bytes sent again", "bytes sent again"] "RFC 9293 3.8.1";
    TCP_OUT_OF_ORDER "tcp.out-of-order" Info ["a segment arrived before an earlier one", "a segment arrived before an earlier one"] "RFC 9293 3.10.7.4";
    TCP_GAP "tcp.gap" Warning ["bytes that were acknowledged or passed over but never captured", "bytes that were acknowledged or passed over but never captured"] "";
    TCP_OUT_OF_WINDOW "tcp.out-of-window" Warning ["a segment outside the receive window", "a segment outside the receive window"] "RFC 9293 3.4";
    TCP_RST_SUSPECT "tcp.rst-suspect" Warning ["a RST that a receiver would not accept", "a RST that a receiver would not accept"] "RFC 5961";
    TCP_DATA_AFTER_CLOSE "tcp.data-after-close" Warning ["payload after this side sent FIN, or after a RST", "payload after this side sent FIN, or after a RST"] "RFC 9293 3.6";
    TCP_MIDSTREAM "tcp.midstream" Info ["the start of the connection was not captured", "the start of the connection was not captured"] "";
    TCP_ONE_SIDED "tcp.one-sided" Info ["only one direction was captured", "only one direction was captured"] "";
    TCP_URGENT "tcp.urgent" Info ["urgent data", "urgent data"] "RFC 9293 3.8.5";
    TCP_KEEP_ALIVE "tcp.keep-alive" Info ["a keep-alive probe", "a keep-alive probe"] "RFC 9293 3.8.4";
    TCP_ZERO_WINDOW "tcp.zero-window" Warning ["the receiver closed its window", "the receiver closed its window"] "RFC 9293 3.8.6.1";
    TCP_PORT_REUSE "tcp.port-reuse" Info ["a new connection on the same four-tuple", "a new connection on the same four-tuple"] "RFC 9293 3.4.1";
    TCP_HALF_OPEN "tcp.half-open" Warning ["a SYN that nobody answered", "a SYN that nobody answered"] "RFC 9293 3.5";
    TCP_SYN_DATA "tcp.syn-data" Info ["payload on a SYN", "payload on a SYN"] "RFC 7413";
    DNS_MALFORMED "dns.malformed" Warning ["a DNS message that does not parse to its end", "끝까지 해석되지 않는 DNS 메시지"] "RFC 1035 4.1";
    HTTP_CL_TE "http.cl-te" Error ["both Content-Length and Transfer-Encoding", "both Content-Length and Transfer-Encoding"] "RFC 9112 6.1";
    HTTP_DUP_CL "http.dup-cl" Error ["Content-Length twice or with several values", "Content-Length twice or with several values"] "RFC 9112 6.3";
    HTTP_BAD_CL "http.bad-cl" Error ["Content-Length is no number", "Content-Length is no number"] "RFC 9112 6.3";
    HTTP_BAD_TE "http.bad-te" Error ["unknown or disguised Transfer-Encoding", "unknown or disguised Transfer-Encoding"] "RFC 9112 6.1";
    HTTP_BAD_CHUNK "http.bad-chunk" Error ["a chunk that breaks 7.1", "a chunk that breaks 7.1"] "RFC 9112";
    HTTP_OBS_FOLD "http.obs-fold" Error ["a folded header line", "a folded header line"] "RFC 9112 5.2";
    HTTP_BARE_LF "http.bare-lf" Info ["LF without CR", "LF without CR"] "RFC 9112 2.2";
    HTTP_BARE_CR "http.bare-cr" Error ["CR without LF", "CR without LF"] "RFC 9112 2.2";
    HTTP_NUL "http.nul" Error ["NUL or another control character in a head", "NUL or another control character in a head"] "RFC 9110 5.5";
    HTTP_BAD_HEADER "http.bad-header" Error ["a header line without a colon, or with blanks before it", "a header line without a colon, or with blanks before it"] "RFC 9112 5.1";
    HTTP_HEADER_TOO_LONG "http.header-too-long" Warning ["a line or head over the limit", "a line or head over the limit"] "";
    HTTP_TOO_MANY_HEADERS "http.too-many-headers" Warning ["more header lines than the limit", "more header lines than the limit"] "";
    HTTP_HOST "http.host" Error ["no Host, two, or a malformed one", "no Host, two, or a malformed one"] "RFC 9112 3.2";
    HTTP_UNEXPECTED_RESPONSE "http.unexpected-response" Error ["a response to no request", "a response to no request"] "RFC 9110 15";
    HTTP_BODY_NOT_ALLOWED "http.body-not-allowed" Error ["a body where none may be", "a body where none may be"] "RFC 9112 6.3";
    HTTP_BAD_VERSION "http.bad-version" Warning ["not HTTP/1.0 or 1.1", "not HTTP/1.0 or 1.1"] "RFC 9112 2.3";
    HTTP_BAD_STATUS "http.bad-status" Error ["a status outside 100–599 or malformed", "a status outside 100–599 or malformed"] "RFC 9110 15";
    HTTP_BAD_ENCODING "http.bad-encoding" Error ["a content coding that does not decode", "a content coding that does not decode"] "RFC 9110 8.4";
    HTTP_DECODE_LIMIT "http.decode-limit" Warning ["decoding stopped at the limit", "decoding stopped at the limit"] "";
    H2_BAD_FRAME "h2.bad-frame" Error ["an HTTP/2 frame of the wrong size, on the wrong stream or out of order", "크기나 스트림, 순서가 잘못된 HTTP/2 프레임"] "RFC 9113 4.2";
    H2_BAD_HEADERS "h2.bad-headers" Error ["a header section that does not decode or that HTTP/2 does not allow", "풀리지 않거나 HTTP/2가 허용하지 않는 헤더 영역"] "RFC 9113 8.2";
    H2_STALLED "h2.stalled" Info ["the flow-control window is used up: the sender has to wait", "흐름 제어 윈도우가 바닥나 송신 측이 기다려야 함"] "RFC 9113 5.2";
    H2_ERROR "h2.error" Warning ["a stream or the connection was ended with an error", "스트림이나 연결이 오류로 종료됨"] "RFC 9113 5.4";
    WS_BAD_ACCEPT "ws.bad-accept" Error ["Sec-WebSocket-Accept is not SHA-1 of key and GUID, is missing or stands twice", "Sec-WebSocket-Accept is not SHA-1 of key and GUID, is missing or stands twice"] "RFC 6455 4.2.2";
    WS_BAD_UPGRADE "ws.bad-upgrade" Error ["Upgrade or Connection missing or wrong on either side", "Upgrade or Connection missing or wrong on either side"] "RFC 6455 4.1";
    WS_BAD_KEY "ws.bad-key" Error ["Sec-WebSocket-Key is not 16 bytes of base64, or missing, or twice", "Sec-WebSocket-Key is not 16 bytes of base64, or missing, or twice"] "RFC 6455 4.1";
    WS_BAD_VERSION "ws.bad-version" Error ["Sec-WebSocket-Version is not 13", "Sec-WebSocket-Version is not 13"] "RFC 6455 4.1";
    WS_BAD_METHOD "ws.bad-method" Error ["the upgrade is not a GET of HTTP/1.1 or later", "the upgrade is not a GET of HTTP/1.1 or later"] "RFC 6455 4.1";
    WS_UNSOLICITED_SUBPROTOCOL "ws.unsolicited-subprotocol" Error ["a subprotocol that was not offered", "a subprotocol that was not offered"] "RFC 6455 4.1";
    WS_UNSOLICITED_EXTENSION "ws.unsolicited-extension" Error ["an extension that was not offered", "an extension that was not offered"] "RFC 6455 4.1";
    WS_BAD_EXTENSION_PARAM "ws.bad-extension-param" Error ["an extension parameter out of range, repeated, unknown or not offered", "an extension parameter out of range, repeated, unknown or not offered"] "RFC 7692 7.1";
    WS_CLIENT_UNMASKED "ws.client-unmasked" Error ["a client frame without a mask", "a client frame without a mask"] "RFC 6455 5.1";
    WS_SERVER_MASKED "ws.server-masked" Error ["a masked server frame", "a masked server frame"] "RFC 6455 5.1";
    WS_RSV "ws.rsv" Error ["a reserved bit that was not negotiated, or RSV1 where it may not be", "a reserved bit that was not negotiated, or RSV1 where it may not be"] "RFC 6455 5.2";
    WS_RESERVED_OPCODE "ws.reserved-opcode" Error ["opcodes 3–7 and 11–15", "opcodes 3–7 and 11–15"] "RFC 6455 5.2";
    WS_FRAGMENTED_CONTROL "ws.fragmented-control" Error ["a control frame without FIN", "a control frame without FIN"] "RFC 6455 5.5";
    WS_CONTROL_TOO_LONG "ws.control-too-long" Error ["a control frame over 125 bytes", "a control frame over 125 bytes"] "RFC 6455 5.5";
    WS_BAD_CLOSE_LENGTH "ws.bad-close-length" Error ["a close body of one byte", "a close body of one byte"] "RFC 6455 5.5.1";
    WS_BAD_CLOSE_CODE "ws.bad-close-code" Error ["a close code that may not be sent", "a close code that may not be sent"] "RFC 6455 7.4";
    WS_BAD_UTF8 "ws.bad-utf8" Error ["text or a close reason that is not UTF-8", "text or a close reason that is not UTF-8"] "RFC 6455 8.1";
    WS_LENGTH_NOT_MINIMAL "ws.length-not-minimal" Error ["a length in more bytes than it needs", "a length in more bytes than it needs"] "RFC 6455 5.2";
    WS_LENGTH_MSB "ws.length-msb" Error ["a 64-bit length with the top bit set", "a 64-bit length with the top bit set"] "RFC 6455 5.2";
    WS_BAD_CONTINUATION "ws.bad-continuation" Error ["a continuation of nothing", "a continuation of nothing"] "RFC 6455 5.4";
    WS_INTERLEAVED_MESSAGE "ws.interleaved-message" Error ["a new message inside a fragmented one", "a new message inside a fragmented one"] "RFC 6455 5.4";
    WS_DATA_AFTER_CLOSE "ws.data-after-close" Error ["a data frame after Close", "a data frame after Close"] "RFC 6455 5.5.1";
    WS_TRUNCATED_FRAME "ws.truncated-frame" Warning ["the stream ends inside a frame", "the stream ends inside a frame"] "RFC 6455 5.2";
    WS_DEFLATE_ERROR "ws.deflate-error" Error ["a compressed message that does not inflate", "a compressed message that does not inflate"] "RFC 7692 7.2.2";
    WS_DEFLATE_LIMIT "ws.deflate-limit" Warning ["inflating stopped at the limit", "inflating stopped at the limit"] "";
    WS_MESSAGE_TOO_BIG "ws.message-too-big" Warning ["a message over the limit: counted, not kept", "a message over the limit: counted, not kept"] "";
    WS_NOT_UPGRADED "ws.not-upgraded" Error ["frames or an expectation of them where the upgrade was refused", "frames or an expectation of them where the upgrade was refused"] "RFC 6455 4.1";
    TLS_DOWNGRADE "tls.downgrade" Error ["a downgrade sentinel in the server random", "a downgrade sentinel in the server random"] "RFC 8446 4.1.3";
    TLS_HRR "tls.hrr" Info ["HelloRetryRequest", "HelloRetryRequest"] "RFC 8446 4.1.4";
    TLS_SECOND_HRR "tls.second-hrr" Error ["a second HelloRetryRequest", "a second HelloRetryRequest"] "RFC 8446 4.1.4";
    TLS_ALERT "tls.alert" Warning ["an alert, with its name", "an alert, with its name"] "RFC 8446 6";
    TLS_BAD_RECORD "tls.bad-record" Error ["a record of unknown type or over its maximum", "a record of unknown type or over its maximum"] "RFC 8446 5.1";
    TLS_BAD_HANDSHAKE "tls.bad-handshake" Error ["a handshake message that does not parse or is over the limit", "a handshake message that does not parse or is over the limit"] "RFC 8446 4";
    TLS_BAD_EXTENSION "tls.bad-extension" Error ["an extension twice, or longer than its room", "an extension twice, or longer than its room"] "RFC 8446 4.2";
    TLS_BAD_SNI "tls.bad-sni" Warning ["a server name that is no host name", "a server name that is no host name"] "RFC 6066 3";
    TLS_UNOFFERED "tls.unoffered" Error ["the server chose what the client did not offer", "the server chose what the client did not offer"] "RFC 8446 4.1.3";
    TLS_LEGACY_VERSION "tls.legacy-version" Warning ["SSL 2, SSL 3, TLS 1.0 or 1.1", "SSL 2, SSL 3, TLS 1.0 or 1.1"] "RFC 8996";
    TLS_HEARTBEAT "tls.heartbeat" Error ["a heartbeat longer than its record", "a heartbeat longer than its record"] "RFC 6520 4";
    TLS_DECRYPT_FAILED "tls.decrypt-failed" Warning ["the keys at hand do not open this record", "the keys at hand do not open this record"] "RFC 8446 5.2";
    TLS_BAD_KEYLOG "tls.bad-keylog" Warning ["a key log line that was ignored", "a key log line that was ignored"] "RFC 9850";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_id_is_there_once_and_in_its_place() {
        assert!(ALL.len() <= 128);
        for (place, what) in ALL.iter().enumerate() {
            assert_eq!(what.index as usize, place);
            assert_eq!(Diagnostic::find(what.id), Some(*what));
        }
    }
}
