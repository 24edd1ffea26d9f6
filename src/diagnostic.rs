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
        let mut left = self.0;
        std::iter::from_fn(move || {
            let next = left.trailing_zeros() as usize;
            left &= left.wrapping_sub(1);
            ALL.get(next).copied()
        })
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
    CAP_TRUNCATED_PACKET "cap.truncated-packet" Warning ["the capture kept fewer bytes of this packet than it had", "패킷의 일부 바이트만 캡처됨"] "";
    CAP_TRUNCATED_FILE "cap.truncated-file" Warning ["the file ends inside a header, block or record", "파일이 헤더, 블록 또는 레코드 도중에 끝남"] "";
    CAP_TIME_BACKWARDS "cap.time-backwards" Warning ["this packet is stamped earlier than the one before it", "앞 패킷보다 시각이 빠름"] "";
    CAP_CORRUPT "cap.corrupt" Warning ["a block or record of the file makes no sense", "파일의 블록이나 레코드를 해석할 수 없음"] "";
    CAP_UNKNOWN_LINKTYPE "cap.unknown-linktype" Warning ["this link type is not understood", "알 수 없는 링크 유형"] "";
    IP_BAD_HEADER "ip.bad-header" Error ["IP version, header length or total length is impossible", "IP 버전, 헤더 길이 또는 전체 길이가 있을 수 없는 값임"] "RFC 791 3.1";
    IP_FRAGMENT_OVERLAP "ip.fragment-overlap" Warning ["IP fragments overlap", "IP 조각이 서로 겹침"] "RFC 5722";
    IP_TOO_LONG "ip.too-long" Error ["fragments add up to more than 65,535 bytes", "조각을 합치면 65,535바이트를 넘음"] "RFC 791 3.2";
    IP_NESTING_LIMIT "ip.nesting-limit" Warning ["more nested headers or tunnels than the limit", "겹친 헤더나 터널이 한도보다 많음"] "";
    CONN_LAYER_LIMIT "conn.layer-limit" Warning ["more protocols stand on top of each other, or beside each other in one, than the limit", "한 연결에 겹치거나 나란히 놓인 프로토콜이 한도보다 많음"] "";
    TCP_BAD_HEADER "tcp.bad-header" Error ["TCP data offset is impossible", "TCP 데이터 오프셋이 있을 수 없는 값임"] "RFC 9293 3.1";
    TCP_BAD_OPTION "tcp.bad-option" Warning ["a TCP option has an impossible length", "TCP 옵션의 길이가 있을 수 없는 값임"] "RFC 9293 3.1";
    TCP_BAD_FLAGS "tcp.bad-flags" Warning ["no TCP stack sends this combination of flags", "어떤 TCP 구현도 보내지 않는 플래그 조합"] "RFC 9293 3.1";
    TCP_BAD_CHECKSUM "tcp.bad-checksum" Warning ["TCP checksum is wrong and offload does not explain it", "TCP 체크섬이 틀렸고 오프로드로 설명되지 않음"] "RFC 9293 3.1";
    TCP_SYN_ISN_CHANGE "tcp.syn-isn-change" Warning ["a second SYN has another initial sequence number", "두 번째 SYN의 초기 순서 번호가 다름"] "RFC 9293 3.10.7.4";
    TCP_SYNACK_CONFLICT "tcp.synack-conflict" Warning ["two SYN/ACKs differ", "서로 다른 SYN/ACK가 두 번 옴"] "RFC 9293 3.5";
    TCP_SPLIT_HANDSHAKE "tcp.split-handshake" Warning ["simultaneous open, or a handshake in four steps", "동시 열기 또는 네 단계로 나뉜 핸드셰이크"] "RFC 9293 3.5";
    TCP_OVERLAP_CONFLICT "tcp.overlap-conflict" Warning ["the same sequence range carries different bytes", "같은 순서 번호 범위의 바이트가 서로 다름"] "RFC 9293 3.4";
    TCP_RETRANSMISSION "tcp.retransmission" Info ["bytes are sent again", "바이트를 다시 보냄"] "RFC 9293 3.8.1";
    TCP_OUT_OF_ORDER "tcp.out-of-order" Info ["a segment arrives after a later one", "뒤 세그먼트보다 늦게 도착함"] "RFC 9293 3.10.7.4";
    TCP_GAP "tcp.gap" Warning ["bytes were never captured", "캡처되지 않은 바이트가 있음"] "";
    TCP_OUT_OF_WINDOW "tcp.out-of-window" Warning ["segment is outside the receive window", "세그먼트가 수신 윈도 밖에 있음"] "RFC 9293 3.4";
    TCP_RST_SUSPECT "tcp.rst-suspect" Warning ["a receiver would not accept this RST", "수신자가 받아들이지 않을 RST"] "RFC 5961 3.2";
    TCP_DATA_AFTER_CLOSE "tcp.data-after-close" Warning ["payload follows this side's FIN, or a RST", "FIN을 보낸 뒤, 또는 RST 뒤에 데이터가 옴"] "RFC 9293 3.6";
    TCP_MIDSTREAM "tcp.midstream" Info ["the start of the connection was not captured", "연결의 시작이 캡처되지 않음"] "";
    TCP_ONE_SIDED "tcp.one-sided" Info ["only one direction was captured", "한쪽 방향만 캡처됨"] "";
    TCP_URGENT "tcp.urgent" Info ["segment carries urgent data", "긴급 데이터를 담은 세그먼트"] "RFC 9293 3.8.5";
    TCP_KEEP_ALIVE "tcp.keep-alive" Info ["segment is a keep-alive probe", "연결 유지 확인(keep-alive) 세그먼트"] "RFC 9293 3.8.4";
    TCP_ZERO_WINDOW "tcp.zero-window" Warning ["the receiver closed its window", "수신자가 윈도를 닫음"] "RFC 9293 3.8.6.1";
    TCP_PORT_REUSE "tcp.port-reuse" Info ["a new connection uses the same addresses and ports again", "같은 주소와 포트로 새 연결이 열림"] "RFC 9293 3.6.1";
    TCP_HALF_OPEN "tcp.half-open" Warning ["nobody answered the SYN", "SYN에 아무도 응답하지 않음"] "RFC 9293 3.5";
    TCP_SYN_DATA "tcp.syn-data" Info ["the SYN carries payload", "SYN이 데이터를 담고 있음"] "RFC 7413";
    HTTP_CL_TE "http.cl-te" Error ["both Content-Length and Transfer-Encoding are present", "Content-Length와 Transfer-Encoding이 함께 있음"] "RFC 9112 6.1";
    HTTP_DUP_CL "http.dup-cl" Error ["Content-Length stands twice or has several values", "Content-Length가 두 번 나오거나 값이 여러 개임"] "RFC 9112 6.3";
    HTTP_BAD_CL "http.bad-cl" Error ["Content-Length is not a number", "Content-Length가 숫자가 아님"] "RFC 9112 6.3";
    HTTP_BAD_TE "http.bad-te" Error ["Transfer-Encoding is unknown or disguised", "Transfer-Encoding 값을 알 수 없거나 위장되어 있음"] "RFC 9112 6.1";
    HTTP_BAD_CHUNK "http.bad-chunk" Error ["chunk is malformed", "청크의 형식이 잘못됨"] "RFC 9112 7.1";
    HTTP_OBS_FOLD "http.obs-fold" Error ["header line is folded", "헤더 줄이 다음 줄로 이어짐"] "RFC 9112 5.2";
    HTTP_BARE_LF "http.bare-lf" Info ["line ends with LF without CR", "줄이 CR 없이 LF로 끝남"] "RFC 9112 2.2";
    HTTP_BARE_CR "http.bare-cr" Error ["CR stands without LF", "LF 없는 CR이 있음"] "RFC 9112 2.2";
    HTTP_NUL "http.nul" Error ["NUL or another control character in a head", "헤더에 NUL 같은 제어 문자가 있음"] "RFC 9110 5.5";
    HTTP_BAD_HEADER "http.bad-header" Error ["header line has no colon, or blanks before it", "헤더 줄에 콜론이 없거나 콜론 앞에 공백이 있음"] "RFC 9112 5.1";
    HTTP_HEADER_TOO_LONG "http.header-too-long" Warning ["header line or head is over the limit", "헤더 줄이나 헤더 전체가 한도를 넘음"] "";
    HTTP_TOO_MANY_HEADERS "http.too-many-headers" Warning ["more header lines than the limit", "헤더 줄이 한도보다 많음"] "";
    HTTP_PIPELINE_LIMIT "http.pipeline-limit" Warning ["more requests wait for a response than the limit", "응답을 기다리는 요청이 한도보다 많음"] "";
    HTTP_HOST "http.host" Error ["Host is missing, repeated or malformed", "Host가 없거나 여러 번 나오거나 형식이 잘못됨"] "RFC 9112 3.2";
    HTTP_UNEXPECTED_RESPONSE "http.unexpected-response" Warning ["response answers no request", "요청이 없는데 응답이 옴"] "RFC 9112 9.2";
    HTTP_BODY_NOT_ALLOWED "http.body-not-allowed" Error ["body is present where none may be", "본문이 있어서는 안 되는 곳에 본문이 있음"] "RFC 9112 6.3";
    HTTP_BAD_VERSION "http.bad-version" Warning ["version is not HTTP/1.0 or HTTP/1.1", "버전이 HTTP/1.0도 HTTP/1.1도 아님"] "RFC 9112 2.3";
    HTTP_BAD_STATUS "http.bad-status" Error ["status is malformed or outside 100–599", "상태 코드가 100–599 밖이거나 형식이 잘못됨"] "RFC 9110 15";
    HTTP_BAD_ENCODING "http.bad-encoding" Error ["body does not decode as its Content-Encoding says", "본문이 Content-Encoding대로 풀리지 않음"] "RFC 9110 8.4";
    HTTP_DECODE_LIMIT "http.decode-limit" Warning ["decoding the body stopped at the limit", "본문을 풀다가 한도에서 멈춤"] "";
    WS_BAD_ACCEPT "ws.bad-accept" Error ["Sec-WebSocket-Accept does not answer the key", "Sec-WebSocket-Accept가 키에 맞는 응답이 아님"] "RFC 6455 4.2.2";
    WS_BAD_UPGRADE "ws.bad-upgrade" Error ["Upgrade or Connection header is missing or wrong", "Upgrade 또는 Connection 헤더가 없거나 틀림"] "RFC 6455 4.1";
    WS_BAD_KEY "ws.bad-key" Error ["Sec-WebSocket-Key is not one value of 16 bytes in base64", "Sec-WebSocket-Key가 base64로 쓴 16바이트 값 하나가 아님"] "RFC 6455 4.1";
    WS_BAD_VERSION "ws.bad-version" Error ["Sec-WebSocket-Version is not 13", "Sec-WebSocket-Version이 13이 아님"] "RFC 6455 4.1";
    WS_BAD_METHOD "ws.bad-method" Error ["upgrade request is not a GET of HTTP/1.1", "업그레이드 요청이 HTTP/1.1의 GET이 아님"] "RFC 6455 4.1";
    WS_UNSOLICITED_SUBPROTOCOL "ws.unsolicited-subprotocol" Error ["server chose a subprotocol that was not offered", "서버가 제안받지 않은 하위 프로토콜을 고름"] "RFC 6455 4.1";
    WS_UNSOLICITED_EXTENSION "ws.unsolicited-extension" Error ["server chose an extension that was not offered", "서버가 제안받지 않은 확장을 고름"] "RFC 6455 4.1";
    WS_BAD_EXTENSION_PARAM "ws.bad-extension-param" Error ["extension parameter is out of range, repeated, unknown or not offered", "확장 매개변수가 범위를 벗어났거나, 반복되었거나, 알 수 없거나, 제안되지 않음"] "RFC 7692 7.1";
    WS_CLIENT_UNMASKED "ws.client-unmasked" Error ["client frame is not masked", "클라이언트 프레임이 마스킹되지 않음"] "RFC 6455 5.1";
    WS_SERVER_MASKED "ws.server-masked" Error ["server frame is masked", "서버 프레임이 마스킹됨"] "RFC 6455 5.1";
    WS_RSV "ws.rsv" Error ["reserved bit is set without an extension that allows it here", "이 자리에 허용하는 확장 없이 예약 비트가 켜짐"] "RFC 6455 5.2";
    WS_RESERVED_OPCODE "ws.reserved-opcode" Error ["opcode is reserved", "예약된 opcode를 씀"] "RFC 6455 5.2";
    WS_FRAGMENTED_CONTROL "ws.fragmented-control" Error ["control frame is fragmented", "제어 프레임이 여러 조각으로 나뉨"] "RFC 6455 5.5";
    WS_CONTROL_TOO_LONG "ws.control-too-long" Error ["control frame is longer than 125 bytes", "제어 프레임이 125바이트보다 긺"] "RFC 6455 5.5";
    WS_BAD_CLOSE_LENGTH "ws.bad-close-length" Error ["Close frame has a body of one byte", "Close 프레임의 본문이 1바이트임"] "RFC 6455 5.5.1";
    WS_BAD_CLOSE_CODE "ws.bad-close-code" Error ["close code may not be sent", "보내서는 안 되는 종료 코드"] "RFC 6455 7.4";
    WS_BAD_UTF8 "ws.bad-utf8" Error ["text is not UTF-8", "텍스트가 UTF-8이 아님"] "RFC 6455 8.1";
    WS_LENGTH_NOT_MINIMAL "ws.length-not-minimal" Error ["length takes more bytes than it needs", "길이를 필요 이상으로 많은 바이트에 적음"] "RFC 6455 5.2";
    WS_LENGTH_MSB "ws.length-msb" Error ["64-bit length has its top bit set", "64비트 길이의 최상위 비트가 켜짐"] "RFC 6455 5.2";
    WS_BAD_CONTINUATION "ws.bad-continuation" Error ["continuation frame continues no message", "이어지는 프레임인데 이을 메시지가 없음"] "RFC 6455 5.4";
    WS_INTERLEAVED_MESSAGE "ws.interleaved-message" Error ["a new message begins inside a fragmented one", "조각난 메시지가 끝나기 전에 새 메시지가 시작됨"] "RFC 6455 5.4";
    WS_DATA_AFTER_CLOSE "ws.data-after-close" Error ["data frame follows this side's Close", "Close를 보낸 뒤에 데이터 프레임을 보냄"] "RFC 6455 5.5.1";
    WS_TRUNCATED_FRAME "ws.truncated-frame" Warning ["the stream ends inside a frame", "프레임 도중에 스트림이 끝남"] "RFC 6455 5.2";
    WS_DEFLATE_ERROR "ws.deflate-error" Error ["compressed message does not inflate", "압축된 메시지가 풀리지 않음"] "RFC 7692 7.2.2";
    WS_DEFLATE_LIMIT "ws.deflate-limit" Warning ["inflating the message stopped at the limit", "메시지 압축을 풀다가 한도에서 멈춤"] "";
    WS_MESSAGE_TOO_BIG "ws.message-too-big" Warning ["message is over the limit: counted, not kept", "메시지가 한도를 넘음: 크기만 세고 보관하지 않음"] "";
    WS_NOT_UPGRADED "ws.not-upgraded" Error ["WebSocket frames follow a refused upgrade", "업그레이드가 거절되었는데 WebSocket 프레임이 옴"] "RFC 6455 4.1";
    TLS_DOWNGRADE "tls.downgrade" Warning ["server random carries a downgrade sentinel", "서버 난수에 다운그레이드 표시가 있음"] "RFC 8446 4.1.3";
    TLS_HRR "tls.hrr" Info ["server asks for another ClientHello", "서버가 ClientHello를 다시 요청함"] "RFC 8446 4.1.4";
    TLS_SECOND_HRR "tls.second-hrr" Error ["server asks for another ClientHello twice", "서버가 ClientHello를 두 번째로 다시 요청함"] "RFC 8446 4.1.4";
    TLS_ALERT "tls.alert" Warning ["an alert was sent", "Alert를 보냄"] "RFC 8446 6";
    TLS_BAD_RECORD "tls.bad-record" Error ["record type is unknown, or the record is over its maximum", "레코드 종류를 알 수 없거나 최대 길이를 넘음"] "RFC 8446 5.1";
    TLS_BAD_HANDSHAKE "tls.bad-handshake" Error ["handshake message is malformed or over the limit", "핸드셰이크 메시지의 형식이 잘못되었거나 한도를 넘음"] "RFC 8446 4";
    TLS_BAD_EXTENSION "tls.bad-extension" Error ["extension stands twice, or is longer than its room", "확장이 두 번 나오거나 주어진 자리보다 긺"] "RFC 8446 4.2";
    TLS_BAD_SNI "tls.bad-sni" Warning ["server name is not a host name", "서버 이름이 호스트 이름이 아님"] "RFC 6066 3";
    TLS_UNOFFERED "tls.unoffered" Error ["server chose what the client did not offer", "클라이언트가 제안하지 않은 것을 서버가 고름"] "RFC 8446 4.1.3";
    TLS_LEGACY_VERSION "tls.legacy-version" Warning ["version is outdated: SSL 2, SSL 3, TLS 1.0 or TLS 1.1", "오래된 버전: SSL 2, SSL 3, TLS 1.0 또는 TLS 1.1"] "RFC 8996";
    TLS_HEARTBEAT "tls.heartbeat" Error ["heartbeat is longer than its record", "하트비트가 레코드보다 긺"] "RFC 6520 4";
    TLS_DECRYPT_FAILED "tls.decrypt-failed" Warning ["the keys at hand do not open this record", "가진 키로 이 레코드를 복호화할 수 없음"] "RFC 8446 5.2";
    TLS_BAD_KEYLOG "tls.bad-keylog" Warning ["key log line was ignored", "키 로그의 한 줄을 무시함"] "RFC 9850";
    CAP_DROPPED "cap.dropped" Warning ["packets were dropped before they reached the capture", "캡처에 들어오기 전에 패킷이 버려짐"] "";
    CAP_SKIPPED "cap.skipped" Info ["the capture holds something that is not read", "캡처 파일에 읽지 않는 내용이 있음"] "";
    CAP_SPOOL_FAILED "cap.spool-failed" Warning ["packets could not be kept to be read again", "패킷을 다시 읽을 수 있도록 저장하지 못함"] "";
    CAP_SPOOL_LIMIT "cap.spool-limit" Warning ["the oldest packets were let go to keep within the limit", "한도를 지키려고 가장 오래된 패킷부터 버림"] "";
    CAP_LET_GO "cap.let-go" Info ["the beginning of the connection was let go to keep within the limit", "한도를 지키려고 연결의 앞부분을 버림"] "";
    CAP_INTERFACE_LOST "cap.interface-lost" Warning ["an interface went down or away", "인터페이스가 꺼지거나 사라짐"] "";
    IP_FRAGMENT_LIMIT "ip.fragment-limit" Warning ["more datagrams in fragments than the limit: the oldest was given up", "조각으로 나뉜 데이터그램이 한도보다 많아 가장 오래된 것을 버림"] "";
    UDP_BAD_HEADER "udp.bad-header" Error ["UDP length is impossible", "UDP 길이가 있을 수 없는 값임"] "RFC 768";
    DNS_MALFORMED "dns.malformed" Warning ["a DNS message that does not parse to its end", "끝까지 해석되지 않는 DNS 메시지"] "RFC 1035 4.1";
    H2_BAD_FRAME "h2.bad-frame" Error ["an HTTP/2 frame of the wrong size, on the wrong stream or out of order", "크기나 스트림, 순서가 잘못된 HTTP/2 프레임"] "RFC 9113 4.2";
    H2_BAD_HEADERS "h2.bad-headers" Error ["a header section that does not decode or that HTTP/2 does not allow", "풀리지 않거나 HTTP/2가 허용하지 않는 헤더 영역"] "RFC 9113 8.2";
    H2_STALLED "h2.stalled" Info ["the flow-control window is used up: the sender has to wait", "흐름 제어 윈도를 다 써서 보내는 쪽이 기다려야 함"] "RFC 9113 5.2";
    H2_ERROR "h2.error" Warning ["a stream or the connection was ended with an error", "스트림이나 연결이 오류로 종료됨"] "RFC 9113 5.4";
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

    #[test]
    fn each_rule_is_a_clause_in_both_languages() {
        for what in ALL {
            let [english, korean] = what.rule;
            assert!(english.is_ascii() || english.contains('–'), "{}", what.id);
            assert!(korean.chars().any(|c| ('가'..='힣').contains(&c)), "{}", what.id);
            assert!(!english.ends_with('.') && !korean.ends_with('.'), "{}", what.id);
            assert!(what.source.is_empty() || what.source.starts_with("RFC "), "{}", what.id);
        }
    }
}
