//! What a cipher suite means for reading records: algorithm, key lengths, hash of the key schedule.

use super::names;
use tls_parser::{TlsCipherEnc, TlsCipherEncMode, TlsCipherMac, TlsCipherSuite, TlsPRF};

/// The hash that keys are derived with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hash {
    /// MD5 of SHA-1, in SSL 3.0 (RFC 6101 6.2.2).
    Ssl3,
    /// MD5 and SHA-1 together, in TLS 1.0 and 1.1 (RFC 4346 5).
    Md5Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

/// How a record is authenticated that is not by its cipher.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mac {
    /// HMAC-MD5.
    Md5,
    /// HMAC-SHA-1.
    Sha1,
    /// HMAC-SHA-256.
    Sha256,
    /// HMAC-SHA-384.
    Sha384,
}

impl Mac {
    /// Bytes of its key and of its tag.
    pub(super) fn len(self) -> usize {
        match self {
            Mac::Md5 => 16,
            Mac::Sha1 => 20,
            Mac::Sha256 => 32,
            Mac::Sha384 => 48,
        }
    }
}

/// The block cipher of a suite.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Block {
    /// AES.
    Aes,
    /// Camellia (RFC 5932, RFC 6367).
    Camellia,
    /// ARIA (RFC 6209).
    Aria,
    /// DES and triple DES, which older sessions have.
    Des,
    /// See `Des`.
    TripleDes,
}

impl Block {
    /// Bytes of a block.
    pub(super) fn len(self) -> usize {
        if matches!(self, Block::Des | Block::TripleDes) { 8 } else { 16 }
    }
}

/// How records are protected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Algorithm {
    /// Galois/counter mode (RFC 5288).
    Gcm(Block),
    /// ChaCha20-Poly1305 (RFC 7905).
    ChaCha,
    /// AES in counter mode with CBC-MAC (RFC 6655); how long its tag is.
    Ccm(usize),
    /// CBC mode (RFC 5246 6.2.3.2).
    Cbc(Block, Mac),
    /// RC4 (RFC 5246 6.2.3.1), which RFC 7465 forbids.
    Rc4(Mac),
    /// Nothing is encrypted (RFC 5246 6.2.3.1).
    Null(Mac),
}

/// A suite whose records can be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Suite {
    /// How records are protected.
    pub(super) algorithm: Algorithm,
    /// Bytes of the key.
    pub(super) key: usize,
    /// The hash of the key schedule.
    pub(super) hash: Hash,
}

impl Suite {
    /// What suite `id` is in `version`; `None` where records of it cannot be opened.
    pub(super) fn of(id: u16, version: u16) -> Option<Suite> {
        let known = TlsCipherSuite::from_id(id)?;
        let is_13 = id >> 8 == 0x13;
        if !(matches!(version, 0x0300..=0x0303) || names::is_13(version)) || is_13 != names::is_13(version) {
            return None;
        }
        let algorithm = algorithm(known)?;
        let has_mac = match algorithm {
            Algorithm::Cbc(_, mac) | Algorithm::Rc4(mac) | Algorithm::Null(mac) => Some(mac),
            _ => None,
        };
        match (version, has_mac) {
            // Protection by an AEAD came with TLS 1.2 (RFC 5246 6.2.3.3).
            (..0x0303, None) | (0x0300, Some(Mac::Sha256 | Mac::Sha384)) => return None,
            _ => {}
        }
        let hash = match known.prf {
            _ if version == 0x0300 => Hash::Ssl3,
            _ if version < 0x0303 => Hash::Md5Sha1,
            TlsPRF::Default | TlsPRF::Sha256 => Hash::Sha256,
            TlsPRF::Sha384 => Hash::Sha384,
            _ => return None,
        };
        let key = match algorithm {
            // The table says 128 bits for some suites of ChaCha20, whose key has 256 (RFC 7905 2).
            Algorithm::ChaCha => 32,
            Algorithm::Cbc(Block::Des, _) => 8,
            Algorithm::Cbc(Block::TripleDes, _) => 24,
            Algorithm::Null(_) => 0,
            _ => usize::from(known.enc_size / 8),
        };
        Some(Suite { algorithm, key, hash })
    }
}

/// How a suite protects records; `None` where nothing here can open them, or its keys were made weak for export.
fn algorithm(known: &TlsCipherSuite) -> Option<Algorithm> {
    let mac = match known.mac {
        TlsCipherMac::HmacMd5 => Some(Mac::Md5),
        TlsCipherMac::HmacSha1 => Some(Mac::Sha1),
        TlsCipherMac::HmacSha256 => Some(Mac::Sha256),
        TlsCipherMac::HmacSha384 => Some(Mac::Sha384),
        _ => None,
    };
    let block = match (known.enc, known.enc_size) {
        (TlsCipherEnc::Chacha20_Poly1305, _) => return Some(Algorithm::ChaCha),
        (TlsCipherEnc::Null, _) => return mac.map(Algorithm::Null),
        (TlsCipherEnc::Rc4, 128) => return mac.map(Algorithm::Rc4),
        (TlsCipherEnc::Aes, 128 | 256) => Block::Aes,
        (TlsCipherEnc::Camellia, 128 | 256) => Block::Camellia,
        (TlsCipherEnc::Aria, 128 | 256) => Block::Aria,
        (TlsCipherEnc::Des, 56 | 64) => Block::Des,
        (TlsCipherEnc::TripleDes, _) => Block::TripleDes,
        _ => return None,
    };
    match known.enc_mode {
        TlsCipherEncMode::Ccm if block == Block::Aes => {
            Some(Algorithm::Ccm(if known.name.contains("CCM_8") { 8 } else { 16 }))
        }
        TlsCipherEncMode::Gcm if block.len() == 16 => Some(Algorithm::Gcm(block)),
        TlsCipherEncMode::Cbc => mac.map(|mac| Algorithm::Cbc(block, mac)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_mean_what_their_documents_say() {
        let of = |id, version| Suite::of(id, version);
        let suite = |algorithm, key, hash| Some(Suite { algorithm, key, hash });
        for (id, version, expected) in [
            (0x1301, 0x0304, suite(Algorithm::Gcm(Block::Aes), 16, Hash::Sha256)),
            (0x1302, 0x0304, suite(Algorithm::Gcm(Block::Aes), 32, Hash::Sha384)),
            (0x1303, 0x0304, suite(Algorithm::ChaCha, 32, Hash::Sha256)),
            (0x1304, 0x0304, suite(Algorithm::Ccm(16), 16, Hash::Sha256)),
            (0x1305, 0x0304, suite(Algorithm::Ccm(8), 16, Hash::Sha256)),
            (0x1301, 0x0303, None),
            (0xc02f, 0x0304, None),
            (0xc02f, 0x0303, suite(Algorithm::Gcm(Block::Aes), 16, Hash::Sha256)),
            (0xc030, 0x0303, suite(Algorithm::Gcm(Block::Aes), 32, Hash::Sha384)),
            (0xc028, 0x0303, suite(Algorithm::Cbc(Block::Aes, Mac::Sha384), 32, Hash::Sha384)),
            (0xc014, 0x0303, suite(Algorithm::Cbc(Block::Aes, Mac::Sha1), 32, Hash::Sha256)),
            (0xc014, 0x0301, suite(Algorithm::Cbc(Block::Aes, Mac::Sha1), 32, Hash::Md5Sha1)),
            (0xc0a1, 0x0303, suite(Algorithm::Ccm(8), 32, Hash::Sha256)),
            (0xccaa, 0x0303, suite(Algorithm::ChaCha, 32, Hash::Sha256)),
            (0xc02f, 0x0302, None),
            (0x0005, 0x0303, suite(Algorithm::Rc4(Mac::Sha1), 16, Hash::Sha256)),
            (0x0004, 0x0300, suite(Algorithm::Rc4(Mac::Md5), 16, Hash::Ssl3)),
            (0x0003, 0x0300, None),
            (0x0008, 0x0300, None),
            (0x0009, 0x0301, suite(Algorithm::Cbc(Block::Des, Mac::Sha1), 8, Hash::Md5Sha1)),
            (0x003b, 0x0303, suite(Algorithm::Null(Mac::Sha256), 0, Hash::Sha256)),
            (0x003c, 0x0300, None),
            (0x0000, 0x0303, None),
            (0x1301, 0x7f1c, suite(Algorithm::Gcm(Block::Aes), 16, Hash::Sha256)),
            (0x0041, 0x0303, suite(Algorithm::Cbc(Block::Camellia, Mac::Sha1), 16, Hash::Sha256)),
            (0xc051, 0x0303, suite(Algorithm::Gcm(Block::Aria), 32, Hash::Sha384)),
            (0x000a, 0x0301, suite(Algorithm::Cbc(Block::TripleDes, Mac::Sha1), 24, Hash::Md5Sha1)),
            (0x0096, 0x0303, None),
        ] {
            assert_eq!(of(id, version), expected, "{id:04x} in {version:04x}");
        }
    }
}
