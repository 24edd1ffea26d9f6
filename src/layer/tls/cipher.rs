//! One direction's record protection, seen from outside: opens a record if the key and the record number are right,
//! and says so only if its tag or MAC says so (RFC 8446 5.2, RFC 5246 6.2.3, RFC 7366).

use aead::{AeadInOut, KeyInit, array::Array, consts::U12};
use aes::{Aes128, Aes256};
use aes_gcm::aead;
use cbc::cipher::{BlockModeDecrypt, KeyIvInit};
use ccm::Ccm;
use ccm::consts::{U8, U16};
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha384};

use super::record::Header;
use super::schedule::{Keys, Secret};
use super::suite::{Algorithm, Mac, Suite};

/// An AES block, and the IV of a CBC record.
const BLOCK: usize = 16;

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
            (Algorithm::Gcm, 16) => aead(open::<aes_gcm::Aes128Gcm>(&key), 16, true)?,
            (Algorithm::Gcm, _) => aead(open::<aes_gcm::Aes256Gcm>(&key), 16, true)?,
            (Algorithm::ChaCha, _) => aead(open::<chacha20poly1305::ChaCha20Poly1305>(&key), 16, false)?,
            (Algorithm::Ccm(8), 16) => aead(open::<Ccm<Aes128, U8, U12>>(&key), 8, true)?,
            (Algorithm::Ccm(8), _) => aead(open::<Ccm<Aes256, U8, U12>>(&key), 8, true)?,
            (Algorithm::Ccm(_), 16) => aead(open::<Ccm<Aes128, U16, U12>>(&key), 16, true)?,
            (Algorithm::Ccm(_), _) => aead(open::<Ccm<Aes256, U16, U12>>(&key), 16, true)?,
            (Algorithm::Cbc(mac), _) => Kind::Cbc { key, mac, mac_key, encrypt_then_mac },
        };
        Some(Cipher { kind, iv, version })
    }

    /// How many bytes of a record are no plaintext, at least.
    pub(super) fn overhead(&self) -> usize {
        match &self.kind {
            Kind::Aead { tag, explicit, .. } if self.version < 0x0304 => tag + 8 * usize::from(*explicit),
            Kind::Aead { tag, .. } => tag + 1,
            Kind::Cbc { mac, .. } => mac.len() + 1 + BLOCK * usize::from(self.version > 0x0301),
        }
    }

    /// Opens record `number`, whose body was copied to `buffer`; `None` where key or number are wrong or it was
    /// changed. The buffer then holds nothing of use.
    pub(super) fn open(&self, header: Header, number: u64, buffer: &mut Vec<u8>) -> Option<Opened> {
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
        let Kind::Cbc { mac, encrypt_then_mac, .. } = &self.kind else { return };
        let tag = if *encrypt_then_mac { mac.len() } else { 0 };
        let text = body.get(..body.len().saturating_sub(tag)).unwrap_or_default();
        if let (0x0301, Some(last)) = (self.version, text.last_chunk::<BLOCK>()) {
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
        let Kind::Cbc { key, mac, mac_key, encrypt_then_mac } = &self.kind else { return None };
        let mut end = buffer.len();
        if *encrypt_then_mac {
            end = end.checked_sub(mac.len())?;
            let (text, tag) = buffer.split_at_checked(end)?;
            mac.holds(mac_key, &pseudo_header(header, number, end), text, tag)?;
        }
        let start = if self.version > 0x0301 { BLOCK } else { 0 };
        let (before, text) = buffer.get_mut(..end)?.split_at_mut_checked(start)?;
        let iv = if start > 0 { &*before } else { self.iv.as_slice() };
        decrypt_cbc(key, iv, text)?;
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

fn decrypt_cbc(key: &[u8], iv: &[u8], text: &mut [u8]) -> Option<()> {
    let (blocks, []) = Array::slice_as_chunks_mut(text) else { return None };
    if key.len() == 16 {
        cbc::Decryptor::<Aes128>::new_from_slices(key, iv).ok()?.decrypt_blocks(blocks);
    } else {
        cbc::Decryptor::<Aes256>::new_from_slices(key, iv).ok()?.decrypt_blocks(blocks);
    }
    Some(())
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
