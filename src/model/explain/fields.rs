//! What the fields of events mean, in plain words: the kind or family they stand in (`*`: any), name, meaning. What is
//! particular comes before what is general.

use crate::locale::Words;

pub(super) static ALL: &[(&str, &str, Words)] = &[
    (
        "ws.frame",
        "fin",
        ["Whether this frame is the last of its message.", "메시지의 마지막 프레임인지를 나타냅니다."],
    ),
    (
        "ws.frame",
        "masked",
        [
            "Whether the payload is XORed with a random key. Clients must mask, servers must not (RFC 6455 5.1).",
            "페이로드를 임의의 키로 XOR했는지를 나타냅니다. 클라이언트는 반드시 해야 하고 서버는 하면 안 됩니다(RFC 6455 5.1).",
        ],
    ),
];
