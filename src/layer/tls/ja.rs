//! JA3 and JA4: fingerprints of a ClientHello, equal to what their authors publish.
//!
//! JA3 (salesforce/ja3): MD5 of version, suites, extensions, groups and point formats in decimal. JA4
//! (FoxIO, technical_details/JA4.md): readable head, then hashes of the sorted suites and of the sorted extensions
//! with the signature algorithms. Both leave GREASE out.

use std::fmt::Write as _;

use md5::{Digest as _, Md5};
use sha2::Sha256;

use super::hello::ClientHello;
use super::names::is_grease;

/// JA3 as lower-case hex of the MD5.
pub(super) fn ja3(hello: &ClientHello) -> String {
    let mut digest = String::with_capacity(32);
    for byte in Md5::digest(ja3_text(hello)) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

/// What JA3 is the digest of.
pub(super) fn ja3_text(hello: &ClientHello) -> String {
    let extensions: Vec<u16> = hello.extensions.ids().collect();
    let formats: Vec<u16> = hello.extensions.point_formats.iter().map(|&format| format.into()).collect();
    format!(
        "{},{},{},{},{}",
        hello.legacy_version,
        dashed(&hello.cipher_suites),
        dashed(&extensions),
        dashed(&hello.extensions.groups),
        dashed(&formats)
    )
}

fn dashed(numbers: &[u16]) -> String {
    let texts: Vec<String> =
        numbers.iter().filter(|number| !is_grease(**number)).map(u16::to_string).collect();
    texts.join("-")
}

/// JA4, such as `t13d1516h2_8daaf6152771_e5627efa2ab1`.
pub(super) fn ja4(hello: &ClientHello) -> String {
    let plain = |ids: &[u16]| ids.iter().copied().filter(|id| !is_grease(*id)).collect::<Vec<u16>>();
    let mut suites = plain(&hello.cipher_suites);
    let mut extensions: Vec<u16> = hello.extensions.ids().filter(|id| !is_grease(*id)).collect();
    let versions = plain(&hello.extensions.versions);
    let named = if extensions.contains(&0) { 'd' } else { 'i' };
    let head = format!(
        "t{}{named}{:02}{:02}{}",
        version(versions.iter().copied().max().unwrap_or(hello.legacy_version)),
        suites.len().min(99),
        extensions.len().min(99),
        ends(hello.extensions.alpn.first().map(Vec::as_slice).unwrap_or_default())
    );
    suites.sort_unstable();
    extensions.retain(|id| !matches!(id, 0 | 16));
    extensions.sort_unstable();
    let mut parts = hexes(&extensions);
    let algorithms = plain(&hello.extensions.signature_algorithms);
    if !algorithms.is_empty() {
        parts.push('_');
        parts.push_str(&hexes(&algorithms));
    }
    format!("{head}_{}_{}", short(&hexes(&suites)), short(&parts))
}

fn version(id: u16) -> &'static str {
    match id {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// First and last character of the first ALPN name; of its hex where one of them is neither letter nor digit.
fn ends(alpn: &[u8]) -> String {
    let (Some(&first), Some(&last)) = (alpn.first(), alpn.last()) else { return "00".to_owned() };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        return [first, last].map(char::from).iter().collect();
    }
    format!("{:x}{:x}", first >> 4, last & 15)
}

fn hexes(ids: &[u16]) -> String {
    let texts: Vec<String> = ids.iter().map(|id| format!("{id:04x}")).collect();
    texts.join(",")
}

fn short(text: &str) -> String {
    if text.is_empty() {
        return "0".repeat(12);
    }
    let mut digest = String::with_capacity(12);
    for byte in Sha256::digest(text).iter().take(6) {
        let _ = write!(digest, "{byte:02x}");
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tls::extension::Extensions;

    fn hello(versions: &[u16], suites: &[u16], extensions: &[u16], algorithms: &[u16]) -> ClientHello {
        ClientHello {
            legacy_version: 0x0303,
            cipher_suites: suites.to_vec(),
            extensions: Extensions {
                list: extensions.iter().map(|&id| (id, 0..0)).collect(),
                versions: versions.to_vec(),
                alpn: vec![b"h2".to_vec()],
                signature_algorithms: algorithms.to_vec(),
                ..Extensions::default()
            },
            ..ClientHello::default()
        }
    }

    const SUITES: [u16; 16] = [
        0x2a2a, 0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014,
        0x009c, 0x009d, 0x002f, 0x0035,
    ];
    const ALGORITHMS: [u16; 8] = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];

    #[test]
    fn ja4_is_as_its_authors_publish() {
        let extensions = [
            0x3a3a, 0x001b, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002d, 0x000d, 0x0005, 0x0023, 0x0012,
            0x002b, 0xff01, 0x000b, 0x000a, 0x0015, 0x8a8a,
        ];
        let chrome = hello(&[0x7a7a, 0x0304, 0x0303], &SUITES, &extensions, &ALGORITHMS);
        assert_eq!(ja4(&chrome), "t13d1516h2_8daaf6152771_e5627efa2ab1");

        let mut push = hello(
            &[0x0304],
            &SUITES,
            &extensions.into_iter().filter(|id| !matches!(id, 0x10 | 0x4469)).collect::<Vec<_>>(),
            &ALGORITHMS,
        );
        push.extensions.alpn.clear();
        assert_eq!(ja4(&push), "t13d151400_8daaf6152771_de4a06bb82e3");
    }

    #[test]
    fn ja4_of_next_to_nothing() {
        let mut bare = hello(&[], &[], &[], &[]);
        bare.extensions.alpn = vec![vec![0xab]];
        assert_eq!(ja4(&bare), "t12i0000ab_000000000000_000000000000");
    }

    /// The first example of salesforce/ja3's README.
    #[test]
    fn ja3_is_as_its_authors_publish() {
        let mut hello = hello(
            &[],
            &[0x2f, 0x35, 0x05, 0x0a, 0xc009, 0xc00a, 0xc013, 0xc014, 0x32, 0x38, 0x13, 0x04],
            &[0, 10, 11],
            &[],
        );
        hello.legacy_version = 769;
        hello.extensions.groups = vec![23, 24, 25];
        hello.extensions.point_formats = vec![0];
        assert_eq!(ja3_text(&hello), "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
        assert_eq!(ja3(&hello), "ada70206e40642a3e4461f35503241d5");
    }
}
