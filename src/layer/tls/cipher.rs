//! One direction's record protection, seen from outside: opens a record if the key and the record number are right,
//! and says so only if its tag or MAC says so (RFC 8446 5.2, RFC 5246 6.2.3, RFC 7366, RFC 6101 5.2.3).

use aead::{AeadInOut, KeyInit, array::Array, consts::U12};
use aes::{Aes128, Aes256};
use aes_gcm::{AesGcm, aead};
use aria::{Aria128, Aria256};
use camellia::{Camellia128, Camellia256};
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit};
use ccm::Ccm;
use ccm::consts::{U8, U16};
use des::{Des, TdesEde3};
use rc4::{Rc4, StreamCipher};

use super::mac::{Authenticate, PSEUDO_HEADER};
use super::record::Header;
use super::schedule::{Keys, Secret};
use super::suite::{Algorithm, Block, Mac, Suite};

/// Opens the records of one direction.
pub(super) struct Cipher {
    kind: Kind,
    iv: Secret,
    version: u16,
}

enum Kind {
    Aead {
        key: Box<dyn Open + Send>,
        tag: usize,
        /// Whether each record brings eight bytes of its nonce (RFC 5288 3, RFC 6655 3).
        explicit: bool,
    },
    Cbc {
        block: usize,
        key: Box<dyn Decrypt + Send>,
        mac: Authority,
        encrypt_then_mac: bool,
    },
    /// A stream cipher that goes on from record to record, or none at all.
    Stream {
        key: Option<Box<Rc4>>,
        /// The key stream of the record that is being read.
        stream: Secret,
        mac: Authority,
    },
}

/// A keyed MAC.
struct Authority {
    key: Box<dyn Authenticate + Send>,
    /// Bytes of its tag.
    len: usize,
}

/// A record, opened: where its plaintext stands in the buffer, and its content type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Opened {
    /// The first byte of the plaintext.
    pub(super) start: usize,
    /// The byte behind its last.
    pub(super) end: usize,
    /// The content type; of TLS 1.3 the inner one.
    pub(super) content: u8,
    /// Bytes of padding of TLS 1.3 (RFC 8446 5.4).
    pub(super) padding: usize,
}

impl Cipher {
    /// The protection of `suite` in `version` with these keys.
    pub(super) fn new(suite: Suite, version: u16, keys: Keys, encrypt_then_mac: bool) -> Option<Cipher> {
        let Keys { key, iv, mac: mac_key } = keys;
        let aead = |open: Option<Box<dyn Open + Send>>, tag, explicit| {
            Some(Kind::Aead { key: open?, tag, explicit: explicit && version < 0x0304 })
        };
        let authority = |mac: Mac| Some(Authority { key: mac.keyed(version, &mac_key)?, len: mac.len() });
        let kind = match (suite.algorithm, suite.key) {
            (Algorithm::Gcm(block), len) => aead(
                match (block, len) {
                    (Block::Aes, 16) => open::<AesGcm<Aes128, U12>>(&key),
                    (Block::Aes, _) => open::<AesGcm<Aes256, U12>>(&key),
                    (Block::Camellia, 16) => open::<AesGcm<Camellia128, U12>>(&key),
                    (Block::Camellia, _) => open::<AesGcm<Camellia256, U12>>(&key),
                    (Block::Aria, 16) => open::<AesGcm<Aria128, U12>>(&key),
                    (Block::Aria, _) => open::<AesGcm<Aria256, U12>>(&key),
                    (Block::Des | Block::TripleDes, _) => None,
                },
                16,
                true,
            )?,
            (Algorithm::ChaCha, _) => aead(open::<chacha20poly1305::ChaCha20Poly1305>(&key), 16, false)?,
            (Algorithm::Ccm(8), 16) => aead(open::<Ccm<Aes128, U8, U12>>(&key), 8, true)?,
            (Algorithm::Ccm(8), _) => aead(open::<Ccm<Aes256, U8, U12>>(&key), 8, true)?,
            (Algorithm::Ccm(_), 16) => aead(open::<Ccm<Aes128, U16, U12>>(&key), 16, true)?,
            (Algorithm::Ccm(_), _) => aead(open::<Ccm<Aes256, U16, U12>>(&key), 16, true)?,
            (Algorithm::Cbc(block, mac), _) => Kind::Cbc {
                block: block.len(),
                key: block.keyed(&key)?,
                mac: authority(mac)?,
                encrypt_then_mac,
            },
            (Algorithm::Rc4(mac), _) => Kind::Stream {
                key: Some(Box::new(Rc4::new_from_slice(&key).ok()?)),
                stream: Secret::default(),
                mac: authority(mac)?,
            },
            (Algorithm::Null(mac), _) => {
                Kind::Stream { key: None, stream: Secret::default(), mac: authority(mac)? }
            }
        };
        Some(Cipher { kind, iv, version })
    }

    /// How many bytes of a record are no plaintext, at least.
    pub(super) fn overhead(&self) -> usize {
        match &self.kind {
            Kind::Aead { tag, explicit, .. } if self.version < 0x0304 => tag + 8 * usize::from(*explicit),
            Kind::Aead { tag, .. } => tag + 1,
            Kind::Cbc { block, mac, .. } => mac.len + 1 + block * usize::from(self.version > 0x0301),
            Kind::Stream { mac, .. } => mac.len,
        }
    }

    /// Whether a record can be opened only if all of those before it were there.
    pub(super) fn is_chained(&self) -> bool {
        match &self.kind {
            Kind::Aead { .. } => false,
            Kind::Cbc { .. } => self.version <= 0x0301,
            Kind::Stream { key, .. } => key.is_some(),
        }
    }

    /// Gets ready for a record of `len` bytes: to be called once for each.
    pub(super) fn begin(&mut self, len: usize) {
        if let Kind::Stream { key: Some(key), stream, .. } = &mut self.kind {
            stream.clear();
            stream.resize(len, 0);
            key.write_keystream(stream);
        }
    }

    /// Opens record `number`, whose body was copied to `buffer`; `None` where key or number are wrong or it was
    /// changed. The buffer then holds nothing of use.
    pub(super) fn open(&self, header: Header, number: u64, buffer: &mut [u8]) -> Option<Opened> {
        match &self.kind {
            Kind::Aead { key, tag, .. } if self.version >= 0x0304 => {
                let end = buffer.len().checked_sub(*tag)?;
                let (text, tag) = buffer.split_at_mut_checked(end)?;
                // Drafts before the 25th authenticate no header.
                let aad = header.bytes();
                let aad = if (0x7f00..0x7f19).contains(&self.version) { &[] } else { aad.as_slice() };
                key.open(&self.nonce(number)?, aad, text, tag)?;
                let last = text.iter().rposition(|byte| *byte != 0)?;
                let content = *text.get(last)?;
                Some(Opened { start: 0, end: last, content, padding: end - 1 - last })
            }
            Kind::Aead { key, tag, explicit } => {
                let start = 8 * usize::from(*explicit);
                let end = buffer.len().checked_sub(*tag).filter(|end| *end >= start)?;
                let nonce = if *explicit {
                    let mut nonce = [0; 12];
                    nonce.get_mut(..4)?.copy_from_slice(self.iv.get(..4)?);
                    nonce.get_mut(4..)?.copy_from_slice(buffer.get(..8)?);
                    nonce
                } else {
                    self.nonce(number)?
                };
                let (text, tag) = buffer.get_mut(start..)?.split_at_mut_checked(end - start)?;
                key.open(&nonce, &pseudo_header(header, number, end - start), text, tag)?;
                Some(Opened { start, end, content: header.content, padding: 0 })
            }
            Kind::Cbc { .. } => self.open_cbc(header, number, buffer),
            Kind::Stream { stream, mac, .. } => {
                buffer.iter_mut().zip(stream.iter()).for_each(|(byte, key)| *byte ^= key);
                let end = buffer.len().checked_sub(mac.len)?;
                let (text, tag) = buffer.split_at_checked(end)?;
                mac.key.holds(&pseudo_header(header, number, end), text, tag)?;
                Some(Opened { start: 0, end, content: header.content, padding: 0 })
            }
        }
    }

    /// The block that chains a record up to TLS 1.0 to the next one (RFC 2246 6.2.3.2): the last of its ciphertext.
    pub(super) fn chain(&mut self, body: &[u8]) {
        let Kind::Cbc { block, mac, encrypt_then_mac, .. } = &self.kind else { return };
        let tag = if *encrypt_then_mac { mac.len } else { 0 };
        let end = body.len().saturating_sub(tag);
        let last = end.checked_sub(*block).and_then(|start| body.get(start..end));
        if let (..=0x0301, Some(last)) = (self.version, last) {
            self.iv.clear();
            self.iv.extend_from_slice(last);
        }
    }

    /// The nonce of record `number`, where it is the IV combined with the number (RFC 8446 5.3, RFC 7905 2).
    fn nonce(&self, number: u64) -> Option<[u8; 12]> {
        let mut nonce: [u8; 12] = self.iv.as_slice().try_into().ok()?;
        nonce.iter_mut().skip(4).zip(number.to_be_bytes()).for_each(|(byte, number)| *byte ^= number);
        Some(nonce)
    }

    fn open_cbc(&self, header: Header, number: u64, buffer: &mut [u8]) -> Option<Opened> {
        let Kind::Cbc { block, key, mac, encrypt_then_mac } = &self.kind else { return None };
        let mut end = buffer.len();
        if *encrypt_then_mac {
            end = end.checked_sub(mac.len)?;
            let (text, tag) = buffer.split_at_checked(end)?;
            mac.key.holds(&pseudo_header(header, number, end), text, tag)?;
        }
        let start = if self.version > 0x0301 { *block } else { 0 };
        let (before, text) = buffer.get_mut(..end)?.split_at_mut_checked(start)?;
        let iv = if start > 0 { &*before } else { self.iv.as_slice() };
        key.decrypt(iv, text)?;
        let padding = usize::from(*text.last()?);
        let mut len = text.len().checked_sub(padding + 1)?;
        // What the padding of SSL 3.0 holds is anything (RFC 6101 5.2.3.2).
        if self.version > 0x0300 && !text.get(len..)?.iter().all(|byte| usize::from(*byte) == padding) {
            return None;
        }
        if !encrypt_then_mac {
            len = len.checked_sub(mac.len)?;
            let (text, rest) = text.split_at_checked(len)?;
            mac.key.holds(&pseudo_header(header, number, len), text, rest.get(..mac.len)?)?;
        }
        Some(Opened { start, end: start + len, content: header.content, padding: 0 })
    }
}

/// What is authenticated with a record up to TLS 1.2: number, type, version, length (RFC 5246 6.2.3.1, 6.2.3.3).
fn pseudo_header(header: Header, number: u64, len: usize) -> [u8; PSEUDO_HEADER] {
    let mut bytes = [0; PSEUDO_HEADER];
    let parts = number.to_be_bytes().into_iter().chain(Header { len, ..header }.bytes());
    bytes.iter_mut().zip(parts).for_each(|(byte, part)| *byte = part);
    bytes
}

/// An AEAD with a nonce of twelve bytes.
trait Open {
    /// Decrypts `text` in place if `tag` is right.
    fn open(&self, nonce: &[u8; 12], aad: &[u8], text: &mut [u8], tag: &[u8]) -> Option<()>;
}

impl<A: AeadInOut<NonceSize = U12>> Open for A {
    fn open(&self, nonce: &[u8; 12], aad: &[u8], text: &mut [u8], tag: &[u8]) -> Option<()> {
        let tag = Array::try_from(tag).ok()?;
        self.decrypt_inout_detached(&Array::from(*nonce), aad, text.into(), &tag).ok()
    }
}

fn open<A: AeadInOut<NonceSize = U12> + KeyInit + Send + 'static>(
    key: &[u8],
) -> Option<Box<dyn Open + Send>> {
    Some(Box::new(A::new_from_slice(key).ok()?))
}

/// A block cipher in CBC mode.
trait Decrypt {
    /// Decrypts `text`, which must be whole blocks, in place.
    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Option<()>;
}

impl<C: BlockCipherDecrypt> Decrypt for C {
    fn decrypt(&self, iv: &[u8], text: &mut [u8]) -> Option<()> {
        let (blocks, []) = Array::slice_as_chunks_mut(text) else { return None };
        let iv = Array::try_from(iv).ok()?;
        cbc::Decryptor::inner_iv_init(self, &iv).decrypt_blocks(blocks);
        Some(())
    }
}

impl Block {
    fn keyed(self, key: &[u8]) -> Option<Box<dyn Decrypt + Send>> {
        fn keyed<C: BlockCipherDecrypt + KeyInit + Send + 'static>(
            key: &[u8],
        ) -> Option<Box<dyn Decrypt + Send>> {
            Some(Box::new(C::new_from_slice(key).ok()?))
        }
        match (self, key.len()) {
            (Block::Aes, 16) => keyed::<Aes128>(key),
            (Block::Aes, _) => keyed::<Aes256>(key),
            (Block::Camellia, 16) => keyed::<Camellia128>(key),
            (Block::Camellia, _) => keyed::<Camellia256>(key),
            (Block::Aria, 16) => keyed::<Aria128>(key),
            (Block::Aria, _) => keyed::<Aria256>(key),
            (Block::Des, _) => keyed::<Des>(key),
            (Block::TripleDes, _) => keyed::<TdesEde3>(key),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::tls::schedule::{keys_13, tests::unhex};

    /// RFC 8448 3: the first record of application data of the client, and the second one of the server.
    #[test]
    fn the_records_of_rfc_8448_open_under_their_number_only() {
        let suite = Suite::of(0x1301, 0x0304).unwrap();
        for (secret, number, record) in [
            (
                "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
                0,
                "17030300 43a23f70 54b62c94 d0affafe 8228ba55 cbefacea 42f914aa 66bcab3f 2b9819a8 a5b46b39
                 5bd54a9a 20441e2b 62974e1f 5a6292a2 977014bd 1e3deae6 3aeebb21 694915e4",
            ),
            (
                "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
                1,
                "17030300 432e937e 11ef4ac7 40e538ad 36005fc4 a46932fc 3225d05f 82aa1b36 e30efaf9 7d90e6df
                 fc602dcb 501a59a8 fcc49c4b f2e5f0a2 1c0047c2 abf33254 0dd032e1 67c2955d",
            ),
        ] {
            let keys = keys_13(suite, 0x0304, &unhex(secret)).unwrap();
            let cipher = Cipher::new(suite, 0x0304, keys, false).unwrap();
            let record = unhex(record);
            let (header, body) = (Header::read(&record).unwrap(), &record[5..]);
            assert_eq!(cipher.open(header, number + 1, &mut body.to_vec()), None);
            let mut buffer = body.to_vec();
            let opened = cipher.open(header, number, &mut buffer).unwrap();
            assert_eq!((opened.content, opened.padding), (23, 0));
            assert_eq!(buffer[opened.start..opened.end], (0..50).collect::<Vec<u8>>());
        }
    }
}
