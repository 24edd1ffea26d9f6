//! TLS events and verdicts in plain words.

use super::{Entry, explanations};

pub(super) static EVENTS: &[Entry] = explanations! {
    "tls.client_hello" "RFC 8446 4.1.2"
        what ["The first message of TLS: the client says which versions, ciphers and key exchanges it can do, and which server it wants (SNI).",
              "TLS의 첫 메시지입니다. 클라이언트가 지원하는 버전, 암호, 키 교환 방식과 원하는 서버 이름(SNI)을 알립니다."]
        why ["Nothing is agreed yet, so it is mostly in the clear: anyone on the way can read the server's name unless it is encrypted (ECH).",
             "아직 정해진 것이 없어 대부분 평문입니다. ECH로 암호화하지 않으면 서버 이름을 중간에서 누구나 볼 수 있습니다."]
        next ["A ServerHello that chooses from it, a HelloRetryRequest, or an alert if nothing suits.",
              "그중에서 고른 ServerHello나 HelloRetryRequest가 오고, 맞는 것이 없으면 Alert가 옵니다."]
    "tls.server_hello" "RFC 8446 4.1.3"
        what ["The server chooses version, cipher suite and key exchange.",
              "서버가 버전, 암호 스위트, 키 교환 방식을 고릅니다."]
        why ["With this both sides can compute the keys. In TLS 1.3 everything behind it is encrypted already.",
             "이제 양쪽이 키를 계산할 수 있습니다. TLS 1.3에서는 이 뒤의 모든 것이 암호화됩니다."]
        next ["The server's certificate and Finished, then the client's Finished. A resumed session needs no certificate.",
              "서버의 인증서와 Finished, 이어서 클라이언트의 Finished가 옵니다. 재개한 세션에는 인증서가 필요 없습니다."]
    "tls.hello_retry_request" "RFC 8446 4.1.4"
        what ["The server could go on, but not with the key share that the client sent; it asks for another ClientHello.",
              "진행할 수는 있지만 클라이언트가 보낸 키로는 안 되어, 서버가 ClientHello를 다시 요청합니다."]
        why ["The client guessed a group that the server does not take, or the server wants a cookie.",
             "클라이언트가 예상한 그룹을 서버가 받지 않거나, 서버가 쿠키를 원합니다."]
        next ["A second ClientHello with the group named here. It costs one round trip; let the client offer this group first to save it.",
              "여기 적힌 그룹으로 ClientHello가 다시 옵니다. 왕복이 한 번 늘어나므로, 클라이언트가 이 그룹을 먼저 제안하게 하면 줄일 수 있습니다."]
    "tls.handshake" "RFC 8446 4"
        what ["A further handshake message, such as Certificate, CertificateVerify, Finished or NewSessionTicket.",
              "Certificate, CertificateVerify, Finished, NewSessionTicket 같은 그 밖의 핸드셰이크 메시지입니다."]
        why ["Certificates and signatures prove who somebody is; Finished proves that nobody changed the handshake; tickets make the next one shorter.",
             "인증서와 서명은 신원을, Finished는 핸드셰이크가 변조되지 않았음을 증명하고, 티켓은 다음 핸드셰이크를 줄여 줍니다."]
        next ["When both sides have sent Finished, application data follows. An alert here means that something was not believed.",
              "양쪽이 Finished를 보내면 애플리케이션 데이터가 이어집니다. 여기서 Alert가 오면 무언가를 믿지 못한 것입니다."]
    "tls.established" "RFC 8446 2"
        what ["The handshake is over. This row sums up what was agreed: version, cipher suite, group, names, round trips.",
              "핸드셰이크가 끝났습니다. 버전, 암호 스위트, 그룹, 이름, 왕복 횟수 등 합의한 내용을 요약한 행입니다."]
        why ["It is no message of its own, but what the messages before it amount to.",
             "따로 보낸 메시지가 아니라 앞의 메시지들을 종합한 결과입니다."]
        next ["Application data. If it cannot be decrypted here, the reason stands in the row.",
              "애플리케이션 데이터가 이어집니다. 여기서 복호화할 수 없다면 그 이유가 이 행에 있습니다."]
    "tls.encrypted" "RFC 8446 5.2"
        what ["Records whose content cannot be read here; their type as far as it is visible, and their length.",
              "여기서 내용을 읽을 수 없는 레코드입니다. 보이는 만큼의 종류와 길이만 표시합니다."]
        why ["The keys are not known, or do not fit; the reason is among the fields.",
             "키가 없거나 맞지 않습니다. 이유는 필드에 있습니다."]
        next ["Run the client with SSLKEYLOGFILE set and give that file with --keylog. Sizes and times can be read even without.",
              "SSLKEYLOGFILE을 설정해 클라이언트를 실행하고 그 파일을 --keylog로 지정하세요. 키가 없어도 크기와 시각은 볼 수 있습니다."]
    "tls.record" "RFC 8446 5"
        what ["A record of application data that was decrypted.",
              "복호화한 애플리케이션 데이터 레코드입니다."]
        why ["TLS cuts the stream into records of at most 16 KiB; each is encrypted and checked by itself.",
             "TLS는 스트림을 최대 16 KiB의 레코드로 나누어 하나씩 암호화하고 검증합니다."]
        next ["What is in it is told by the rows of the protocol above. Record boundaries mean nothing to the application.",
              "안의 내용은 상위 프로토콜의 행에서 볼 수 있습니다. 레코드의 경계는 애플리케이션에 의미가 없습니다."]
    "tls.alert" "RFC 8446 6"
        what ["One side says that it closes the channel (close_notify), or that something is wrong.",
              "채널을 닫는다거나(close_notify) 문제가 있다고 알리는 메시지입니다."]
        why ["A close_notify makes sure that the end is not a cut. Any other alert names the error that its sender found.",
             "close_notify는 끊김이 아니라 종료임을 보장합니다. 다른 경고는 보낸 쪽이 발견한 오류를 나타냅니다."]
        next ["After close_notify, a FIN. After an error, the connection ends: fix what the alert names, on the side that did not send it.",
              "close_notify 뒤에는 FIN이 옵니다. 오류라면 연결이 끝납니다. 대개 경고를 받은 쪽에서 원인을 고쳐야 합니다."]
    "tls.change_cipher_spec" "RFC 5246 7.1"
        what ["From the next record on, this side encrypts. In TLS 1.3 it means nothing and is sent for old middleboxes only.",
              "다음 레코드부터 암호화한다는 뜻입니다. TLS 1.3에서는 의미가 없고 오래된 중간 장비를 위해서만 보냅니다."]
        why ["TLS 1.2 and older switch to the new keys with it (TLS 1.3: RFC 8446 D.4).",
             "TLS 1.2 이하에서는 이것으로 새 키로 바꿉니다(TLS 1.3은 RFC 8446 D.4)."]
        next ["In TLS 1.2 an encrypted Finished.",
              "TLS 1.2에서는 암호화된 Finished가 이어집니다."]
    "tls.heartbeat" "RFC 6520"
        what ["A question whether the other side is there, or its answer, inside TLS.",
              "상대가 있는지 TLS 안에서 묻거나 답하는 메시지입니다."]
        why ["It was meant to keep connections alive; hardly anything uses it today, save for attacks (Heartbleed).",
             "연결을 유지하려고 만들었지만 지금은 공격(Heartbleed) 말고는 거의 쓰이지 않습니다."]
        next ["A request is answered with the same bytes. An answer longer than the request leaks memory.",
              "요청에는 같은 바이트로 답합니다. 답이 요청보다 길면 메모리가 새는 것입니다."]
    "tls.data" ""
        what ["Decrypted bytes inside TLS that no protocol known here claimed.",
              "복호화했지만 여기서 아는 프로토콜에 해당하지 않는 바이트입니다."]
        why ["The application speaks a protocol of its own.",
             "애플리케이션이 자체 프로토콜을 쓰는 것입니다."]
        next ["Look at the bytes as text or hex.",
              "바이트를 텍스트나 16진수로 살펴보세요."]
};

pub(super) static VERDICTS: &[Entry] = explanations! {
    "tls.read" "RFC 8446 2"
        what ["The TLS handshake succeeded, and every record that came could be read.",
              "TLS 핸드셰이크가 성공했고, 온 레코드를 모두 읽었습니다."]
        why ["The keys were in the key log or in the capture.",
             "키 로그나 캡처 파일에 키가 있었습니다."]
        next ["Look at the version and cipher suite: TLS 1.2 or newer is as it should be.",
              "버전과 암호 스위트를 확인하세요. TLS 1.2 이상이면 괜찮습니다."]
    "tls.sealed" "RFC 8446 5.2"
        what ["The TLS handshake succeeded, but the data could not be decrypted here.",
              "TLS 핸드셰이크는 성공했지만 여기서 데이터를 복호화하지 못했습니다."]
        why ["The reason stands in the sentence: mostly no key for this connection was given.",
             "이유는 판정 문장에 있습니다. 대개 이 연결의 키가 없는 것입니다."]
        next ["Run the program again with SSLKEYLOGFILE set, and give the file with --keylog.",
              "SSLKEYLOGFILE을 설정해 프로그램을 다시 실행하고, 그 파일을 --keylog로 지정하세요."]
    "tls.read-in-part" "RFC 8446 5.2"
        what ["Some records could be decrypted, others not.",
              "일부 레코드만 복호화할 수 있었습니다."]
        why ["A secret is missing from the key log, or bytes are missing from the capture.",
             "키 로그에 비밀 하나가 없거나 캡처에서 바이트가 빠졌습니다."]
        next ["What is shown is right but not everything. Make sure that the key log is complete and no packets are dropped.",
              "보이는 것은 맞지만 전부는 아닙니다. 키 로그가 온전한지, 놓친 패킷이 없는지 확인하세요."]
    "tls.unknown" ""
        what ["TLS records without a handshake that could be read.",
              "읽을 수 있는 핸드셰이크 없이 TLS 레코드만 보입니다."]
        why ["The connection was open before the capture began, or its first bytes are missing.",
             "캡처 전에 이미 열려 있었거나 첫 바이트가 빠졌습니다."]
        next ["Without the handshake no key can be matched to it. Reconnect while capturing.",
              "핸드셰이크가 없으면 키를 맞출 수 없습니다. 캡처 중에 다시 연결하세요."]
    "tls.refused" "RFC 8446 6.2"
        what ["A fatal alert ended the handshake.",
              "치명적 Alert로 핸드셰이크가 끝났습니다."]
        why ["The alert names it: no common version or cipher, an untrusted or expired certificate, an unknown server name.",
             "이유는 경고에 있습니다. 공통 버전이나 암호가 없거나, 인증서를 믿을 수 없거나 만료되었거나, 서버 이름을 모르는 경우입니다."]
        next ["Who sent the alert objects to what the other side sent: compare with the hello or certificate before it.",
              "경고를 보낸 쪽이 상대가 보낸 것을 문제 삼은 것입니다. 그 앞의 hello나 인증서와 비교하세요."]
    "tls.unfinished" "RFC 8446 4.4.4"
        what ["The TLS handshake did not come to its end.",
              "TLS 핸드셰이크가 끝까지 가지 못했습니다."]
        why ["One side closed the connection without an alert, or the capture ended before.",
             "한쪽이 Alert 없이 연결을 닫았거나, 그 전에 캡처가 끝난 것입니다."]
        next ["See what the last message was and who closed: a client that closes after the certificate often does not trust it.",
              "마지막 메시지와 닫은 쪽을 보세요. 인증서를 받고 닫은 클라이언트는 그것을 믿지 못한 경우가 많습니다."]
};
