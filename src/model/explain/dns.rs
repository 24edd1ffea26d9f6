//! DNS in plain words.

use super::{Entry, explanations};

pub(super) static EVENTS: &[Entry] = explanations! {
    "proxy.header" ""
        what ["A proxy's header in front of the byte stream: between which two ends the connection really runs.",
              "바이트 스트림 맨 앞에 프록시가 붙이는 헤더로, 연결의 실제 양 끝을 알려 줍니다."]
        why ["The server sees the proxy's address as its peer; this header tells it the client's (PROXY protocol).",
             "서버에는 상대가 프록시로 보이므로, 원래 클라이언트의 주소를 이 헤더로 알려 줍니다(PROXY 프로토콜)."]
        next ["The protocol itself, such as TLS or HTTP. A server that does not expect the header takes it for garbage.",
              "TLS나 HTTP 같은 본래 프로토콜이 이어집니다. 이 헤더를 예상하지 못한 서버는 잘못된 데이터로 여깁니다."]
    "dns.query" "RFC 1035 4.1"
        what ["A question to a name server, such as: which address has this name?",
              "네임 서버에 보내는 질문입니다. 예를 들어 이 이름의 주소가 무엇인지 묻습니다."]
        why ["A program wants to connect to a name and needs its address first.",
             "프로그램이 이름으로 접속하려면 먼저 주소를 알아야 합니다."]
        next ["A response with the same id. Without one, the question is asked again after some seconds, perhaps to another server.",
              "같은 id를 가진 응답이 옵니다. 오지 않으면 몇 초 뒤에 다시, 때로는 다른 서버에 묻습니다."]
    "dns.response" "RFC 1035 4.1"
        what ["The answer of the name server: addresses or other records, or an error.",
              "네임 서버의 응답입니다. 주소 같은 레코드나 오류를 알려 줍니다."]
        why ["It answers the query with the same id and question.",
             "id와 질문이 같은 질의에 대한 답입니다."]
        next ["The client connects to one of the addresses and keeps the answer for its TTL. NXDOMAIN means that the name does not exist.",
              "클라이언트는 그중 한 주소로 접속하고, TTL 동안 답을 기억합니다. NXDOMAIN은 없는 이름이라는 뜻입니다."]
    "dns.data" ""
        what ["Bytes of a DNS connection that are no message.",
              "DNS 연결에서 메시지로 읽을 수 없는 바이트입니다."]
        why ["Bytes before them are missing, or they are no DNS.",
             "앞의 바이트가 빠졌거나 DNS가 아닌 것입니다."]
        next ["Look at them as hex; nothing is claimed about them.",
              "16진수로 살펴보세요. 여기서는 아무것도 단정하지 않습니다."]
};

pub(super) static VERDICTS: &[Entry] = explanations! {
    "dns.answered" "RFC 1035 4.1"
        what ["Every question got an answer without an error.",
              "모든 질의가 오류 없이 응답을 받았습니다."]
        why ["The name server is reachable and knows the names, or knows that they have no such record.",
             "네임 서버에 닿을 수 있고, 서버가 그 이름을 알거나 해당 레코드가 없음을 압니다."]
        next ["If it was slow, look at the time of each answer.",
              "느렸다면 응답마다 걸린 시간을 보세요."]
    "dns.failed" "RFC 1035 4.1.1"
        what ["At least one answer says that it did not work, for instance NXDOMAIN or SERVFAIL.",
              "NXDOMAIN이나 SERVFAIL처럼 실패를 알리는 응답이 있습니다."]
        why ["The name does not exist or is misspelt, or the server could not find out.",
             "이름이 없거나 철자가 틀렸거나, 서버가 알아내지 못한 것입니다."]
        next ["Check the name and the search domains first; with SERVFAIL ask another server.",
              "먼저 이름과 검색 도메인을 확인하고, SERVFAIL이면 다른 서버에 물어보세요."]
    "dns.unanswered" "RFC 1035 4.1"
        what ["At least one question got no answer.",
              "응답을 받지 못한 질의가 있습니다."]
        why ["A datagram was lost, the server is not reachable, or a firewall drops it.",
             "데이터그램이 없어졌거나, 서버에 닿지 않거나, 방화벽이 버린 것입니다."]
        next ["Programs then hang for seconds before they connect. Check the server's address and UDP port 53.",
              "이때 프로그램은 접속하기 전에 몇 초씩 멈춥니다. 서버 주소와 UDP 53번 포트를 확인하세요."]
};

pub(super) static RULES: &[Entry] = explanations! {
    "dns.malformed" "RFC 1035 4.1"
        what ["A DNS message ends before all that it announces, or contradicts itself.",
              "DNS 메시지가 예고한 내용보다 먼저 끝나거나 앞뒤가 맞지 않습니다."]
        why ["It was cut on the way or in the capture, or it is no DNS, or made to break parsers.",
             "도중이나 캡처에서 잘렸거나, DNS가 아니거나, 해석기를 망가뜨리려고 만든 것입니다."]
        next ["What could be read is shown. Receivers should drop it.",
              "읽을 수 있는 데까지 보여 줍니다. 받는 쪽은 버려야 합니다."]
};
