//! The fields of TCP, UDP and DNS, and those that any event may have, in plain words.

use super::{Meaning, fields};

pub(super) static FIELDS: &[Meaning] = fields! {
    "tcp" "flags"
        ["The control bits of the header: SYN opens, FIN closes, RST tears down, ACK acknowledges, PSH says: hand it to the program now.",
         "헤더의 제어 비트입니다. SYN은 열고, FIN은 닫고, RST는 끊고, ACK는 확인하고, PSH는 바로 프로그램에 넘기라는 뜻입니다."]
    "tcp" "seq"
        ["Sequence number: the place of the first byte of this segment in its direction's stream (RFC 9293 3.4).",
         "순서 번호입니다. 이 세그먼트의 첫 바이트가 스트림의 어디에 놓이는지 나타냅니다(RFC 9293 3.4)."]
    "tcp" "seq_relative"
        ["The sequence number counted from the start of the connection, which is easier to read.",
         "연결의 시작부터 센 순서 번호로, 읽기 쉽습니다."]
    "tcp" "ack"
        ["Acknowledgement number: the next byte that this side expects; all before it has arrived.",
         "확인 응답 번호입니다. 다음에 받을 바이트의 번호이며, 그 앞은 모두 받았다는 뜻입니다."]
    "tcp" "ack_relative"
        ["The acknowledgement number counted from the start of the other direction.",
         "상대 방향의 시작부터 센 확인 응답 번호입니다."]
    "tcp" "window"
        ["How many more bytes this side will take, as written in the header; to be scaled.",
         "앞으로 더 받을 수 있는 바이트 수로, 헤더에 적힌 값입니다. 배율을 곱해야 합니다."]
    "tcp" "window_bytes"
        ["How many more bytes this side will take: the window with its scale applied.",
         "앞으로 더 받을 수 있는 바이트 수로, 윈도에 배율을 적용한 값입니다."]
    "tcp" "len"
        ["Payload bytes.",
         "페이로드의 바이트 수입니다."]
    "tcp" "mss"
        ["Maximum segment size: the most payload that this side takes in one segment, 1460 on Ethernet with IPv4 (RFC 9293 3.7.1).",
         "최대 세그먼트 크기입니다. 세그먼트 하나로 받을 수 있는 최대 페이로드이며, 이더넷의 IPv4에서는 1460입니다(RFC 9293 3.7.1)."]
    "tcp" "window_scale"
        ["By how many bits this side's later windows are to be shifted left, so that they can exceed 64 KiB. It counts only if both SYNs carry it (RFC 7323 2).",
         "이후의 윈도 값을 왼쪽으로 몇 비트 옮길지 나타냅니다. 64 KiB를 넘는 윈도를 쓰기 위한 것이며, 양쪽 SYN에 모두 있어야 적용됩니다(RFC 7323 2)."]
    "tcp" "sack_permitted"
        ["This side understands selective acknowledgements, which name what arrived behind a hole (RFC 2018).",
         "선택적 확인 응답(SACK)을 지원한다는 뜻입니다. 빈자리 뒤에 도착한 부분을 알릴 수 있습니다(RFC 2018)."]
    "tcp" "options"
        ["All options of the header, in order: MSS, window scale, SACK, timestamps and others.",
         "헤더의 모든 옵션을 순서대로 보여 줍니다. MSS, 윈도 확대, SACK, 타임스탬프 등입니다."]
    "tcp" "sack"
        ["Ranges that arrived behind a hole: the sender need repeat only what is between (RFC 2018).",
         "빈자리 뒤에 이미 도착한 범위입니다. 보내는 쪽은 그 사이만 다시 보내면 됩니다(RFC 2018)."]
    "tcp" "timestamps"
        ["The sender's clock and the echo of the other's, to measure round trips and drop old duplicates (RFC 7323 3).",
         "보낸 쪽의 시계 값과 상대 값을 되돌려 준 것입니다. 왕복 시간을 재고 오래된 중복을 버리는 데 씁니다(RFC 7323 3)."]
    "tcp" "fast_open"
        ["The TCP Fast Open cookie: it lets a known client send data in its SYN (RFC 7413).",
         "TCP Fast Open 쿠키입니다. 전에 연결한 클라이언트가 SYN에 데이터를 실을 수 있게 합니다(RFC 7413)."]
    "tcp" "mptcp"
        ["An option of Multipath TCP, which uses several ways at once (RFC 8684).",
         "여러 경로를 함께 쓰는 Multipath TCP의 옵션입니다(RFC 8684)."]
    "tcp" "urgent_pointer"
        ["Where the urgent data ends, counted from the sequence number.",
         "긴급 데이터가 끝나는 위치로, 순서 번호부터 셉니다."]
    "udp" "source_port"
        ["The port that sent it; the answer goes back there.",
         "보낸 쪽 포트입니다. 답은 이곳으로 돌아갑니다."]
    "udp" "destination_port"
        ["The port that it is for; it tells the service, such as 53 for DNS.",
         "받는 쪽 포트입니다. DNS의 53처럼 서비스를 나타냅니다."]
    "dns" "id"
        ["The number that pairs an answer with its question.",
         "질의와 응답의 짝을 맞추는 번호입니다."]
    "dns" "name"
        ["The name that is asked about.",
         "질의하는 이름입니다."]
    "dns" "qtype"
        ["What is asked for: A an IPv4 address, AAAA an IPv6 address, CNAME another name, MX a mail server.",
         "무엇을 묻는지 나타냅니다. A는 IPv4 주소, AAAA는 IPv6 주소, CNAME은 다른 이름, MX는 메일 서버입니다."]
    "dns" "opcode"
        ["What kind of question it is, where it is no ordinary one.",
         "일반 질의가 아닐 때 그 종류입니다."]
    "dns" "rcode"
        ["How it went: NOERROR, NXDOMAIN (no such name), SERVFAIL (could not find out), REFUSED.",
         "처리 결과입니다. NOERROR는 성공, NXDOMAIN은 없는 이름, SERVFAIL은 알아내지 못함, REFUSED는 거절입니다."]
    "dns" "answers"
        ["The records of the answer, each with how long it may be kept (ttl, seconds).",
         "응답의 레코드입니다. 각각 기억해도 되는 시간(ttl, 초)이 있습니다."]
    "dns" "authoritative"
        ["Whether the server owns the name, or only passes on what it knows.",
         "서버가 그 이름을 직접 관리하는지, 아는 것을 전할 뿐인지 나타냅니다."]
    "dns" "truncated"
        ["The answer did not fit in a datagram: the client asks again over TCP.",
         "응답이 데이터그램에 다 들어가지 않았습니다. 클라이언트는 TCP로 다시 묻습니다."]
    "dns" "response_us"
        ["Microseconds between question and answer.",
         "질의에서 응답까지의 마이크로초입니다."]
    "*" "len"
        ["How many bytes.",
         "바이트 수입니다."]
    "*" "missing"
        ["How many bytes were never captured.",
         "캡처되지 않은 바이트 수입니다."]
    "*" "lossy"
        ["The text is not UTF-8; what could not be read was replaced.",
         "텍스트가 UTF-8이 아니어서 읽을 수 없는 부분을 바꿔 표시했습니다."]
    "*" "h2_stream"
        ["The HTTP/2 stream that carries it.",
         "이것이 실린 HTTP/2 스트림입니다."]
};
