//! The fields of WebSocket, in plain words.

use super::{Meaning, fields};

pub(super) static FIELDS: &[Meaning] = fields! {
    "ws.handshake" "accept_ok"
        ["Whether the server's answer fits the client's key: proof that it understood the upgrade (RFC 6455 4.2.2).",
         "서버의 응답이 클라이언트의 키와 맞는지를 나타냅니다. 서버가 업그레이드를 이해했다는 증거입니다(RFC 6455 4.2.2)."]
    "ws.handshake" "key"
        ["The client's random key (Sec-WebSocket-Key). It is no secret.",
         "클라이언트가 만든 임의의 키(Sec-WebSocket-Key)입니다. 비밀은 아닙니다."]
    "ws.handshake" "accept"
        ["The server's answer to the key (Sec-WebSocket-Accept): base64 of the SHA-1 of key and a fixed text.",
         "키에 대한 서버의 응답(Sec-WebSocket-Accept)입니다. 키와 정해진 글자를 이어 SHA-1을 구하고 base64로 쓴 것입니다."]
    "ws.handshake" "subprotocol"
        ["What the messages mean, as agreed, such as graphql-ws or mqtt.",
         "메시지의 의미를 정하는, 합의된 하위 프로토콜입니다. 예: graphql-ws, mqtt."]
    "ws.handshake" "offered_subprotocols"
        ["The subprotocols that the client offered; the server chooses at most one.",
         "클라이언트가 제안한 하위 프로토콜입니다. 서버는 많아야 하나를 고릅니다."]
    "ws.handshake" "extensions"
        ["The extensions agreed upon; permessage-deflate compresses messages (RFC 7692).",
         "합의된 확장입니다. permessage-deflate는 메시지를 압축합니다(RFC 7692)."]
    "ws.handshake" "offered_extensions"
        ["The extensions that the client offered, with their parameters.",
         "클라이언트가 제안한 확장과 매개변수입니다."]
    "ws.handshake" "origin"
        ["The page that opened the WebSocket; servers check it to keep foreign pages out.",
         "WebSocket을 연 페이지입니다. 서버는 이것으로 다른 사이트의 접속을 막습니다."]
    "ws.handshake" "target"
        ["The path that the client asked for.",
         "클라이언트가 요청한 경로입니다."]
    "ws.handshake" "status"
        ["The server's answer: 101 accepts (over HTTP/2: 200), any other refuses.",
         "서버의 응답입니다. 101이면 수락(HTTP/2에서는 200), 나머지는 거절입니다."]
    "ws.handshake" "version"
        ["The WebSocket version; 13 is the only one in use.",
         "WebSocket 버전입니다. 13만 쓰입니다."]
    "ws" "fin"
        ["Whether this frame is the last of its message.",
         "메시지의 마지막 프레임인지를 나타냅니다."]
    "ws" "rsv1"
        ["Reserved bit 1: with permessage-deflate, the message is compressed (RFC 7692 6).",
         "예약 비트 1입니다. permessage-deflate를 쓸 때는 메시지가 압축되었다는 뜻입니다(RFC 7692 6)."]
    "ws" "rsv2"
        ["Reserved bit 2: must be 0 unless an extension says otherwise.",
         "예약 비트 2입니다. 확장이 정하지 않으면 0이어야 합니다."]
    "ws" "rsv3"
        ["Reserved bit 3: must be 0 unless an extension says otherwise.",
         "예약 비트 3입니다. 확장이 정하지 않으면 0이어야 합니다."]
    "ws" "opcode"
        ["What it carries: text, binary, a continuation of the message before, or a control: close, ping, pong.",
         "무엇을 담았는지 나타냅니다. 텍스트, 바이너리, 앞 메시지의 연속, 또는 제어(close, ping, pong)입니다."]
    "ws" "masked"
        ["Whether the payload is XORed with a random key. Clients must do so, servers must not (RFC 6455 5.1).",
         "페이로드를 임의의 키로 XOR했는지를 나타냅니다. 클라이언트는 반드시 해야 하고 서버는 하면 안 됩니다(RFC 6455 5.1)."]
    "ws" "masking_key"
        ["The 4 bytes that the payload is XORed with. It hides nothing; it keeps proxies from mistaking payload for HTTP.",
         "페이로드를 XOR한 4바이트입니다. 숨기려는 것이 아니라 프록시가 페이로드를 HTTP로 오해하지 않게 하려는 것입니다."]
    "ws.message" "len"
        ["Bytes of the message, decompressed.",
         "압축을 푼 메시지의 바이트 수입니다."]
    "ws" "len"
        ["Bytes of the payload as sent, perhaps compressed.",
         "보낸 그대로의 페이로드 바이트 수입니다. 압축된 상태일 수 있습니다."]
    "ws" "wire_len"
        ["Bytes of the message as sent, in all its frames, without headers.",
         "모든 프레임에 실린 메시지의 바이트 수입니다. 헤더는 뺀, 보낸 그대로의 크기입니다."]
    "ws" "close_code"
        ["Why it is closed: 1000 done, 1001 going away, 1002 protocol error, 1011 server error, 3000–4999 the application's own (RFC 6455 7.4).",
         "닫는 이유입니다. 1000은 정상, 1001은 떠남, 1002는 프로토콜 오류, 1011은 서버 오류, 3000–4999는 애플리케이션이 정한 것입니다(RFC 6455 7.4)."]
    "ws" "close_name"
        ["The name of the close code.",
         "종료 코드의 이름입니다."]
    "ws" "close_reason"
        ["Why it is closed, in words; at most 123 bytes.",
         "닫는 이유를 적은 글로, 최대 123바이트입니다."]
    "ws" "rtt_us"
        ["Microseconds between the ping and this pong: one round trip.",
         "ping에서 이 pong까지의 마이크로초로, 왕복 시간 한 번입니다."]
    "ws" "ping_n"
        ["The number of the ping that this pong answers.",
         "이 pong이 답하는 ping의 번호입니다."]
    "ws" "frames"
        ["The numbers of the frames that make up the message.",
         "메시지를 이루는 프레임의 번호입니다."]
    "ws" "frame_count"
        ["How many frames make up the message; not all are listed.",
         "메시지를 이루는 프레임의 수입니다. 일부만 나열했습니다."]
    "ws" "compressed"
        ["The message was sent compressed (permessage-deflate).",
         "메시지를 압축해 보냈습니다(permessage-deflate)."]
    "ws" "ratio"
        ["How many times larger the message is than what was sent.",
         "메시지가 보낸 크기의 몇 배인지 나타냅니다."]
    "ws" "negotiation"
        ["How it is known that the message is compressed.",
         "메시지가 압축되었음을 어떻게 알았는지 나타냅니다."]
    "ws" "incomplete"
        ["Why the message cannot be shown as a whole.",
         "메시지를 전부 보여 줄 수 없는 이유입니다."]
    "ws" "application"
        ["What the text is for the application: a Socket.IO packet, a STOMP frame, an object with certain keys.",
         "애플리케이션에서 이 텍스트가 무엇인지 나타냅니다. Socket.IO 패킷, STOMP 프레임, 특정 키를 가진 객체 등입니다."]
    "ws" "came"
        ["How many of its bytes came.",
         "실제로 온 바이트 수입니다."]
    "ws" "reason"
        ["Why it is not known any more where frames begin: a gap, or an impossible length.",
         "프레임의 시작을 알 수 없게 된 이유입니다. gap은 빠진 바이트, length는 있을 수 없는 길이입니다."]
    "ws" "skipped"
        ["How many bytes were passed over before frames were found again.",
         "프레임을 다시 찾기까지 건너뛴 바이트 수입니다."]
};
