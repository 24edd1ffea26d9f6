"""TLS between openssl, Python, curl and node: versions, suites, resumption, key updates, alerts. Keys are in the files."""

import time

from ..registry import real
from .recorder import PROGRAMS

PORT = 8443
ASK = "GET /hello.txt HTTP/1.0\r\nHost: server.example.com\r\n\r\n"
TLS13_SUITES = (
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
)
TLS12_SUITES = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-CCM",
    "ECDHE-ECDSA-AES256-CCM8",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
)
RSA_SUITES = ("AES128-GCM-SHA256", "AES256-SHA", "AES128-SHA256", "AES256-CCM", "DHE-RSA-AES128-GCM-SHA256")


def server(stage, *words, kind="ec", files=True):
    """Start `openssl s_server` on the port; with `files` it answers GET with a file, else it echoes lines reversed."""
    if "openssl" not in " ".join(stage.programs):
        stage.uses("openssl")
    (stage.folder / "hello.txt").write_text("hello from inside TLS\n")
    key, certificate = stage.certificate(kind, kind)
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{PORT}", "-key", key, "-cert", certificate, "-quiet"]
    return stage.start(*command, "-WWW" if files else "-rev", *words, port=PORT)


def client(stage, *words, say=ASK, status=(0,)):
    """Run `openssl s_client`, say something, wait until the server hangs up."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{PORT}", "-servername", "server.example.com"]
    stage.run(*command, "-quiet", "-keylogfile", stage.keylog, *words, input=say, status=status)


def talk(stage, *lines, words=()):
    """Run `openssl s_client` by hand: a line or a deed after the other, each with time for an answer; Q leaves."""
    command = ["openssl", "s_client", "-connect", f"127.0.0.1:{PORT}", "-servername", "server.example.com"]
    child = stage.start(*command, "-keylogfile", stage.keylog, *words)
    time.sleep(0.5)
    for line in (*lines, "Q"):
        if callable(line):
            line()
            continue
        child.stdin.write(line + "\n")
        child.stdin.flush()
        time.sleep(1.2)  # s_server -rev sleeps for a second when a record held no data
    child.wait(5)


@real(
    "tls13-suites.pcapng",
    "Can each of the five TLS 1.3 suites be read?",
    "five connections, one suite each (GCM with SHA-256 and SHA-384, ChaCha20, CCM, CCM_8), a GET and its response in each",
)
def tls13_suites(stage):
    server(stage, "-tls1_3", "-ciphersuites", ":".join(TLS13_SUITES))
    stage.listen(f"tcp port {PORT}")
    for suite in TLS13_SUITES:
        client(stage, "-ciphersuites", suite)


@real(
    "tls12-suites.pcapng",
    "Can TLS 1.2 with ECDHE be read under GCM, ChaCha20, CCM and CBC?",
    "eight connections, one suite each; the CBC ones encrypt-then-MAC; a GET and its response in each",
)
def tls12_suites(stage):
    server(stage, "-tls1_2", "-cipher", "ALL")
    stage.listen(f"tcp port {PORT}")
    for suite in TLS12_SUITES:
        client(stage, "-cipher", suite)


@real(
    "tls12-rsa-suites.pcapng",
    "Can TLS 1.2 with RSA and finite-field key exchange be read?",
    "five connections with an RSA certificate: four with RSA key exchange, one with DHE; a GET and its response in each",
)
def tls12_rsa_suites(stage):
    server(stage, "-tls1_2", "-cipher", "ALL", kind="rsa")
    stage.listen(f"tcp port {PORT}")
    for suite in RSA_SUITES:
        client(stage, "-cipher", suite)


@real(
    "tls12-mac-then-encrypt.pcapng",
    "Is CBC read in both orders of MAC and encryption, with and without the extended master secret?",
    "four connections of TLS 1.2 with AES-CBC: encrypt-then-MAC or not, extended master secret or not",
)
def tls12_mac_then_encrypt(stage):
    stage.uses("Python", "openssl")
    server(stage, "-tls1_2", "-cipher", "ALL")
    stage.listen(f"tcp port {PORT}")
    for without in ("", "etm", "ems", "etm,ems"):
        stage.python("tls_client.py", stage.keylog, "ECDHE-ECDSA-AES128-SHA256", without)


@real(
    "tls10-tls11.pcapng",
    "Are TLS 1.0 and 1.1 read and called old (RFC 8996)?",
    "one connection of each version with AES-CBC and SHA-1; a GET and its response in each",
)
def tls10_tls11(stage):
    server(stage, "-cipher", "ALL:@SECLEVEL=0", kind="rsa")
    stage.listen(f"tcp port {PORT}")
    for version in ("-tls1", "-tls1_1"):
        client(stage, version, "-cipher", "AES128-SHA:@SECLEVEL=0")


@real(
    "tls12-camellia-aria.pcapng",
    "Are suites read that few endpoints choose?",
    "TLS 1.2 with Camellia in CBC mode, with ARIA in GCM mode, and without any encryption (NULL-SHA); a GET and its response in each",
)
def tls12_camellia_aria(stage):
    server(stage, "-tls1_2", "-cipher", "ALL:eNULL:@SECLEVEL=0")
    stage.listen(f"tcp port {PORT}")
    for suite in ("ECDHE-ECDSA-CAMELLIA128-SHA256", "ECDHE-ECDSA-ARIA128-GCM-SHA256", "ECDHE-ECDSA-NULL-SHA"):
        client(stage, "-cipher", f"{suite}:@SECLEVEL=0")


@real(
    "tls-old-suites.pcapng",
    "Can SSL 3.0 be read, and what was thrown out of TLS since?",
    "RC4 in SSL 3.0, TLS 1.0 and TLS 1.2, with MD5 and SHA-1 as the MAC; a GET and its response in each of four connections",
)
def tls_old_suites(stage):
    stage.uses("tlslite-ng")
    key, certificate = stage.certificate("rsa", "rsa")
    stage.start("python3", PROGRAMS / "tlslite_server.py", key, certificate, port=PORT)
    stage.listen(f"tcp port {PORT}")
    for words in (("3.0", "rc4", "md5"), ("3.0", "rc4", "sha"), ("3.1", "rc4", "sha"), ("3.3", "rc4", "md5")):
        stage.python("tlslite_client.py", stage.keylog, *words)


@real(
    "tls-unsupported-suite.pcapng",
    "Is a suite that seqdump has no primitive for named as the reason?",
    "TLS 1.2 with SEED in CBC mode (RFC 4162); the records stay closed and the reason is the suite, whatever keys there are",
)
def tls_unsupported_suite(stage):
    stage.uses("NSS")
    key, certificate = stage.certificate("rsa", "rsa")
    store = f"sql:{stage.folder}"
    stage.run("certutil", "-N", "-d", store, "--empty-password")
    bundle = stage.folder / "bundle.p12"
    stage.run("openssl", "pkcs12", "-export", "-inkey", key, "-in", certificate, "-name", "server", "-passout", "pass:", "-out", bundle)
    stage.run("pk12util", "-i", bundle, "-d", store, "-W", "")
    stage.start("selfserv", "-n", "server", "-p", PORT, "-d", store, "-V", "tls1.2:tls1.2", "-c", ":0096", "-D", port=PORT)
    stage.listen(f"tcp port {PORT}")
    (stage.folder / "ask").write_text("GET / HTTP/1.0\r\n\r\n")
    words = ["-h", "127.0.0.1", "-p", PORT, "-d", store, "-V", "tls1.2:tls1.2", "-c", ":0096", "-o", "-4"]
    with (stage.folder / "ask").open() as ask:
        stage.run("tstclnt", *words, stdin=ask, seconds=10)


@real(
    "tls13-resumption.pcapng",
    "Is a resumed TLS 1.3 session told and read?",
    "a full handshake with two tickets, then one with a pre_shared_key and no certificate",
)
def tls13_resumption(stage):
    server(stage, "-tls1_3")
    stage.listen(f"tcp port {PORT}")
    client(stage, "-sess_out", stage.folder / "session")
    client(stage, "-sess_in", stage.folder / "session")


@real(
    "tls12-resumption.pcapng",
    "Is a resumed TLS 1.2 session told and read, by ticket and by session id?",
    "four connections: full, resumed by ticket, full without tickets, resumed by session id",
)
def tls12_resumption(stage):
    server(stage, "-tls1_2")
    stage.listen(f"tcp port {PORT}")
    for words in ((), ("-no_ticket",)):
        session = stage.folder / f"session{len(words)}"
        client(stage, *words, "-sess_out", session)
        client(stage, *words, "-sess_in", session)


@real(
    "tls13-early-data.pcapng",
    "Is early data marked and read?",
    "a full handshake, then a resumed one whose first flight carries application data (0-RTT) and EndOfEarlyData",
)
def tls13_early_data(stage):
    child = server_by_hand(stage, "-tls1_3", "-early_data", "-max_early_data", "4096")
    stage.listen(f"tcp port {PORT}")
    session, early = stage.folder / "session", stage.folder / "early.txt"
    early.write_text("GET /early HTTP/1.0\r\n\r\n")
    talk(stage, "hello", words=("-sess_out", session))
    talk(stage, "after the handshake", words=("-sess_in", session, "-early_data", early))
    child.stdin.close()


def server_by_hand(stage, *words):
    """Start `openssl s_server` that only listens and prints."""
    stage.uses("openssl")
    key, certificate = stage.certificate()
    return stage.start(
        "openssl", "s_server", "-accept", f"127.0.0.1:{PORT}", "-key", key, "-cert", certificate, *words, port=PORT
    )


@real(
    "tls13-hello-retry.pcapng",
    "Is a HelloRetryRequest told, with the group that was missing, and the session read on?",
    "the client sends an X25519 share, the server wants P-256; two ClientHellos, one ServerHello; a GET and its response",
)
def tls13_hello_retry(stage):
    server(stage, "-tls1_3", "-groups", "P-256")
    stage.listen(f"tcp port {PORT}")
    client(stage, "-groups", "X25519:P-256")


@real(
    "tls13-key-update.pcapng",
    "Does reading go on after a KeyUpdate in each direction?",
    "line, echo, KeyUpdate by the client that asks for one back, line, echo, KeyUpdate that asks for none, line, echo",
)
def tls13_key_update(stage):
    server(stage, "-tls1_3", files=False)
    stage.listen(f"tcp port {PORT}")
    talk(stage, "first keys", "K", "second keys", "k", "third keys")


@real(
    "tls13-padding.pcapng",
    "Is record padding taken away, and the true length shown?",
    "TLS 1.3 records padded to multiples of 256 bytes by both sides; a GET and its response",
)
def tls13_padding(stage):
    server(stage, "-tls1_3", "-record_padding", "256")
    stage.listen(f"tcp port {PORT}")
    client(stage, "-record_padding", "256")


@real(
    "tls13-client-certificate.pcapng",
    "Is a client certificate shown (mutual TLS)?",
    "CertificateRequest, then Certificate and CertificateVerify of the client, in TLS 1.3 and in 1.2",
)
def tls13_client_certificate(stage):
    key, certificate = stage.certificate("client", common="client.example.com")
    server(stage, "-Verify", "1", "-CAfile", certificate)
    stage.listen(f"tcp port {PORT}")
    client(stage, "-tls1_3", "-cert", certificate, "-key", key)
    client(stage, "-tls1_2", "-cert", certificate, "-key", key)


@real(
    "tls13-post-handshake-auth.pcapng",
    "Is a certificate that the server asks for after the handshake shown?",
    "line, CertificateRequest, Certificate, CertificateVerify and Finished of the client inside application keys, line",
)
def tls13_post_handshake_auth(stage):
    key, certificate = stage.certificate("client", common="client.example.com")
    child = server_by_hand(stage, "-tls1_3", "-CAfile", certificate)
    stage.listen(f"tcp port {PORT}")

    def ask():
        child.stdin.write("c\n")
        child.stdin.flush()
        time.sleep(0.5)

    talk(stage, "before", ask, "after", words=("-enable_pha", "-cert", certificate, "-key", key))


@real(
    "tls13-external-psk.pcapng",
    "Is a session told that rests on a key agreed beforehand, without any certificate?",
    "pre_shared_key in both hellos, no Certificate, and this is no resumption of a session seen before",
)
def tls13_external_psk(stage):
    stage.uses("openssl")
    words = ("-tls1_3", "-psk", "00112233445566778899aabbccddeeff")
    (stage.folder / "hello.txt").write_text("hello from inside TLS\n")
    stage.start("openssl", "s_server", "-accept", f"127.0.0.1:{PORT}", "-nocert", "-quiet", "-WWW", *words, port=PORT)
    stage.listen(f"tcp port {PORT}")
    client(stage, *words)


@real(
    "tls12-renegotiation.pcapng",
    "Is a second handshake inside a TLS 1.2 connection told, and read on after it?",
    "line, echo, a whole handshake inside the encrypted channel, line, echo",
)
def tls12_renegotiation(stage):
    server(stage, "-tls1_2", "-client_renegotiation", files=False)
    stage.listen(f"tcp port {PORT}")
    talk(stage, "before", "R", "after")


@real(
    "tls-alerts.pcapng",
    "Is an alert named with its likely cause?",
    "unknown_ca in TLS 1.3 (encrypted) and 1.2 (in the clear), protocol_version, handshake_failure, unrecognized_name",
)
def tls_alerts(stage):
    stage.uses("openssl", "curl")
    words = ("-cipher", "ECDHE-ECDSA-AES128-GCM-SHA256", "-servername_fatal", "-servername", "other.example.com")
    key, certificate = stage.certificate("other", common="other.example.com")
    server(stage, *words, "-key2", key, "-cert2", certificate)
    stage.listen(f"tcp port {PORT}")
    curl = ("curl", "-sS", f"https://localhost:{PORT}/hello.txt")
    keys = {"SSLKEYLOGFILE": str(stage.keylog)}
    other = ("curl", "-sS", "--connect-to", f"::127.0.0.1:{PORT}", f"https://other.example.com:{PORT}/hello.txt")
    stage.run(*other, env=keys, status=(60,))
    stage.run(*other, "--tls-max", "1.2", env=keys, status=(60,))
    stage.run(*curl, "--tls-max", "1.1", "--ciphers", "ALL:@SECLEVEL=0", env=keys, status=(35,))
    stage.run(*other, "--tls-max", "1.2", "--ciphers", "ECDHE-ECDSA-AES256-GCM-SHA384", env=keys, status=(35,))
    stage.run(*curl, env=keys, status=(35,))


@real(
    "tls-no-keys.pcapng",
    "What can be said of TLS when no key is at hand?",
    "TLS 1.3 and TLS 1.2 between curl and openssl; hellos readable, records labelled, the reason: no key for this client random",
)
def tls_no_keys(stage):
    stage.uses("curl", "openssl")
    server(stage)
    stage.listen(f"tcp port {PORT}")
    for version in ("1.3", "1.2"):
        stage.run("curl", "-sSk", "--tls-max", version, f"https://localhost:{PORT}/hello.txt")


@real(
    "tls-one-key-missing.pcapng",
    "Is one session of two left closed when its key is not in the log?",
    "two TLS 1.3 connections, keys of the first only; the second: no key for this client random",
)
def tls_one_key_missing(stage):
    server(stage)
    stage.listen(f"tcp port {PORT}")
    client(stage)
    kept = stage.keylog.read_bytes()
    client(stage)
    stage.keylog.write_bytes(kept)


@real(
    "tls-python-ssl.pcapng",
    "Is Python's ssl read, both ends of it?",
    "an HTTPS server and client of Python's standard library, TLS 1.3, two requests on one connection; "
    "the client leaves without close_notify, which the server answers with an alert",
)
def tls_python(stage):
    stage.uses("Python", "openssl")
    key, certificate = stage.certificate()
    stage.start("python3", PROGRAMS / "https_server.py", key, certificate, port=PORT)
    stage.listen(f"tcp port {PORT}")
    stage.python("https_client.py", certificate, stage.keylog)
