//! The fields of TLS, in plain words.

use super::{Meaning, fields};

pub(super) static FIELDS: &[Meaning] = fields! {
    "tls.client_hello" "legacy_version"
        ["The version of the old field. TLS 1.3 writes TLS 1.2 here for old boxes and names its versions in an extension.",
         "옛 필드에 적힌 버전입니다. TLS 1.3은 오래된 장비를 위해 여기에 TLS 1.2라고 쓰고 실제 버전은 확장에 적습니다."]
    "tls" "legacy_version"
        ["The version of the old field; in TLS 1.3 it always says TLS 1.2.",
         "옛 필드에 적힌 버전입니다. TLS 1.3에서는 항상 TLS 1.2입니다."]
    "tls" "versions"
        ["The versions that the client can do, best first.",
         "클라이언트가 지원하는 버전으로, 선호하는 순서입니다."]
    "tls" "version"
        ["The version that is in force.",
         "실제로 쓰는 버전입니다."]
    "tls" "cipher_suites"
        ["The ciphers that the client can do, best first. Names with GREASE are fillers that keep servers tolerant.",
         "클라이언트가 지원하는 암호 스위트로, 선호하는 순서입니다. GREASE는 서버가 모르는 값도 견디게 하려고 넣은 것입니다."]
    "tls" "cipher_suite"
        ["The cipher that the server chose: how records are encrypted and authenticated.",
         "서버가 고른 암호 스위트입니다. 레코드를 암호화하고 인증하는 방식을 정합니다."]
    "tls" "sni"
        ["Server Name Indication: the host that the client wants, so that one address can serve many. It is visible to all on the way (RFC 6066 3).",
         "클라이언트가 원하는 호스트 이름(SNI)입니다. 주소 하나로 여러 사이트를 서비스할 수 있게 하며, 중간에서 누구나 볼 수 있습니다(RFC 6066 3)."]
    "tls.client_hello" "alpn"
        ["The application protocols that the client can speak inside, such as h2 and http/1.1 (RFC 7301).",
         "클라이언트가 안에서 쓸 수 있는 애플리케이션 프로토콜입니다. h2, http/1.1 등이 있습니다(RFC 7301)."]
    "tls" "alpn"
        ["The application protocol that was chosen (RFC 7301).",
         "선택된 애플리케이션 프로토콜입니다(RFC 7301)."]
    "tls" "groups"
        ["The curves and groups for the key exchange that the client can do.",
         "클라이언트가 지원하는 키 교환 곡선과 그룹입니다."]
    "tls" "group"
        ["The curve or group of the key exchange, such as x25519.",
         "키 교환에 쓰는 곡선이나 그룹입니다. 예: x25519."]
    "tls" "key_shares"
        ["The groups for which the client already sends a key; any other costs a HelloRetryRequest.",
         "클라이언트가 미리 키를 보낸 그룹입니다. 다른 그룹을 쓰려면 HelloRetryRequest가 필요합니다."]
    "tls" "signature_algorithms"
        ["The signatures that this side accepts.",
         "이쪽이 받아들이는 서명 방식입니다."]
    "tls" "signature_algorithm"
        ["How this message is signed.",
         "이 메시지의 서명 방식입니다."]
    "tls" "ja3"
        ["JA3: a fingerprint of the ClientHello (MD5). The same program mostly has the same one.",
         "ClientHello의 지문(MD5)입니다. 같은 프로그램은 대개 같은 값을 가집니다."]
    "tls" "ja4"
        ["JA4: a fingerprint of the ClientHello that does not depend on the order of extensions.",
         "확장의 순서에 영향을 받지 않는 ClientHello의 지문입니다."]
    "tls" "random"
        ["32 random bytes. The client's is what a key log finds a connection by.",
         "임의의 32바이트입니다. 키 로그는 클라이언트의 이 값으로 연결을 찾습니다."]
    "tls" "session_id"
        ["The session's name in TLS 1.2; in TLS 1.3 it only looks alike and is echoed.",
         "TLS 1.2에서는 세션의 이름입니다. TLS 1.3에서는 모양만 같고 그대로 되돌려 줍니다."]
    "tls" "session_ticket"
        ["The client shows a ticket of an earlier session, to shorten the handshake (RFC 5077).",
         "클라이언트가 이전 세션의 티켓을 제시해 핸드셰이크를 줄이려 합니다(RFC 5077)."]
    "tls" "pre_shared_key"
        ["The client names a key of an earlier session, to resume it (RFC 8446 4.2.11).",
         "클라이언트가 이전 세션의 키를 제시해 재개하려 합니다(RFC 8446 4.2.11)."]
    "tls" "early_data"
        ["Data sent before the handshake is over (0-RTT). It is fast, but somebody may send it again (RFC 8446 8).",
         "핸드셰이크가 끝나기 전에 보내는 데이터(0-RTT)입니다. 빠르지만 누군가 다시 보낼 위험이 있습니다(RFC 8446 8)."]
    "tls" "renegotiation"
        ["A further handshake inside a connection that stands already.",
         "이미 맺어진 연결 안에서 다시 하는 핸드셰이크입니다."]
    "tls" "encrypted_client_hello"
        ["The real ClientHello is encrypted inside of this one (ECH): the server's name that is seen is a cover.",
         "진짜 ClientHello가 이 안에 암호화되어 있습니다(ECH). 보이는 서버 이름은 겉으로 내세운 것입니다."]
    "tls" "extensions"
        ["All extensions of the message, in order.",
         "메시지의 모든 확장을 순서대로 보여 줍니다."]
    "tls" "resumed"
        ["Whether an earlier session is resumed, which needs no certificate.",
         "이전 세션을 재개했는지를 나타냅니다. 재개하면 인증서가 필요 없습니다."]
    "tls" "resumption"
        ["By what the earlier session is resumed.",
         "이전 세션을 무엇으로 재개했는지 나타냅니다."]
    "tls" "downgraded_from"
        ["The server says by a mark in its random that it could do this newer version (RFC 8446 4.1.3).",
         "서버가 난수의 표시로 이 더 높은 버전도 지원한다고 알렸습니다(RFC 8446 4.1.3)."]
    "tls.heartbeat" "message"
        ["Whether it asks or answers.",
         "묻는 것인지 답하는 것인지 나타냅니다."]
    "tls" "message"
        ["Which handshake message it is.",
         "어떤 핸드셰이크 메시지인지 나타냅니다."]
    "tls" "certificates"
        ["The certificates, from the server's own to its issuers: for whom, by whom, from when until when.",
         "서버 자신의 것부터 발급자까지의 인증서입니다. 누구에게 누가 발급했고 언제부터 언제까지 유효한지 보여 줍니다."]
    "tls" "certificate"
        ["Whom the server's certificate names.",
         "서버 인증서에 적힌 이름입니다."]
    "tls" "client_certificate"
        ["Whom the client's certificate names.",
         "클라이언트 인증서에 적힌 이름입니다."]
    "tls" "lifetime_seconds"
        ["How long the ticket may be used.",
         "티켓을 쓸 수 있는 시간(초)입니다."]
    "tls" "ticket_len"
        ["The length of the ticket.",
         "티켓의 길이입니다."]
    "tls" "update_requested"
        ["Whether the other side is asked to change its keys too (RFC 8446 4.6.3).",
         "상대도 키를 바꿔 달라고 요청하는지를 나타냅니다(RFC 8446 4.6.3)."]
    "tls" "algorithm"
        ["How the certificates are compressed (RFC 8879).",
         "인증서를 압축한 방식입니다(RFC 8879)."]
    "tls" "uncompressed_len"
        ["The length of the certificates before compression.",
         "압축하기 전 인증서의 길이입니다."]
    "tls" "round_trips"
        ["How often the handshake had to wait for the other side before the client could send data.",
         "클라이언트가 데이터를 보내기까지 필요한 왕복 횟수입니다."]
    "tls" "content"
        ["What the record holds, as far as that is visible from outside.",
         "레코드에 든 것의 종류로, 밖에서 보이는 만큼만 나타냅니다."]
    "tls" "plain_len"
        ["The length of what is in the record, decrypted.",
         "복호화한 내용의 길이입니다."]
    "tls" "padding"
        ["Zero bytes that hide the true length (RFC 8446 5.4).",
         "실제 길이를 숨기려고 채운 0의 바이트 수입니다(RFC 8446 5.4)."]
    "tls" "reason"
        ["Why the records cannot be read.",
         "레코드를 읽을 수 없는 이유입니다."]
    "tls" "level"
        ["warning or fatal. In TLS 1.3 it means nothing: every alert but close_notify and user_canceled is fatal.",
         "warning 또는 fatal입니다. TLS 1.3에서는 의미가 없으며, close_notify와 user_canceled 말고는 모두 치명적입니다."]
    "tls" "description"
        ["Which alert it is, by its name in the registry.",
         "경고의 종류로, 등록된 이름입니다."]
    "tls" "cause"
        ["What mostly causes this alert.",
         "이 경고가 나오는 흔한 원인입니다."]
    "tls" "for_middleboxes"
        ["Whether it is sent for old boxes on the way only, and means nothing (RFC 8446 D.4).",
         "의미 없이 오래된 중간 장비를 위해서만 보낸 것인지를 나타냅니다(RFC 8446 D.4)."]
    "tls" "payload_len"
        ["The payload length that the message claims; if it exceeds len, it is an attack.",
         "메시지가 주장하는 페이로드 길이입니다. len보다 크면 공격입니다."]
    "tls" "missing"
        ["How many bytes of it were never captured.",
         "그중 캡처되지 않은 바이트 수입니다."]
};
