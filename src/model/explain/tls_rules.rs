//! What may be remarkable or wrong about TLS, in plain words.

use super::{Entry, explanations};

pub(super) static RULES: &[Entry] = explanations! {
    "tls.downgrade" "RFC 8446 4.1.3"
        what ["The server's random ends with a mark that says: I could do a newer version than this. The client had offered that version.",
              "서버 난수의 끝에 더 높은 버전도 지원한다는 표시가 있습니다. 클라이언트도 그 버전을 제안했습니다."]
        why ["Something on the way removed the newer version from the offer, or a proxy passes on a server's random that is not its own.",
             "중간에서 제안의 높은 버전을 지웠거나, 프록시가 다른 서버의 난수를 그대로 전달한 것입니다."]
        next ["The client must abort with illegal_parameter. Look for a proxy or firewall that inspects TLS.",
              "클라이언트는 illegal_parameter로 중단해야 합니다. TLS를 검사하는 프록시나 방화벽이 있는지 살펴보세요."]
    "tls.hrr" "RFC 8446 4.1.4"
        what ["The server asked for another ClientHello.",
              "서버가 ClientHello를 다시 요청했습니다."]
        why ["The client's key share was for a group that the server does not take.",
             "클라이언트가 보낸 키의 그룹을 서버가 받지 않습니다."]
        next ["Harmless, but it costs a round trip. Let client and server prefer the same group.",
              "해롭지 않지만 왕복이 한 번 늘어납니다. 클라이언트와 서버가 같은 그룹을 우선하게 하세요."]
    "tls.second-hrr" "RFC 8446 4.1.4"
        what ["The server asked for another ClientHello a second time.",
              "서버가 ClientHello를 두 번째로 다시 요청했습니다."]
        why ["Only one is allowed in a connection: the server, or something that plays it, has a fault.",
             "한 연결에 한 번만 허용됩니다. 서버나 서버인 척하는 장비에 결함이 있습니다."]
        next ["The client must abort with unexpected_message. Update or replace the server's TLS library.",
              "클라이언트는 unexpected_message로 중단해야 합니다. 서버의 TLS 라이브러리를 업데이트하거나 바꾸세요."]
    "tls.alert" "RFC 8446 6"
        what ["An alert other than close_notify was sent.",
              "close_notify가 아닌 Alert가 왔습니다."]
        why ["Its sender found something wrong; the name says what.",
             "보낸 쪽이 문제를 발견했습니다. 무엇인지는 이름에 있습니다."]
        next ["Look at what the other side sent right before. unknown_ca and certificate_expired are about certificates, handshake_failure about ciphers.",
              "상대가 바로 앞에 보낸 것을 보세요. unknown_ca와 certificate_expired는 인증서, handshake_failure는 암호 방식 문제입니다."]
    "tls.bad-record" "RFC 8446 5.1"
        what ["A record has a type that does not exist, is longer than allowed, or holds what its type may not.",
              "없는 종류이거나, 허용 길이를 넘거나, 종류에 맞지 않는 내용을 담은 레코드입니다."]
        why ["It is no TLS at all (plain HTTP sent to a TLS port, for instance), or bytes are missing.",
             "TLS 포트로 보낸 평문 HTTP처럼 TLS가 아니거나, 바이트가 빠진 것입니다."]
        next ["Look at the bytes: readable text means that a client or proxy forgot to encrypt.",
              "바이트를 보세요. 읽을 수 있는 글자라면 클라이언트나 프록시가 암호화를 빠뜨린 것입니다."]
    "tls.bad-handshake" "RFC 8446 4"
        what ["A handshake message does not parse, or is longer than is kept.",
              "핸드셰이크 메시지를 해석할 수 없거나 보관 한도보다 깁니다."]
        why ["A TLS library has a fault, bytes are missing, or somebody tests it with broken input.",
             "TLS 라이브러리에 결함이 있거나, 바이트가 빠졌거나, 누군가 잘못된 입력으로 시험하는 것입니다."]
        next ["The receiver should answer with decode_error. What could be read is shown.",
              "받는 쪽은 decode_error로 답해야 합니다. 읽을 수 있는 데까지 보여 줍니다."]
    "tls.bad-extension" "RFC 8446 4.2"
        what ["An extension stands twice in a message, or is longer than its room.",
              "한 메시지에 같은 확장이 두 번 나오거나, 확장이 주어진 자리보다 깁니다."]
        why ["A TLS library or a box on the way builds messages wrongly.",
             "TLS 라이브러리나 중간 장비가 메시지를 잘못 만든 것입니다."]
        next ["The receiver must abort with illegal_parameter or decode_error. Update the sender.",
              "받는 쪽은 illegal_parameter나 decode_error로 중단해야 합니다. 보낸 쪽을 업데이트하세요."]
    "tls.bad-sni" "RFC 6066 3"
        what ["The server name asked for is no host name: an IP address, empty, or with characters that none may have.",
              "요청한 서버 이름이 호스트 이름이 아닙니다. IP 주소이거나, 비어 있거나, 쓸 수 없는 문자가 있습니다."]
        why ["The client was given an address instead of a name, or builds the name from unchecked input.",
             "클라이언트가 이름 대신 주소로 접속했거나, 검사하지 않은 입력으로 이름을 만들었습니다."]
        next ["The server may answer with a default certificate or an alert. Connect by name.",
              "서버가 기본 인증서나 경고로 답할 수 있습니다. 이름으로 접속하세요."]
    "tls.unoffered" "RFC 8446 4.1.3"
        what ["The server chose something that the client had not offered.",
              "클라이언트가 제안하지 않은 것을 서버가 골랐습니다."]
        why ["The server has a fault, or something on the way changed the ClientHello.",
             "서버에 결함이 있거나 중간에서 ClientHello가 바뀌었습니다."]
        next ["The client must abort with illegal_parameter or unsupported_extension. Compare both hellos.",
              "클라이언트는 illegal_parameter나 unsupported_extension으로 중단해야 합니다. 두 hello를 비교하세요."]
    "tls.legacy-version" "RFC 8996"
        what ["A version that must no longer be used: SSL 2, SSL 3, TLS 1.0 or TLS 1.1.",
              "더는 쓰지 말아야 하는 버전입니다(SSL 2, SSL 3, TLS 1.0, TLS 1.1)."]
        why ["One side is old, or configured for old partners.",
             "한쪽이 오래되었거나 오래된 상대에 맞춰 설정되어 있습니다."]
        next ["Known attacks break these versions. Allow TLS 1.2 and 1.3 only.",
              "알려진 공격으로 뚫립니다. TLS 1.2와 1.3만 허용하세요."]
    "tls.heartbeat" "RFC 6520 4"
        what ["A heartbeat claims more payload than its record holds.",
              "하트비트가 레코드에 든 것보다 많은 페이로드가 있다고 주장합니다."]
        why ["This is how Heartbleed (CVE-2014-0160) makes a server answer with its memory.",
             "Heartbleed(CVE-2014-0160)가 서버 메모리를 빼내는 방법입니다."]
        next ["It must be ignored. If a long answer follows, the server is vulnerable: update it and change its keys.",
              "무시해야 하는 메시지입니다. 긴 응답이 뒤따르면 서버가 취약한 것이니 업데이트하고 키를 바꾸세요."]
    "tls.decrypt-failed" "RFC 8446 5.2"
        what ["The keys at hand do not open this record.",
              "가진 키로 이 레코드를 열 수 없습니다."]
        why ["The key log is of another run or connection, or bytes were changed or are missing.",
             "키 로그가 다른 실행이나 연결의 것이거나, 바이트가 바뀌었거나 빠졌습니다."]
        next ["Take key log and capture from the same run. If the receiver answers with bad_record_mac, the bytes were damaged.",
              "키 로그와 캡처를 같은 실행에서 얻으세요. 받는 쪽이 bad_record_mac으로 답한다면 바이트가 손상된 것입니다."]
    "tls.bad-keylog" "RFC 9850"
        what ["A line of the key log was ignored: it is not of the form LABEL, client random, secret.",
              "키 로그의 한 줄을 무시했습니다. '레이블, 클라이언트 난수, 비밀' 형식이 아닙니다."]
        why ["The file is damaged, was cut while it was written, or is something else.",
             "파일이 손상되었거나, 기록 중에 잘렸거나, 다른 종류의 파일입니다."]
        next ["The other lines are used. If decryption fails, check that the right file was given.",
              "나머지 줄은 사용합니다. 복호화되지 않으면 올바른 파일인지 확인하세요."]
};
