//! The fields of HTTP/1.x, HTTP/2 and server-sent events, in plain words.

use super::{Meaning, fields};

pub(super) static FIELDS: &[Meaning] = fields! {
    "http" "method"
        ["What is to be done: GET fetches, POST sends, HEAD asks for the head only, CONNECT opens a tunnel.",
         "무엇을 할지 나타냅니다. GET은 가져오기, POST는 보내기, HEAD는 헤더만 요청하기, CONNECT는 터널 열기입니다."]
    "http" "target"
        ["What the request is about: mostly a path; with a proxy, a whole address.",
         "요청의 대상입니다. 대개 경로이며 프록시에는 전체 주소를 씁니다."]
    "http" "version"
        ["The HTTP version of this message; it decides whether connections are kept by default.",
         "이 메시지의 HTTP 버전입니다. 연결을 기본으로 유지할지를 결정합니다."]
    "http" "status"
        ["How it went: 1xx not final, 2xx worked, 3xx look elsewhere, 4xx request at fault, 5xx server at fault (RFC 9110 15).",
         "처리 결과입니다. 1xx는 중간 응답, 2xx는 성공, 3xx는 다른 곳 안내, 4xx는 요청 문제, 5xx는 서버 문제입니다(RFC 9110 15)."]
    "http" "status_text"
        ["The status as it stands there; it is no number.",
         "적힌 그대로의 상태 코드입니다. 숫자가 아닙니다."]
    "http" "reason"
        ["Words beside the status, for people; programs ignore them.",
         "상태 코드 옆의 설명입니다. 사람이 읽으라는 것이며 프로그램은 무시합니다."]
    "http" "headers"
        ["The header lines, names and values, in the order in which they came.",
         "헤더의 이름과 값을 온 순서대로 보여 줍니다."]
    "http" "body_len"
        ["Bytes of the body as sent, without chunk sizes; still compressed where it is.",
         "보낸 그대로의 본문 바이트 수입니다. 청크 크기는 빼고, 압축된 상태로 셉니다."]
    "http" "decoded_len"
        ["Bytes of the body after decompression.",
         "압축을 푼 본문의 바이트 수입니다."]
    "http" "framing"
        ["How the receiver knows where the body ends: content-length says it before, chunked piece by piece, close by closing, none: there is no body (RFC 9112 6.3).",
         "본문이 어디서 끝나는지 아는 방법입니다. content-length는 미리 길이를, chunked는 조각마다 길이를 알리고, close는 연결을 닫아 끝내며, none은 본문이 없습니다(RFC 9112 6.3)."]
    "http" "trailers"
        ["Header lines behind a chunked body, such as a checksum.",
         "청크 본문 뒤에 붙는 헤더입니다. 체크섬 등에 씁니다."]
    "http" "latency_us"
        ["Microseconds from the end of the request to the beginning of the response: mostly the server's thinking.",
         "요청이 끝난 때부터 응답이 시작될 때까지의 마이크로초입니다. 대부분 서버가 처리한 시간입니다."]
    "http" "request_n"
        ["The number of the request that this answers.",
         "이 응답에 해당하는 요청의 번호입니다."]
    "http" "persistent"
        ["Whether the connection is kept after this response.",
         "이 응답 뒤에 연결을 유지하는지를 나타냅니다."]
    "http" "persistence_reason"
        ["What decides whether the connection is kept: the version, or which header of which side (RFC 9112 9.3).",
         "연결 유지 여부를 결정한 것입니다. 버전이거나 어느 쪽의 어떤 헤더입니다(RFC 9112 9.3)."]
    "http" "incomplete"
        ["Why the message ends before its end.",
         "메시지가 도중에 끝난 이유입니다."]
    "http" "missing"
        ["How many bytes of the body were never captured.",
         "본문에서 캡처되지 않은 바이트 수입니다."]
    "h2" "scheme"
        ["http or https.",
         "http 또는 https입니다."]
    "h2" "authority"
        ["The host that is asked; what Host is in HTTP/1.1.",
         "요청하는 호스트입니다. HTTP/1.1의 Host에 해당합니다."]
    "h2" "protocol"
        ["The protocol that an extended CONNECT wants to speak on this stream, such as websocket (RFC 8441).",
         "확장 CONNECT로 이 스트림에서 쓰려는 프로토콜입니다. 예: websocket(RFC 8441)."]
    "h2" "method"
        ["What is to be done: GET fetches, POST sends, CONNECT opens a tunnel or another protocol.",
         "무엇을 할지 나타냅니다. GET은 가져오기, POST는 보내기, CONNECT는 터널이나 다른 프로토콜 열기입니다."]
    "h2" "target"
        ["The path that the request is about (:path).",
         "요청하는 경로(:path)입니다."]
    "h2" "status"
        ["How it went, as in HTTP/1.1: 2xx worked, 4xx request at fault, 5xx server at fault.",
         "처리 결과로, HTTP/1.1과 같습니다. 2xx는 성공, 4xx는 요청 문제, 5xx는 서버 문제입니다."]
    "h2" "version"
        ["Always HTTP/2.",
         "항상 HTTP/2입니다."]
    "h2" "headers"
        ["The header fields, decompressed, in the order in which they came; those with a colon in front belong to HTTP/2 itself.",
         "압축을 푼 헤더를 온 순서대로 보여 줍니다. 콜론으로 시작하는 것은 HTTP/2 자체의 필드입니다."]
    "h2" "body_len"
        ["Bytes of the body: of all DATA frames, without padding.",
         "본문의 바이트 수입니다. 모든 DATA 프레임에서 패딩을 뺀 합계입니다."]
    "h2" "decoded_len"
        ["Bytes of the body after decompression.",
         "압축을 푼 본문의 바이트 수입니다."]
    "h2" "trailers"
        ["Header fields behind the body; gRPC says there how it went.",
         "본문 뒤에 오는 헤더입니다. gRPC는 여기에 처리 결과를 적습니다."]
    "h2" "latency_us"
        ["Microseconds from the end of the request to the beginning of the response.",
         "요청이 끝난 때부터 응답이 시작될 때까지의 마이크로초입니다."]
    "h2" "request_n"
        ["The number of the request that this answers.",
         "이 응답에 해당하는 요청의 번호입니다."]
    "h2" "incomplete"
        ["Why the message ends before its end.",
         "메시지가 도중에 끝난 이유입니다."]
    "h2" "missing"
        ["How many bytes of the body were never captured.",
         "본문에서 캡처되지 않은 바이트 수입니다."]
    "h2" "flags"
        ["The frame's flags, such as END_STREAM (1), END_HEADERS (4) or ACK (1).",
         "프레임의 플래그입니다. END_STREAM(1), END_HEADERS(4), ACK(1) 등이 있습니다."]
    "h2" "ack"
        ["Whether it confirms one of the other side's.",
         "상대가 보낸 것을 확인하는 응답인지를 나타냅니다."]
    "h2" "settings"
        ["The settings, names and values. Those not named keep their value.",
         "설정의 이름과 값입니다. 없는 것은 이전 값을 유지합니다."]
    "h2" "opaque"
        ["8 bytes that the answer must repeat.",
         "응답에 그대로 되돌려 줘야 하는 8바이트입니다."]
    "h2" "increment"
        ["How many more bytes the other side may send.",
         "상대가 더 보내도 되는 바이트 수입니다."]
    "h2" "stalled_us"
        ["How long the sender had to wait for this permission, in microseconds.",
         "보내는 쪽이 이 허락을 기다린 시간(마이크로초)입니다."]
    "h2" "rtt_us"
        ["Microseconds between the PING and its answer: one round trip.",
         "PING에서 응답까지의 마이크로초로, 왕복 시간 한 번입니다."]
    "h2" "error"
        ["Why it was ended; NO_ERROR and CANCEL are harmless (RFC 9113 7).",
         "종료한 이유입니다. NO_ERROR와 CANCEL은 문제없습니다(RFC 9113 7)."]
    "h2" "last_stream"
        ["The last stream that the sender has taken; later ones were not processed.",
         "보낸 쪽이 마지막으로 받은 스트림입니다. 그 뒤의 것은 처리되지 않았습니다."]
    "h2" "debug"
        ["What the sender adds in words.",
         "보낸 쪽이 덧붙인 설명입니다."]
    "h2" "end_stream"
        ["Whether it is the last of its side on this stream.",
         "이 스트림에서 이쪽이 보내는 마지막 프레임인지를 나타냅니다."]
    "h2" "promised_stream"
        ["The stream that the announced response will come on.",
         "예고한 응답이 올 스트림입니다."]
    "h2" "len"
        ["The length of the frame's payload.",
         "프레임 페이로드의 길이입니다."]
    "sse" "event"
        ["The event's type; message where none is named.",
         "이벤트의 종류입니다. 적혀 있지 않으면 message입니다."]
    "sse" "id"
        ["The event's id; after a break the client names the last one (Last-Event-ID).",
         "이벤트의 id입니다. 끊겼다 다시 연결할 때 클라이언트가 마지막 id(Last-Event-ID)를 알립니다."]
    "sse" "data"
        ["What the event says.",
         "이벤트의 내용입니다."]
};
