//! From logged secrets to the keys of records: the PRF of TLS 1.0 to 1.2 (RFC 5246 5 and 6.3, RFC 2246 5) and
//! HKDF-Expand-Label of TLS 1.3 (RFC 8446 7.1 to 7.3). Whatever comes out is zeroed when it is dropped.

use hkdf::Hkdf;
use hmac::digest::Digest;
use hmac::{Hmac, KeyInit};
use md5::Md5;
use sha1::Sha1;
use sha2::{Sha256, Sha384};
use zeroize::Zeroizing;

use super::suite::{Algorithm, Hash, Suite};
use crate::event::Side;

/// Bytes that are zeroed when they are dropped.
pub(super) type Secret = Zeroizing<Vec<u8>>;

/// The keys of one direction.
pub(super) struct Keys {
    /// The key of the cipher.
    pub(super) key: Secret,
    /// The nonce that the record number goes into, its fixed part, or the first IV.
    pub(super) iv: Secret,
    /// The key of the MAC, for suites that have one.
    pub(super) mac: Secret,
}

/// The keys of what `side` sends, from the master secret and both randoms (RFC 5246 6.3).
pub(super) fn keys_12(
    suite: Suite,
    version: u16,
    master: &[u8],
    randoms: (&[u8; 32], &[u8; 32]),
    side: Side,
) -> Option<Keys> {
    let (mac, iv) = match suite.algorithm {
        Algorithm::Gcm(_) | Algorithm::Ccm(_) => (0, 4),
        Algorithm::ChaCha => (0, 12),
        Algorithm::Cbc(block, mac) => (mac.len(), if version <= 0x0301 { block.len() } else { 0 }),
        Algorithm::Rc4(mac) | Algorithm::Null(mac) => (mac.len(), 0),
    };
    let (client, server) = randoms;
    let mut block: Secret = Zeroizing::new(vec![0; 2 * (mac + suite.key + iv)]);
    prf(suite.hash, master, b"key expansion", &[server.as_slice(), client].concat(), &mut block)?;
    let mut rest = block.as_slice();
    let mut pair = |len: usize| {
        let (own, after) = rest.split_at_checked(2 * len)?;
        rest = after;
        own.get(len * side as usize..)?.get(..len).map(|part| Zeroizing::new(part.to_vec()))
    };
    let (mac, key, iv) = (pair(mac)?, pair(suite.key)?, pair(iv)?);
    Some(Keys { key, iv, mac })
}

/// The keys of a traffic secret (RFC 8446 7.3).
pub(super) fn keys_13(suite: Suite, version: u16, secret: &[u8]) -> Option<Keys> {
    Some(Keys {
        key: expand_label((suite.hash, version), secret, b"key", suite.key)?,
        iv: expand_label((suite.hash, version), secret, b"iv", 12)?,
        mac: Zeroizing::default(),
    })
}

/// The traffic secret behind a KeyUpdate (RFC 8446 7.2).
pub(super) fn next_secret(suite: Suite, version: u16, secret: &[u8]) -> Option<Secret> {
    expand_label((suite.hash, version), secret, b"traffic upd", secret.len())
}

fn expand_label((hash, version): (Hash, u16), secret: &[u8], label: &[u8], len: usize) -> Option<Secret> {
    // Drafts before the 20th had another prefix.
    let prefix: &[u8] = if (0x7f00..0x7f14).contains(&version) { b"TLS 1.3, " } else { b"tls13 " };
    let name = [prefix, label].concat();
    let mut info = u16::try_from(len).ok()?.to_be_bytes().to_vec();
    info.push(u8::try_from(name.len()).ok()?);
    info.extend(name);
    info.push(0);
    let mut out = Zeroizing::new(vec![0; len]);
    match hash {
        Hash::Sha384 => Hkdf::<Sha384>::from_prk(secret).ok()?.expand(&info, &mut out).ok()?,
        _ => Hkdf::<Sha256>::from_prk(secret).ok()?.expand(&info, &mut out).ok()?,
    }
    Some(out)
}

fn prf(hash: Hash, secret: &[u8], label: &[u8], randoms: &[u8], out: &mut [u8]) -> Option<()> {
    let seed = [label, randoms].concat();
    match hash {
        Hash::Ssl3 => blocks_of_ssl3(secret, randoms, out),
        Hash::Sha256 => p_hash::<Hmac<Sha256>>(secret, &seed, out),
        Hash::Sha384 => p_hash::<Hmac<Sha384>>(secret, &seed, out),
        Hash::Md5Sha1 => {
            // The halves share the middle byte of a secret of odd length (RFC 2246 5).
            let half = secret.len().div_ceil(2);
            p_hash::<Hmac<Md5>>(secret.get(..half)?, &seed, out)?;
            p_hash::<Hmac<Sha1>>(secret.get(secret.len() - half..)?, &seed, out)
        }
    }
}

/// The key block of SSL 3.0 (RFC 6101 6.2.2).
fn blocks_of_ssl3(secret: &[u8], randoms: &[u8], out: &mut [u8]) -> Option<()> {
    for (block, letter) in out.chunks_mut(16).zip(b'A'..=b'Z') {
        let count = usize::from(letter - b'A') + 1;
        let inner = Sha1::new().chain_update(vec![letter; count]);
        let inner = inner.chain_update(secret).chain_update(randoms).finalize();
        let made = Zeroizing::new(Md5::new().chain_update(secret).chain_update(inner).finalize().to_vec());
        block.copy_from_slice(made.get(..block.len())?);
    }
    Some(())
}

/// `P_hash`, combined into `out` by exclusive or.
fn p_hash<H: hmac::Mac + KeyInit>(secret: &[u8], seed: &[u8], out: &mut [u8]) -> Option<()> {
    let digest = |parts: [&[u8]; 2]| {
        let mut mac = <H as KeyInit>::new_from_slice(secret).ok()?;
        parts.iter().for_each(|part| mac.update(part));
        Some(Zeroizing::new(mac.finalize().into_bytes().to_vec()))
    };
    let mut a = digest([seed, &[]])?;
    let mut left = out;
    while !left.is_empty() {
        let block = digest([&a, seed])?;
        let (here, after) = left.split_at_mut(block.len().min(left.len()));
        here.iter_mut().zip(block.iter()).for_each(|(out, byte)| *out ^= byte);
        left = after;
        a = digest([&a, &[]])?;
    }
    Some(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::layer::tls) fn unhex(text: &str) -> Vec<u8> {
        let digits: Vec<u8> = text.chars().filter_map(|c| c.to_digit(16)).map(|digit| digit as u8).collect();
        digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
    }

    /// RFC 8448 3, "Simple 1-RTT Handshake": server handshake traffic secret to key and IV, and both application
    /// traffic secrets.
    #[test]
    fn the_schedule_is_that_of_rfc_8448() {
        let suite = Suite::of(0x1301, 0x0304).unwrap();
        for (secret, key, iv) in [
            (
                "b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38",
                "3fce516009c21727d0f2e4e86ee403bc",
                "5d313eb2671276ee13000b30",
            ),
            (
                "b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21",
                "dbfaa693d1762c5b666af5d950258d01",
                "5bd3c71b836e0b76bb73265f",
            ),
            (
                "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
                "9f02283b6c9c07efc26bb9f2ac92e356",
                "cf782b88dd83549aadf1e984",
            ),
            (
                "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
                "17422dda596ed5d9acd890e3c63f5051",
                "5b78923dee08579033e523d9",
            ),
        ] {
            let keys = keys_13(suite, 0x0304, &unhex(secret)).unwrap();
            assert_eq!((&**keys.key, &**keys.iv), (&*unhex(key), &*unhex(iv)));
        }
    }

    /// The test vector for P_SHA256 that implementers agreed on (mailing list of the TLS working group, 2009).
    #[test]
    fn the_prf_of_tls_12() {
        let mut out = [0; 100];
        let seed = unhex("a0ba9f936cda311827a6f796ffd5198c");
        prf(Hash::Sha256, &unhex("9bbe436ba940f017b17652849a71db35"), b"test label", &seed, &mut out)
            .unwrap();
        let expected = unhex(
            "e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9c9a46b4e14baf9af
             0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789baa48082d122ee42c5a72e5a5110fff701
             87347b66",
        );
        assert_eq!(out[..], expected);
    }
}
