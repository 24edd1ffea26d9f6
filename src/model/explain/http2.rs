//! HTTP/2 in plain words.

use super::{Entry, explanations};

pub(super) static EVENTS: &[Entry] = explanations! {
    "h2.preface" "RFC 9113 3.4"
        what ["The fixed 24 bytes with which a client begins HTTP/2.",
              "클라이언트가 HTTP/2를 시작할 때 보내는 정해진 24바이트입니다."]
        why ["A server that speaks only HTTP/1 fails on it at once instead of guessing.",
             "HTTP/1만 아는 서버라면 추측하지 않고 곧바로 실패하게 됩니다."]
        next ["SETTINGS of both sides, then requests. The client need not wait for the server's.",
              "양쪽의 SETTINGS와 요청이 이어집니다. 클라이언트는 서버의 SETTINGS를 기다리지 않아도 됩니다."]
    "h2.request" "RFC 9113 8.1"
        what ["A request on a stream of its own, put together from HEADERS and DATA frames.",
              "독립된 스트림에서 온 요청입니다. HEADERS와 DATA 프레임을 모은 것입니다."]
        why ["Many requests share one connection, so none has to wait for the response to another. An extended CONNECT opens a WebSocket (RFC 8441).",
             "여러 요청이 연결 하나를 함께 쓰므로 서로의 응답을 기다리지 않습니다. 확장 CONNECT는 WebSocket을 엽니다(RFC 8441)."]
        next ["The response with the same stream number, in any order among others.",
              "같은 스트림 번호로 응답이 옵니다. 다른 응답과 순서가 섞일 수 있습니다."]
    "h2.response" "RFC 9113 8.1"
        what ["The response on the request's stream.",
              "요청과 같은 스트림에서 온 응답입니다."]
        why ["It answers the request with the same stream number; the status means the same as in HTTP/1.1.",
             "같은 스트림 번호의 요청에 대한 응답입니다. 상태 코드의 뜻은 HTTP/1.1과 같습니다."]
        next ["The stream is over; the connection stays for others.",
              "스트림은 끝나지만 연결은 다른 요청을 위해 남습니다."]
    "h2.headers" "RFC 9113 6.2"
        what ["A HEADERS frame: the compressed header fields that open a request or response whose body is still to come.",
              "HEADERS 프레임입니다. 본문이 뒤따르는 요청이나 응답을 여는, 압축된 헤더를 담습니다."]
        why ["Headers are compressed with a table that both sides keep (HPACK), so each is only readable after all before it.",
             "양쪽이 함께 유지하는 표로 압축(HPACK)하므로 앞의 헤더를 모두 읽어야 풀 수 있습니다."]
        next ["DATA frames on the same stream, until one says END_STREAM.",
              "같은 스트림에서 END_STREAM이 올 때까지 DATA 프레임이 이어집니다."]
    "h2.data" "RFC 9113 6.1"
        what ["A DATA frame: a piece of a body, or of what a tunnel carries.",
              "DATA 프레임입니다. 본문이나 터널로 오가는 내용의 한 조각입니다."]
        why ["Bodies are cut into frames so that streams can take turns. Only DATA is subject to flow control.",
             "여러 스트림이 번갈아 보낼 수 있도록 본문을 프레임으로 나눕니다. 흐름 제어는 DATA에만 적용됩니다."]
        next ["More DATA, or END_STREAM. The receiver gives room back with WINDOW_UPDATE.",
              "DATA가 더 오거나 END_STREAM으로 끝납니다. 받는 쪽은 WINDOW_UPDATE로 여유를 돌려줍니다."]
    "h2.tunnel_data" "RFC 9113 8.5"
        what ["Bytes in a stream opened by CONNECT that no protocol known here claimed.",
              "CONNECT로 연 스트림에서 오간, 여기서 아는 프로토콜에 해당하지 않는 바이트입니다."]
        why ["The stream is a tunnel: its DATA frames carry another protocol.",
             "이 스트림은 터널입니다. DATA 프레임이 다른 프로토콜을 나릅니다."]
        next ["Look at the bytes as text or hex. The request's authority or protocol field names what they are.",
              "바이트를 텍스트나 16진수로 살펴보세요. 무엇인지는 요청의 authority나 protocol 필드에 있습니다."]
    "h2.settings" "RFC 9113 6.5"
        what ["How the sender wants to be spoken to: number of streams, window and frame sizes, WebSocket support.",
              "보낸 쪽이 원하는 통신 조건입니다. 스트림 수, 윈도와 프레임 크기, WebSocket 지원 여부 등을 담습니다."]
        why ["Each side must send one first and may change its settings later.",
             "양쪽 모두 처음에 한 번 보내야 하고, 나중에 바꿀 수도 있습니다."]
        next ["The other side acknowledges it with an empty SETTINGS (ACK).",
              "상대는 빈 SETTINGS(ACK)로 확인합니다."]
    "h2.ping" "RFC 9113 6.7"
        what ["A PING with 8 bytes, or its answer with the same bytes.",
              "8바이트를 담은 PING, 또는 같은 바이트로 답한 것입니다."]
        why ["It measures the round trip and shows that the connection is alive.",
             "왕복 시간을 재고 연결이 살아 있는지 확인합니다."]
        next ["A PING must be answered with ACK, before anything else if possible.",
              "PING에는 ACK로, 되도록 다른 것보다 먼저 답해야 합니다."]
    "h2.window_update" "RFC 9113 6.9"
        what ["The receiver grants the sender that many more bytes, on a stream or on the whole connection (stream 0).",
              "받는 쪽이 스트림 하나 또는 연결 전체(스트림 0)에서 그만큼 더 보내도 된다고 허락합니다."]
        why ["Flow control: no sender may flood a receiver that reads slowly.",
             "흐름 제어입니다. 느리게 읽는 쪽에 데이터가 넘치지 않게 합니다."]
        next ["A sender that had used up its window goes on. Long stalls mean windows too small for the distance.",
              "윈도를 다 쓴 송신 측이 전송을 이어 갑니다. 오래 멈췄다면 거리에 비해 윈도가 작은 것입니다."]
    "h2.rst_stream" "RFC 9113 6.4"
        what ["One stream is ended at once; the connection stays.",
              "스트림 하나를 즉시 끝냅니다. 연결은 남습니다."]
        why ["The sender does not want it any more (CANCEL, as when a page is left), refuses it, or found an error.",
             "더는 필요 없거나(페이지를 떠날 때의 CANCEL), 거절하거나, 오류를 발견한 것입니다."]
        next ["Nothing more comes on this stream. The error code says whether it may be tried again (REFUSED_STREAM).",
              "이 스트림에는 더 오지 않습니다. 다시 시도해도 되는지(REFUSED_STREAM)는 오류 코드에 있습니다."]
    "h2.goaway" "RFC 9113 6.8"
        what ["The sender will take no new streams; it names the last one that it has taken.",
              "보낸 쪽이 새 스트림을 받지 않겠다고 알리며, 마지막으로 받은 스트림을 적습니다."]
        why ["The server restarts or has been idle for long (NO_ERROR), or the other side broke a rule.",
             "서버가 다시 시작하거나 오래 조용했거나(NO_ERROR), 상대가 규칙을 어긴 것입니다."]
        next ["Streams up to that number are finished; requests above it can safely be tried on a new connection.",
              "그 번호까지의 스트림은 마저 처리합니다. 그 뒤의 요청은 새 연결에서 다시 시도해도 안전합니다."]
    "h2.push_promise" "RFC 9113 6.6"
        what ["The server announces a response to a request that the client has not made.",
              "클라이언트가 하지 않은 요청의 응답을 보내겠다고 서버가 예고합니다."]
        why ["It guesses what the client will need next. Browsers no longer use it.",
             "클라이언트가 다음에 필요로 할 것을 미리 보내려는 것입니다. 요즘 브라우저는 쓰지 않습니다."]
        next ["The response, on the stream that is promised here.",
              "여기서 예고한 스트림으로 응답이 옵니다."]
    "h2.priority" "RFC 9113 5.3"
        what ["An old way to say which streams matter more.",
              "어떤 스트림이 더 중요한지 알리던 옛 방식입니다."]
        why ["It did not work well and is deprecated; Priority header fields (RFC 9218) replace it.",
             "제대로 쓰이지 못해 폐기되었으며, Priority 헤더(RFC 9218)가 대신합니다."]
        next ["The receiver may ignore it.",
              "받는 쪽은 무시해도 됩니다."]
    "h2.continuation" "RFC 9113 6.10"
        what ["The rest of a header section that did not fit in one frame.",
              "한 프레임에 다 들어가지 않은 헤더의 나머지입니다."]
        why ["The headers, often cookies, are longer than the largest frame.",
             "쿠키 등으로 헤더가 최대 프레임보다 길기 때문입니다."]
        next ["More of them until END_HEADERS. No other frame may come between.",
              "END_HEADERS가 올 때까지 이어집니다. 그 사이에 다른 프레임이 끼면 안 됩니다."]
    "h2.frame" "RFC 9113 5.5"
        what ["A frame of a type that is not known here.",
              "여기서 알지 못하는 종류의 프레임입니다."]
        why ["It belongs to an extension, or it is there to keep receivers tolerant.",
             "확장에 속하거나, 수신자가 모르는 것도 견디게 하려고 넣은 것입니다."]
        next ["Receivers must ignore it.",
              "받는 쪽은 무시해야 합니다."]
    "h2.unread" ""
        what ["Bytes of HTTP/2 that cannot be read.",
              "읽을 수 없는 HTTP/2 바이트입니다."]
        why ["Bytes before them are missing, so it is not known where frames begin, or the headers cannot be unpacked.",
             "앞의 바이트가 빠져 프레임이 어디서 시작하는지 모르거나 헤더를 풀 수 없습니다."]
        next ["Nothing behind them on this direction can be read. Capture from the start of the connection.",
              "이 방향의 뒷부분도 읽을 수 없습니다. 연결의 처음부터 캡처하세요."]
};

pub(super) static VERDICTS: &[Entry] = explanations! {
    "h2.answered" "RFC 9113 8.1"
        what ["Every request on this HTTP/2 connection was answered.",
              "이 HTTP/2 연결의 모든 요청이 응답을 받았습니다."]
        why ["Each stream came to its end without an error of the connection.",
             "연결 오류 없이 스트림이 모두 끝까지 갔습니다."]
        next ["Nothing is wrong with the connection; look at the statuses for each request.",
              "연결에는 문제가 없습니다. 요청별 결과는 상태 코드를 보세요."]
    "h2.unanswered" "RFC 9113 8.1"
        what ["At least one request got no response.",
              "응답을 받지 못한 요청이 있습니다."]
        why ["Its stream was reset, the connection ended, or the capture did.",
             "스트림이 취소되었거나, 연결 또는 캡처가 먼저 끝났습니다."]
        next ["Look for RST_STREAM or GOAWAY and their codes, or for a sender that waits for WINDOW_UPDATE.",
              "RST_STREAM이나 GOAWAY와 그 코드를 찾고, WINDOW_UPDATE를 기다리는 쪽이 있는지 보세요."]
    "h2.failed" "RFC 9113 5.4.1"
        what ["A GOAWAY with an error ended the connection.",
              "오류를 담은 GOAWAY로 연결이 끝났습니다."]
        why ["Its sender found that the other side broke a rule of HTTP/2, or is overwhelmed (ENHANCE_YOUR_CALM).",
             "상대가 HTTP/2 규칙을 어겼거나, 감당하기 어려울 만큼 보냈다고(ENHANCE_YOUR_CALM) 판단한 것입니다."]
        next ["Look at the error, its debug text, and the last frames of the other side.",
              "오류와 debug 텍스트, 그리고 상대가 마지막에 보낸 프레임을 보세요."]
};

pub(super) static RULES: &[Entry] = explanations! {
    "h2.bad-frame" "RFC 9113 4.2"
        what ["A frame has the wrong size, is on the wrong stream, or comes where it may not.",
              "프레임의 크기나 스트림, 순서가 잘못되었습니다."]
        why ["A library has a fault, or somebody attacks the receiver with broken frames.",
             "라이브러리에 결함이 있거나, 잘못된 프레임으로 공격하는 것입니다."]
        next ["The receiver answers with GOAWAY or RST_STREAM. Update the sender.",
              "받는 쪽은 GOAWAY나 RST_STREAM으로 답합니다. 보낸 쪽을 업데이트하세요."]
    "h2.bad-headers" "RFC 9113 8.2"
        what ["The header section does not decode, or holds what HTTP/2 forbids, such as Connection or capital letters.",
              "헤더를 풀 수 없거나, Connection 헤더나 대문자 이름처럼 HTTP/2에서 금지된 것이 있습니다."]
        why ["A proxy translated HTTP/1.1 carelessly, or the compression state got lost.",
             "프록시가 HTTP/1.1을 잘못 옮겼거나 압축 상태가 어긋났습니다."]
        next ["The receiver must treat the message as malformed. Such headers can be used for request smuggling: fix the proxy.",
              "받는 쪽은 잘못된 메시지로 처리해야 합니다. 요청 밀반입에 쓰일 수 있으니 프록시를 고치세요."]
    "h2.stalled" "RFC 9113 5.2"
        what ["The sender has used up its flow-control window and has to wait.",
              "보내는 쪽이 흐름 제어 윈도를 다 써서 기다려야 합니다."]
        why ["The receiver reads slowly, or its window is too small for the distance.",
             "받는 쪽이 느리게 읽거나, 거리에 비해 윈도가 작습니다."]
        next ["A WINDOW_UPDATE ends it; its stalled_us says how long it took. Enlarge the window if that is long.",
              "WINDOW_UPDATE가 오면 풀립니다. 걸린 시간은 stalled_us에 있으며, 길다면 윈도를 키우세요."]
    "h2.error" "RFC 9113 5.4"
        what ["A stream or the connection was ended with an error code.",
              "스트림이나 연결이 오류 코드와 함께 종료되었습니다."]
        why ["CANCEL is normal when somebody leaves. PROTOCOL_ERROR or INTERNAL_ERROR point to a fault.",
             "누군가 떠났을 때의 CANCEL은 정상입니다. PROTOCOL_ERROR나 INTERNAL_ERROR는 결함을 뜻합니다."]
        next ["Look at what came on this stream right before.",
              "이 스트림에서 바로 앞에 온 것을 보세요."]
};
