//! Close codes: which may be sent, and what they are called (RFC 6455 7.4, IANA WebSocket Close Code Number Registry).

use crate::locale::{Lang, Words};

/// What stands for the code of a Close frame without one (RFC 6455 7.1.5); it may not be sent.
pub const NO_STATUS: u16 = 1005;

/// Whether a Close frame may carry `code` (RFC 6455 7.4.1, 7.4.2, and the registry).
pub fn may_be_sent(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// The name of `code`.
pub fn name(code: u16) -> Words {
    match code {
        1000 => ["Normal Closure", "정상 종료"],
        1001 => ["Going Away", "자리를 떠남"],
        1002 => ["Protocol Error", "프로토콜 오류"],
        1003 => ["Unsupported Data", "지원하지 않는 데이터"],
        1004 => ["Reserved", "예약됨"],
        1005 => ["No Status Received", "코드 없음"],
        1006 => ["Abnormal Closure", "비정상 종료"],
        1007 => ["Invalid Payload Data", "잘못된 내용"],
        1008 => ["Policy Violation", "정책 위반"],
        1009 => ["Message Too Big", "너무 큰 메시지"],
        1010 => ["Mandatory Extension", "필수 확장 없음"],
        1011 => ["Internal Error", "내부 오류"],
        1012 => ["Service Restart", "서비스 재시작"],
        1013 => ["Try Again Later", "나중에 다시 시도"],
        1014 => ["Bad Gateway", "잘못된 게이트웨이"],
        1015 => ["TLS Handshake Failure", "TLS 핸드셰이크 실패"],
        3000 => ["Unauthorized", "인증되지 않음"],
        3003 => ["Forbidden", "금지됨"],
        3008 => ["Timeout", "시간 초과"],
        3001..=3002 | 3004..=3007 | 3009..=3999 => ["Registered Code", "등록된 코드"],
        4000..=4999 => ["Private Use", "애플리케이션 코드"],
        _ => ["Unassigned", "할당되지 않은 코드"],
    }
}

/// `1000 Normal Closure`.
pub fn say(code: u16, lang: Lang) -> String {
    format!("{code} {}", lang.of(name(code)))
}

/// That a Close frame has no code.
pub fn none(lang: Lang) -> &'static str {
    lang.pick("without a code", "코드 없이")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_names_of_the_registry() {
        for (codes, name_of, sent) in [
            (0..=999, "Unassigned", false),
            (1000..=1000, "Normal Closure", true),
            (1001..=1001, "Going Away", true),
            (1002..=1002, "Protocol Error", true),
            (1003..=1003, "Unsupported Data", true),
            (1004..=1004, "Reserved", false),
            (1005..=1005, "No Status Received", false),
            (1006..=1006, "Abnormal Closure", false),
            (1007..=1007, "Invalid Payload Data", true),
            (1008..=1008, "Policy Violation", true),
            (1009..=1009, "Message Too Big", true),
            (1010..=1010, "Mandatory Extension", true),
            (1011..=1011, "Internal Error", true),
            (1012..=1012, "Service Restart", true),
            (1013..=1013, "Try Again Later", true),
            (1014..=1014, "Bad Gateway", true),
            (1015..=1015, "TLS Handshake Failure", false),
            (1016..=2999, "Unassigned", false),
            (3000..=3000, "Unauthorized", true),
            (3001..=3002, "Registered Code", true),
            (3003..=3003, "Forbidden", true),
            (3004..=3007, "Registered Code", true),
            (3008..=3008, "Timeout", true),
            (3009..=3999, "Registered Code", true),
            (4000..=4999, "Private Use", true),
            (5000..=u16::MAX, "Unassigned", false),
        ] {
            for code in codes {
                assert_eq!((say(code, Lang::En), may_be_sent(code)), (format!("{code} {name_of}"), sent));
            }
        }
    }
}
