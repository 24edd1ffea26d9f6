//! What numbers of the TLS registries are called (IANA, "TLS Parameters" and "TLS ExtensionType Values").

use std::borrow::Cow;

use crate::event::{Field, Value};

/// Whether a value is reserved to be ignored (GREASE, RFC 8701).
pub(super) fn is_grease(id: u16) -> bool {
    id & 0x0f0f == 0x0a0a && id >> 8 == id & 0xff
}

fn or_hex(name: &'static str, id: u16) -> Cow<'static, str> {
    match name {
        "" if is_grease(id) => format!("GREASE (0x{id:04x})").into(),
        "" => format!("0x{id:04x}").into(),
        name => name.into(),
    }
}

/// A protocol version, such as `TLS 1.3`.
pub(super) fn version(id: u16) -> Cow<'static, str> {
    let name = match id {
        0x0002 => "SSL 2.0",
        0x0300 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        _ if is_13(id) => return format!("TLS 1.3 (draft {})", id & 0xff).into(),
        _ => "",
    };
    or_hex(name, id)
}

/// A protocol version as the value of a field: a draft, whose name nobody agreed upon, by its number.
pub(super) fn version_value(id: u16) -> String {
    if id != 0x0304 && is_13(id) { format!("0x{id:04x}") } else { version(id).into_owned() }
}

/// The newest of some versions; a draft is older than what it became.
pub(super) fn newest(versions: impl IntoIterator<Item = u16>) -> Option<u16> {
    let age = |version: &u16| if version >> 8 == 0x7f { (0x0303, *version) } else { (*version, 0) };
    versions.into_iter().filter(|version| !is_grease(*version)).max_by_key(age)
}

/// Whether a version is TLS 1.3 or one of its drafts.
pub(super) fn is_13(version: u16) -> bool {
    version == 0x0304 || version >> 8 == 0x7f
}

/// A cipher suite by its IANA name, such as `TLS_AES_128_GCM_SHA256`.
pub(super) fn suite(id: u16) -> Cow<'static, str> {
    or_hex(tls_parser::TlsCipherSuite::from_id(id).map_or("", |suite| suite.name), id)
}

/// A cipher suite as the event schema writes it: id and name.
pub(super) fn suite_value(id: u16) -> Value {
    Value::Table(vec![Field::new("id", format!("0x{id:04x}")), Field::new("name", suite(id).into_owned())])
}

/// A named group, such as `x25519`.
pub(super) fn group(id: u16) -> Cow<'static, str> {
    let name = match id {
        1 => "sect163k1",
        3 => "sect163r2",
        6 => "sect233k1",
        7 => "sect233r1",
        9 => "sect283k1",
        10 => "sect283r1",
        11 => "sect409k1",
        12 => "sect409r1",
        13 => "sect571k1",
        14 => "sect571r1",
        15 => "secp160k1",
        16 => "secp160r1",
        17 => "secp160r2",
        18 => "secp192k1",
        19 => "secp192r1",
        20 => "secp224k1",
        21 => "secp224r1",
        22 => "secp256k1",
        23 => "secp256r1",
        24 => "secp384r1",
        25 => "secp521r1",
        26 => "brainpoolP256r1",
        27 => "brainpoolP384r1",
        28 => "brainpoolP512r1",
        29 => "x25519",
        30 => "x448",
        31 => "brainpoolP256r1tls13",
        32 => "brainpoolP384r1tls13",
        33 => "brainpoolP512r1tls13",
        41 => "curveSM2",
        256 => "ffdhe2048",
        257 => "ffdhe3072",
        258 => "ffdhe4096",
        259 => "ffdhe6144",
        260 => "ffdhe8192",
        0x0200 => "MLKEM512",
        0x0201 => "MLKEM768",
        0x0202 => "MLKEM1024",
        0x11eb => "SecP256r1MLKEM768",
        0x11ec => "X25519MLKEM768",
        0x11ed => "SecP384r1MLKEM1024",
        0x6399 => "X25519Kyber768Draft00",
        0x639a => "SecP256r1Kyber768Draft00",
        0xff01 => "arbitrary_explicit_prime_curves",
        0xff02 => "arbitrary_explicit_char2_curves",
        _ => "",
    };
    or_hex(name, id)
}

/// A signature scheme, such as `ecdsa_secp256r1_sha256`.
pub(super) fn signature(id: u16) -> Cow<'static, str> {
    let name = match id {
        0x0101 => "rsa_md5",
        0x0201 => "rsa_pkcs1_sha1",
        0x0202 => "dsa_sha1",
        0x0203 => "ecdsa_sha1",
        0x0301 => "rsa_pkcs1_sha224",
        0x0302 => "dsa_sha224",
        0x0303 => "ecdsa_sha224",
        0x0401 => "rsa_pkcs1_sha256",
        0x0402 => "dsa_sha256",
        0x0403 => "ecdsa_secp256r1_sha256",
        0x0420 => "rsa_pkcs1_sha256_legacy",
        0x0501 => "rsa_pkcs1_sha384",
        0x0502 => "dsa_sha384",
        0x0503 => "ecdsa_secp384r1_sha384",
        0x0520 => "rsa_pkcs1_sha384_legacy",
        0x0601 => "rsa_pkcs1_sha512",
        0x0602 => "dsa_sha512",
        0x0603 => "ecdsa_secp521r1_sha512",
        0x0620 => "rsa_pkcs1_sha512_legacy",
        0x0708 => "sm2sig_sm3",
        0x0804 => "rsa_pss_rsae_sha256",
        0x0805 => "rsa_pss_rsae_sha384",
        0x0806 => "rsa_pss_rsae_sha512",
        0x0807 => "ed25519",
        0x0808 => "ed448",
        0x0809 => "rsa_pss_pss_sha256",
        0x080a => "rsa_pss_pss_sha384",
        0x080b => "rsa_pss_pss_sha512",
        0x081a => "ecdsa_brainpoolP256r1tls13_sha256",
        0x081b => "ecdsa_brainpoolP384r1tls13_sha384",
        0x081c => "ecdsa_brainpoolP512r1tls13_sha512",
        0x0904 => "mldsa44",
        0x0905 => "mldsa65",
        0x0906 => "mldsa87",
        _ => "",
    };
    or_hex(name, id)
}

/// An extension type, such as `server_name`.
pub(super) fn extension(id: u16) -> Cow<'static, str> {
    let name = match id {
        0 => "server_name",
        1 => "max_fragment_length",
        2 => "client_certificate_url",
        3 => "trusted_ca_keys",
        4 => "truncated_hmac",
        5 => "status_request",
        6 => "user_mapping",
        9 => "cert_type",
        10 => "supported_groups",
        11 => "ec_point_formats",
        12 => "srp",
        13 => "signature_algorithms",
        14 => "use_srtp",
        15 => "heartbeat",
        16 => "application_layer_protocol_negotiation",
        17 => "status_request_v2",
        18 => "signed_certificate_timestamp",
        19 => "client_certificate_type",
        20 => "server_certificate_type",
        21 => "padding",
        22 => "encrypt_then_mac",
        23 => "extended_main_secret",
        24 => "token_binding",
        27 => "compress_certificate",
        28 => "record_size_limit",
        34 => "delegated_credential",
        35 => "session_ticket",
        40 => "extended_random",
        41 => "pre_shared_key",
        42 => "early_data",
        43 => "supported_versions",
        44 => "cookie",
        45 => "psk_key_exchange_modes",
        47 => "certificate_authorities",
        48 => "oid_filters",
        49 => "post_handshake_auth",
        50 => "signature_algorithms_cert",
        51 => "key_share",
        57 => "quic_transport_parameters",
        58 => "ticket_request",
        13172 => "next_protocol_negotiation",
        17513 => "application_settings",
        17613 => "application_settings_new",
        30031 | 30032 => "channel_id",
        0xfd00 => "ech_outer_extensions",
        0xfe0d => "encrypted_client_hello",
        0xffce => "encrypted_server_name",
        0xff01 => "renegotiation_info",
        _ => "",
    };
    or_hex(name, id)
}

/// A handshake message, as the event schema writes it, such as `certificate`; a number where it has no name.
pub(super) fn message(kind: u8) -> Cow<'static, str> {
    let name = match kind {
        0 => "hello_request",
        1 => "client_hello",
        2 => "server_hello",
        4 => "new_session_ticket",
        5 => "end_of_early_data",
        6 => "hello_retry_request",
        8 => "encrypted_extensions",
        9 => "request_connection_id",
        10 => "new_connection_id",
        11 => "certificate",
        12 => "server_key_exchange",
        13 => "certificate_request",
        14 => "server_hello_done",
        15 => "certificate_verify",
        16 => "client_key_exchange",
        17 => "client_certificate_request",
        20 => "finished",
        21 => "certificate_url",
        22 => "certificate_status",
        23 => "supplemental_data",
        24 => "key_update",
        25 => "compressed_certificate",
        26 => "ekt_key",
        67 => "next_protocol",
        other => return other.to_string().into(),
    };
    name.into()
}

/// A content type of records, as the event schema writes it; a number where it has no name.
pub(super) fn content(kind: u8) -> Cow<'static, str> {
    let name = match kind {
        20 => "change_cipher_spec",
        21 => "alert",
        22 => "handshake",
        23 => "application_data",
        24 => "heartbeat",
        25 => "tls12_cid",
        26 => "ack",
        other => return other.to_string().into(),
    };
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grease_is_told_from_look_alikes() {
        let grease: Vec<u16> = (0..=u16::MAX).filter(|id| is_grease(*id)).collect();
        assert_eq!(grease.len(), 16);
        assert_eq!((grease[0], grease[15]), (0x0a0a, 0xfafa));
    }

    #[test]
    fn suites_have_their_iana_names() {
        assert_eq!(suite(0x1301), "TLS_AES_128_GCM_SHA256");
        assert_eq!(suite(0xcca8), "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");
        assert_eq!((suite(0x9999), suite(0x1a1a)), ("0x9999".into(), "GREASE (0x1a1a)".into()));
    }
}
