//! What may be wrong with HTTP/1.x, in plain words.

use super::{Entry, explanations};

pub(super) static RULES: &[Entry] = explanations! {
    "http.cl-te" "RFC 9112 6.1"
        what ["The message says its length twice: by Content-Length and by Transfer-Encoding.",
              "길이를 Content-Length와 Transfer-Encoding 두 가지로 알리는 메시지입니다."]
        why ["A faulty client or proxy does this; so does request smuggling, where two servers must read different lengths.",
             "클라이언트나 프록시의 결함이거나, 두 서버가 길이를 다르게 읽게 만드는 요청 밀반입 공격입니다."]
        next ["Transfer-Encoding counts, and a server must close the connection after its answer. Let front and back servers reject such requests.",
              "Transfer-Encoding을 따르고, 서버는 응답한 뒤 연결을 닫아야 합니다. 앞뒤 서버가 모두 이런 요청을 거절하게 하세요."]
    "http.dup-cl" "RFC 9112 6.3"
        what ["Content-Length stands there more than once, or with several values.",
              "Content-Length가 여러 번 나오거나 값이 여러 개입니다."]
        why ["Two programs each added one, or somebody tries request smuggling.",
             "두 프로그램이 각각 추가했거나, 요청 밀반입을 시도하는 것입니다."]
        next ["Differing values must be answered with 400. Find the one that adds the second.",
              "값이 서로 다르면 400으로 답해야 합니다. 두 번째 것을 추가하는 쪽을 찾으세요."]
    "http.bad-cl" "RFC 9112 6.3"
        what ["Content-Length is not a plain number.",
              "Content-Length가 올바른 숫자가 아닙니다."]
        why ["A program built the header wrongly: a sign, a unit, an empty or too large value.",
             "부호나 단위가 붙었거나, 비어 있거나, 너무 큰 값을 넣는 등 헤더를 잘못 만들었습니다."]
        next ["A server must answer 400 and close, because it cannot know where the message ends.",
              "메시지가 어디서 끝나는지 알 수 없으므로 서버는 400으로 답하고 닫아야 합니다."]
    "http.bad-te" "RFC 9112 6.1"
        what ["Transfer-Encoding holds something unknown or written in a disguised way.",
              "Transfer-Encoding이 알 수 없거나 알아보기 어렵게 변형된 값입니다."]
        why ["Only chunked, as the last coding, tells where a body ends. Disguises such as \"xchunked\" serve request smuggling.",
             "마지막에 오는 chunked만이 본문의 끝을 알려 줍니다. \"xchunked\" 같은 변형은 요청 밀반입에 쓰입니다."]
        next ["A server should answer 501 or 400 and close.",
              "서버는 501이나 400으로 답하고 닫아야 합니다."]
    "http.bad-chunk" "RFC 9112 7.1"
        what ["A chunk is not as it must be: hexadecimal size, line end, that many bytes, line end.",
              "청크 형식이 잘못되었습니다. 16진수 크기, 줄바꿈, 그 크기만큼의 바이트, 줄바꿈 순서여야 합니다."]
        why ["A program counts characters instead of bytes, or writes into the body past the chunking.",
             "프로그램이 바이트가 아니라 글자 수를 셌거나, 청크 처리를 거치지 않고 본문에 썼습니다."]
        next ["The rest of the body cannot be trusted. Check the program that writes the chunks.",
              "나머지 본문은 믿을 수 없습니다. 청크를 쓰는 프로그램을 확인하세요."]
    "http.obs-fold" "RFC 9112 5.2"
        what ["A header line goes on in the next line, which begins with a blank.",
              "헤더가 공백으로 시작하는 다음 줄로 이어집니다."]
        why ["Old mail programs wrote headers so; HTTP forbids it by now.",
             "옛날 메일 프로그램의 방식으로, 지금 HTTP에서는 금지되어 있습니다."]
        next ["A server must reject it or replace the fold by a blank. Programs that disagree about it can be attacked.",
              "서버는 거절하거나 공백으로 바꿔야 합니다. 서로 다르게 읽는 프로그램은 공격에 쓰일 수 있습니다."]
    "http.bare-lf" "RFC 9112 2.2"
        what ["A line ends with LF alone instead of CR LF.",
              "줄이 CR LF가 아니라 LF만으로 끝납니다."]
        why ["It was written by hand or by a simple script.",
             "손으로 쓰거나 간단한 스크립트로 만든 것입니다."]
        next ["Receivers may accept it. Send CR LF, to be read alike everywhere.",
              "받는 쪽이 받아들일 수는 있지만, 어디서나 똑같이 읽히도록 CR LF를 쓰세요."]
    "http.bare-cr" "RFC 9112 2.2"
        what ["A CR stands in the head without an LF behind it.",
              "헤더에 LF가 뒤따르지 않는 CR이 있습니다."]
        why ["Unchecked input got into a header, or somebody hides a line from one of two readers.",
             "검사하지 않은 입력이 헤더에 들어갔거나, 한쪽만 줄바꿈으로 읽게 하려는 것입니다."]
        next ["The receiver must reject it or replace it by a blank. Check where the value comes from.",
              "받는 쪽은 거절하거나 공백으로 바꿔야 합니다. 그 값이 어디서 오는지 확인하세요."]
    "http.nul" "RFC 9110 5.5"
        what ["A NUL or another control character stands in the head.",
              "헤더에 NUL 같은 제어 문자가 있습니다."]
        why ["Binary data got into a header, or somebody tests how the server reacts.",
             "이진 데이터가 헤더에 들어갔거나, 누군가 서버의 반응을 시험하는 것입니다."]
        next ["Reject such messages: programs cut strings at NUL and then see another value.",
              "이런 메시지는 거절하세요. NUL에서 문자열을 자르는 프로그램은 다른 값을 보게 됩니다."]
    "http.bad-header" "RFC 9112 5.1"
        what ["A header line has no colon, or a blank between name and colon.",
              "헤더 줄에 콜론이 없거나 이름과 콜론 사이에 공백이 있습니다."]
        why ["The line was built wrongly, or is meant to be overlooked by one reader and seen by another.",
             "줄을 잘못 만들었거나, 한쪽은 지나치고 다른 쪽은 읽게 하려는 것입니다."]
        next ["A server must answer a blank before the colon with 400.",
              "콜론 앞에 공백이 있으면 서버는 400으로 답해야 합니다."]
    "http.header-too-long" ""
        what ["A line, or the head as a whole, is longer than is kept here.",
              "줄 하나 또는 헤더 전체가 여기서 보관하는 한도보다 깁니다."]
        why ["Often cookies that grow, or tokens in the address; else somebody fills memory.",
             "쿠키가 늘어났거나 주소에 토큰이 들어간 경우가 많습니다. 아니면 메모리를 채우려는 것입니다."]
        next ["What was kept is shown. Servers answer 431 or 414 at limits of 8 KiB or so.",
              "보관한 데까지 보여 줍니다. 서버는 보통 8 KiB쯤에서 431이나 414로 답합니다."]
    "http.too-many-headers" ""
        what ["The head has more lines than are kept here.",
              "헤더 줄이 여기서 보관하는 한도보다 많습니다."]
        why ["A program adds a line again and again, or somebody attacks the server.",
             "프로그램이 같은 줄을 계속 추가하거나, 서버를 공격하는 것입니다."]
        next ["The lines beyond the limit are not shown. Servers answer 431.",
              "한도를 넘은 줄은 표시하지 않습니다. 서버는 431로 답합니다."]
    "http.pipeline-limit" ""
        what ["So many requests wait for their responses that further ones are not remembered.",
              "응답을 기다리는 요청이 너무 많아 그 뒤의 요청은 기억하지 않습니다."]
        why ["A client sends requests without reading, or somebody attacks the server.",
             "클라이언트가 응답을 읽지 않고 요청만 보내거나, 서버를 공격하는 것입니다."]
        next ["Responses to those requests are shown without them, and so without their latency.",
              "그 요청에 대한 응답은 요청과 짝짓지 않고, 지연 시간 없이 보여 줍니다."]
    "http.host" "RFC 9112 3.2"
        what ["Host is missing, stands twice, or is malformed.",
              "Host가 없거나, 두 번 나오거나, 형식이 잘못되었습니다."]
        why ["HTTP/1.1 needs exactly one, because many sites share one address.",
             "여러 사이트가 주소 하나를 함께 쓰므로 HTTP/1.1에는 Host가 꼭 하나 있어야 합니다."]
        next ["The server must answer 400. Add the header in the client.",
              "서버는 400으로 답해야 합니다. 클라이언트에서 헤더를 추가하세요."]
    "http.unexpected-response" "RFC 9112 9.2"
        what ["A response came although no request waits for one.",
              "기다리는 요청이 없는데 응답이 왔습니다."]
        why ["A server announces that it closes an idle connection (408), its lengths are off, or the request was not captured.",
             "서버가 조용한 연결을 닫으며 알렸거나(408), 길이가 어긋났거나, 요청이 캡처되지 않은 것입니다."]
        next ["A client must not take it as an answer to a later request.",
              "클라이언트는 이것을 나중 요청의 응답으로 받아들이면 안 됩니다."]
    "http.body-not-allowed" "RFC 9112 6.3"
        what ["A message carries a body although it may have none, such as a 204, a 304 or an answer to HEAD.",
              "204, 304, HEAD의 응답처럼 본문이 있으면 안 되는 메시지에 본문이 있습니다."]
        why ["The server program writes a body without regard to method and status.",
             "서버 프로그램이 메서드와 상태 코드를 확인하지 않고 본문을 썼습니다."]
        next ["The client reads the surplus bytes as the next response: fix the server.",
              "클라이언트는 남은 바이트를 다음 응답으로 읽게 됩니다. 서버를 고치세요."]
    "http.bad-version" "RFC 9112 2.3"
        what ["The version is neither HTTP/1.0 nor HTTP/1.1.",
              "버전이 HTTP/1.0도 HTTP/1.1도 아닙니다."]
        why ["An ancient client (HTTP/0.9 names none), a scanner, or a fault.",
             "아주 오래된 클라이언트(HTTP/0.9에는 버전이 없습니다)나 스캐너, 또는 결함입니다."]
        next ["Servers answer 505 or 400.",
              "서버는 505나 400으로 답합니다."]
    "http.bad-status" "RFC 9110 15"
        what ["The status is not a number from 100 to 599.",
              "상태 코드가 100–599의 숫자가 아닙니다."]
        why ["A program made up a code of its own, or this is no HTTP response.",
             "프로그램이 임의의 코드를 만들었거나 HTTP 응답이 아닌 것입니다."]
        next ["Clients treat it like a 5xx. Use a code of the registry.",
              "클라이언트는 5xx처럼 처리합니다. 등록된 코드를 쓰세요."]
    "http.bad-encoding" "RFC 9110 8.4"
        what ["The body cannot be decoded as Content-Encoding says.",
              "본문이 Content-Encoding에 적힌 방식으로 풀리지 않습니다."]
        why ["The header names another coding than was used, the body was compressed twice or cut, or bytes are missing.",
             "헤더와 다른 방식으로 압축했거나, 두 번 압축했거나, 잘렸거나, 바이트가 빠졌습니다."]
        next ["The raw body is shown. Check who sets the header and who compresses: application and proxy may both do it.",
              "원래 본문을 보여 줍니다. 헤더를 쓰는 쪽과 압축하는 쪽을 확인하세요. 애플리케이션과 프록시가 둘 다 할 수도 있습니다."]
    "http.decode-limit" ""
        what ["The body would decode to more than is kept here; decoding stopped.",
              "압축을 풀면 한도를 넘으므로 도중에 멈췄습니다."]
        why ["It is simply large, or a \"bomb\": few bytes that become very many.",
             "그저 크거나, 적은 바이트가 엄청나게 불어나는 '압축 폭탄'입니다."]
        next ["The beginning is shown. A server that takes such bodies needs a limit too.",
              "앞부분은 보여 줍니다. 이런 본문을 받는 서버에도 한도가 필요합니다."]
};
