//! What a cipher suite means for reading records: algorithm, key lengths, hash of the key schedule.

use tls_parser::{TlsCipherEnc, TlsCipherEncMode, TlsCipherMac, TlsCipherSuite, TlsPRF};

/// The hash that keys are derived with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Hash {
    /// MD5 and SHA-1 together, up to TLS 1.1 (RFC 4346 5).
    Md5Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
}

/// How a record is authenticated that is not by its cipher.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Mac {
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
    /// Triple DES, which older sessions have.
    TripleDes,
}

impl Block {
    /// Bytes of a block.
    pub(super) fn len(self) -> usize {
        if self == Block::TripleDes { 8 } else { 16 }
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
        if !matches!(version, 0x0301..=0x0304) || is_13 != (version == 0x0304) {
            return None;
        }
        let block = match known.enc {
            TlsCipherEnc::Camellia => Block::Camellia,
            TlsCipherEnc::Aria => Block::Aria,
            TlsCipherEnc::TripleDes => Block::TripleDes,
            _ => Block::Aes,
        };
        let algorithm = match (known.enc, known.enc_mode) {
            (TlsCipherEnc::Chacha20_Poly1305, _) => Algorithm::ChaCha,
            (TlsCipherEnc::Aes, TlsCipherEncMode::Ccm) => {
                Algorithm::Ccm(if known.name.contains("CCM_8") { 8 } else { 16 })
            }
            (enc, _) if block == Block::Aes && enc != TlsCipherEnc::Aes => return None,
            (_, TlsCipherEncMode::Gcm) => Algorithm::Gcm(block),
            (_, TlsCipherEncMode::Cbc) => {
                let mac = match known.mac {
                    TlsCipherMac::HmacSha1 => Mac::Sha1,
                    TlsCipherMac::HmacSha256 => Mac::Sha256,
                    TlsCipherMac::HmacSha384 => Mac::Sha384,
                    _ => return None,
                };
                Algorithm::Cbc(block, mac)
            }
            _ => return None,
        };
        // Protection by an AEAD came with TLS 1.2 (RFC 5246 6.2.3.3).
        if version < 0x0303 && !matches!(algorithm, Algorithm::Cbc(..)) {
            return None;
        }
        let hash = match known.prf {
            _ if version < 0x0303 => Hash::Md5Sha1,
            TlsPRF::Default | TlsPRF::Sha256 => Hash::Sha256,
            TlsPRF::Sha384 => Hash::Sha384,
            _ => return None,
        };
        // The table says 128 bits for some suites of ChaCha20, whose key has 256 (RFC 7905 2).
        let key = match (algorithm, block) {
            (Algorithm::ChaCha, _) => 32,
            (_, Block::TripleDes) => 24,
            _ => usize::from(known.enc_size / 8),
        };
        matches!(key, 16 | 24 | 32).then_some(Suite { algorithm, key, hash })
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
            (0x0005, 0x0303, None),
            (0x0041, 0x0303, suite(Algorithm::Cbc(Block::Camellia, Mac::Sha1), 16, Hash::Sha256)),
            (0xc051, 0x0303, suite(Algorithm::Gcm(Block::Aria), 32, Hash::Sha384)),
            (0x000a, 0x0301, suite(Algorithm::Cbc(Block::TripleDes, Mac::Sha1), 24, Hash::Md5Sha1)),
            (0x0096, 0x0303, None),
        ] {
            assert_eq!(of(id, version), expected, "{id:04x} in {version:04x}");
        }
    }
}
