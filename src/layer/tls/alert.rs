//! Alerts: their names (RFC 8446 6, RFC 5246 7.2 and the registry) and the cause that each most likely has.

use crate::locale::Words;

/// `close_notify`.
pub(super) const CLOSE_NOTIFY: u8 = 0;

/// A kind of alert.
pub(super) struct Alert {
    /// `AlertDescription`.
    pub(super) code: u8,
    /// Its name in the registry.
    pub(super) name: &'static str,
    /// What its sender most likely means, as a clause.
    pub(super) cause: Words,
}

/// `level` as the event schema writes it; a number where it has no name.
pub(super) fn level(code: u8) -> String {
    match code {
        1 => "warning".to_owned(),
        2 => "fatal".to_owned(),
        other => other.to_string(),
    }
}

/// What is known of a description.
pub(super) fn find(code: u8) -> Option<&'static Alert> {
    ALERTS.iter().find(|alert| alert.code == code)
}

/// The name of a description; a number where it has none.
pub(super) fn name(code: u8) -> String {
    find(code).map_or_else(|| code.to_string(), |alert| alert.name.to_owned())
}

macro_rules! alerts {
    ($($code:literal $name:literal $en:literal $ko:literal;)*) => {
        &[$(Alert { code: $code, name: $name, cause: [$en, $ko] }),*]
    };
}

static ALERTS: &[Alert] = alerts! {
    0 "close_notify" "the sender has nothing more to say" "보낸 쪽이 더 보낼 것이 없습니다";
    10 "unexpected_message" "a message came that may not come at this point, often no TLS at all or a broken stack" "이 시점에 올 수 없는 메시지가 왔습니다. TLS가 아니거나 구현이 잘못된 경우가 많습니다";
    20 "bad_record_mac" "a record did not authenticate: the keys differ, or bytes were changed on the way" "레코드 인증에 실패했습니다. 키가 다르거나 도중에 바이트가 바뀌었습니다";
    21 "decryption_failed" "a record could not be decrypted" "레코드를 복호화하지 못했습니다";
    22 "record_overflow" "a record was longer than allowed, often no TLS at all" "레코드가 허용 길이를 넘었습니다. TLS가 아닌 경우가 많습니다";
    30 "decompression_failure" "compressed data made no sense" "압축 데이터를 풀 수 없습니다";
    40 "handshake_failure" "no version, cipher suite, group or certificate suits both sides" "양쪽이 함께 쓸 수 있는 버전, 암호 스위트, 그룹 또는 인증서가 없습니다";
    41 "no_certificate" "the client has no certificate to show" "클라이언트에 제시할 인증서가 없습니다";
    42 "bad_certificate" "the certificate is corrupt, or its signature is wrong" "인증서가 손상되었거나 서명이 틀렸습니다";
    43 "unsupported_certificate" "the certificate is of a type that the sender does not take" "보낸 쪽이 받아들이지 않는 종류의 인증서입니다";
    44 "certificate_revoked" "the certificate was revoked by its issuer" "발급자가 인증서를 폐기했습니다";
    45 "certificate_expired" "the certificate has expired or is not valid yet, or the sender's clock is wrong" "인증서가 만료되었거나 아직 유효하지 않습니다. 보낸 쪽의 시계가 틀렸을 수도 있습니다";
    46 "certificate_unknown" "the certificate was not accepted for a reason of the sender's own, often the host name" "보낸 쪽이 인증서를 받아들이지 않았습니다. 호스트 이름이 맞지 않는 경우가 많습니다";
    47 "illegal_parameter" "a field of the handshake was out of range or did not fit the others" "핸드셰이크 필드가 범위를 벗어났거나 서로 맞지 않습니다";
    48 "unknown_ca" "the sender does not trust who issued the certificate: a private or self-signed one, or the chain lacks a link" "보낸 쪽이 인증서 발급자를 신뢰하지 않습니다. 사설 또는 자체 서명 인증서이거나 체인이 빠졌습니다";
    49 "access_denied" "the certificate is valid, but its owner may not enter" "인증서는 유효하지만 접근 권한이 없습니다";
    50 "decode_error" "a message could not be parsed" "메시지를 해석하지 못했습니다";
    51 "decrypt_error" "a signature, a Finished or a PSK binder did not verify" "서명, Finished 또는 PSK 바인더 검증에 실패했습니다";
    52 "too_many_cids_requested" "too many connection ids were asked for" "연결 ID를 너무 많이 요청했습니다";
    60 "export_restriction" "a key broke the export rules of the 1990s" "1990년대 수출 규정에 어긋나는 키입니다";
    70 "protocol_version" "the sender does not speak any version that was offered" "보낸 쪽이 제안된 버전을 하나도 지원하지 않습니다";
    71 "insufficient_security" "what was offered is too weak for the sender" "제안된 암호가 보낸 쪽의 기준보다 약합니다";
    80 "internal_error" "the sender failed for a reason of its own" "보낸 쪽 내부에서 오류가 났습니다";
    86 "inappropriate_fallback" "the client fell back to an older version without need: something on the way cut its first try" "클라이언트가 불필요하게 낮은 버전으로 내려갔습니다. 첫 시도가 도중에 막혔을 수 있습니다";
    90 "user_canceled" "the sender gave up for a reason that has nothing to do with the protocol" "보낸 쪽이 프로토콜과 무관한 이유로 그만두었습니다";
    100 "no_renegotiation" "the sender does not negotiate again" "보낸 쪽이 재협상을 하지 않습니다";
    109 "missing_extension" "an extension is missing that the choice needs" "선택한 방식에 꼭 필요한 확장이 없습니다";
    110 "unsupported_extension" "an extension came that was not asked for" "요청하지 않은 확장이 왔습니다";
    111 "certificate_unobtainable" "the certificate could not be fetched from its URL" "URL에서 인증서를 가져오지 못했습니다";
    112 "unrecognized_name" "the server does not serve the name in server_name (SNI)" "서버가 server_name(SNI)의 이름을 서비스하지 않습니다";
    113 "bad_certificate_status_response" "the stapled OCSP answer is invalid or missing" "첨부된 OCSP 응답이 잘못되었거나 없습니다";
    114 "bad_certificate_hash_value" "the fetched certificate is another one" "가져온 인증서가 다른 것입니다";
    115 "unknown_psk_identity" "the server does not know the pre-shared key" "서버가 사전 공유 키를 알지 못합니다";
    116 "certificate_required" "the server wants a client certificate, and none came" "서버가 클라이언트 인증서를 요구했지만 오지 않았습니다";
    120 "no_application_protocol" "no application protocol (ALPN) suits both sides" "양쪽이 함께 쓸 애플리케이션 프로토콜(ALPN)이 없습니다";
    121 "ech_required" "the encrypted ClientHello was not accepted" "암호화된 ClientHello가 받아들여지지 않았습니다";
};
