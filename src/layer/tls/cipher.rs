//! One direction's record protection, seen from outside: opens a record if the key and the record number are right,
//! and says so only if its tag or MAC says so (RFC 8446 5.2, RFC 5246 6.2.3, RFC 7366).

use aead::{AeadInOut, KeyInit, array::Array, consts::U12};
use aes::{Aes128, Aes256};
use aes_gcm::{AesGcm, aead};
use aria::{Aria128, Aria256};
use camellia::{Camellia128, Camellia256};
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, InnerIvInit};
use ccm::Ccm;
use ccm::consts::{U8, U16};
use des::TdesEde3;
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

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
        block: Block,
        key: Secret,
        mac: Mac,
        mac_key: Secret,
        encrypt_then_mac: bool,
    },
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
        let kind = match (suite.algorithm, suite.key) {
            (Algorithm::Gcm(block), len) => aead(
                match (block, len) {
                    (Block::Aes, 16) => open::<AesGcm<Aes128, U12>>(&key),
                    (Block::Aes, _) => open::<AesGcm<Aes256, U12>>(&key),
                    (Block::Camellia, 16) => open::<AesGcm<Camellia128, U12>>(&key),
                    (Block::Camellia, _) => open::<AesGcm<Camellia256, U12>>(&key),
                    (Block::Aria, 16) => open::<AesGcm<Aria128, U12>>(&key),
                    (Block::Aria, _) => open::<AesGcm<Aria256, U12>>(&key),
                    (Block::TripleDes, _) => None,
                },
                16,
                true,
            )?,
            (Algorithm::ChaCha, _) => aead(open::<chacha20poly1305::ChaCha20Poly1305>(&key), 16, false)?,
            (Algorithm::Ccm(8), 16) => aead(open::<Ccm<Aes128, U8, U12>>(&key), 8, true)?,
            (Algorithm::Ccm(8), _) => aead(open::<Ccm<Aes256, U8, U12>>(&key), 8, true)?,
            (Algorithm::Ccm(_), 16) => aead(open::<Ccm<Aes128, U16, U12>>(&key), 16, true)?,
            (Algorithm::Ccm(_), _) => aead(open::<Ccm<Aes256, U16, U12>>(&key), 16, true)?,
            (Algorithm::Cbc(block, mac), _) => Kind::Cbc { block, key, mac, mac_key, encrypt_then_mac },
        };
        Some(Cipher { kind, iv, version })
    }

    /// How many bytes of a record are no plaintext, at least.
    pub(super) fn overhead(&self) -> usize {
        match &self.kind {
            Kind::Aead { tag, explicit, .. } if self.version < 0x0304 => tag + 8 * usize::from(*explicit),
            Kind::Aead { tag, .. } => tag + 1,
            Kind::Cbc { block, mac, .. } => mac.len() + 1 + block.len() * usize::from(self.version > 0x0301),
        }
    }

    /// Opens record `number`, whose body was copied to `buffer`; `None` where key or number are wrong or it was
    /// changed. The buffer then holds nothing of use.
    pub(super) fn open(&self, header: Header, number: u64, buffer: &mut [u8]) -> Option<Opened> {
        match &self.kind {
            Kind::Aead { key, tag, .. } if self.version >= 0x0304 => {
                let end = buffer.len().checked_sub(*tag)?;
                let (text, tag) = buffer.split_at_mut_checked(end)?;
                key.open(&self.nonce(number)?, &header.bytes(), text, tag)?;
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
        }
    }

    /// The block that chains a record of TLS 1.0 to the next one (RFC 2246 6.2.3.2): the last of its ciphertext.
    pub(super) fn chain(&mut self, body: &[u8]) {
        let Kind::Cbc { block, mac, encrypt_then_mac, .. } = &self.kind else { return };
        let tag = if *encrypt_then_mac { mac.len() } else { 0 };
        let end = body.len().saturating_sub(tag);
        let last = end.checked_sub(block.len()).and_then(|start| body.get(start..end));
        if let (0x0301, Some(last)) = (self.version, last) {
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
        let Kind::Cbc { block, key, mac, mac_key, encrypt_then_mac } = &self.kind else { return None };
        let mut end = buffer.len();
        if *encrypt_then_mac {
            end = end.checked_sub(mac.len())?;
            let (text, tag) = buffer.split_at_checked(end)?;
            mac.holds(mac_key, &pseudo_header(header, number, end), text, tag)?;
        }
        let start = if self.version > 0x0301 { block.len() } else { 0 };
        let (before, text) = buffer.get_mut(..end)?.split_at_mut_checked(start)?;
        let iv = if start > 0 { &*before } else { self.iv.as_slice() };
        block.decrypt(key, iv, text)?;
        let padding = usize::from(*text.last()?);
        let mut len = text.len().checked_sub(padding + 1)?;
        if !text.get(len..)?.iter().all(|byte| usize::from(*byte) == padding) {
            return None;
        }
        if !encrypt_then_mac {
            len = len.checked_sub(mac.len())?;
            let (text, rest) = text.split_at_checked(len)?;
            mac.holds(mac_key, &pseudo_header(header, number, len), text, rest.get(..mac.len())?)?;
        }
        Some(Opened { start, end: start + len, content: header.content, padding: 0 })
    }
}

/// What is authenticated with a record up to TLS 1.2: number, type, version, length (RFC 5246 6.2.3.1, 6.2.3.3).
fn pseudo_header(header: Header, number: u64, len: usize) -> [u8; 13] {
    let mut bytes = [0; 13];
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

impl Block {
    /// Decrypts `text`, which must be whole blocks, in place.
    fn decrypt(self, key: &[u8], iv: &[u8], text: &mut [u8]) -> Option<()> {
        fn cbc<C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], text: &mut [u8]) -> Option<()> {
            let (blocks, []) = Array::slice_as_chunks_mut(text) else { return None };
            let iv = Array::try_from(iv).ok()?;
            let cipher = C::new_from_slice(key).ok()?;
            cbc::Decryptor::<C>::inner_iv_init(cipher, &iv).decrypt_blocks(blocks);
            Some(())
        }
        match (self, key.len()) {
            (Block::Aes, 16) => cbc::<Aes128>(key, iv, text),
            (Block::Aes, _) => cbc::<Aes256>(key, iv, text),
            (Block::Camellia, 16) => cbc::<Camellia128>(key, iv, text),
            (Block::Camellia, _) => cbc::<Camellia256>(key, iv, text),
            (Block::Aria, 16) => cbc::<Aria128>(key, iv, text),
            (Block::Aria, _) => cbc::<Aria256>(key, iv, text),
            (Block::TripleDes, _) => cbc::<TdesEde3>(key, iv, text),
        }
    }
}

impl Mac {
    /// Whether `tag` authenticates `text` behind its pseudo header.
    fn holds(self, key: &[u8], header: &[u8], text: &[u8], tag: &[u8]) -> Option<()> {
        fn check<H: hmac::Mac + KeyInit>(key: &[u8], header: &[u8], text: &[u8], tag: &[u8]) -> Option<()> {
            let mut mac = <H as KeyInit>::new_from_slice(key).ok()?;
            mac.update(header);
            mac.update(text);
            mac.verify_slice(tag).ok()
        }
        match self {
            Mac::Sha1 => check::<Hmac<Sha1>>(key, header, text, tag),
            Mac::Sha256 => check::<Hmac<Sha256>>(key, header, text, tag),
            Mac::Sha384 => check::<Hmac<Sha384>>(key, header, text, tag),
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
            let keys = keys_13(suite, &unhex(secret)).unwrap();
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
