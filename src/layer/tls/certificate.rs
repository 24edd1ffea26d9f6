//! Certificates: the chain of a Certificate message (RFC 8446 4.4.2, RFC 5246 7.4.2), and what each says of itself
//! (RFC 5280). Nothing is verified.

use std::io::Read;
use std::ops::Range;

use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::objects::{oid_registry, oid2sn};
use x509_parser::oid_registry::Oid;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey;
use x509_parser::time::ASN1Time;
use x509_parser::x509::{AlgorithmIdentifier, X509Name};

use super::reader::Reader;
use crate::event::{Field, Value};
use crate::frame::Timestamp;

/// A chain of more certificates than this is not shown further.
const SHOWN: usize = 16;

/// A chain that decompresses to more bytes than this is not shown.
const LONGEST: usize = 1 << 17;

/// Where the certificates of a message stand in it, its header included; `None` where one leaves its list.
pub(super) fn chain(message: &[u8], is_13: bool) -> Option<Vec<Range<usize>>> {
    let mut reader = Reader::new(message);
    reader.take(4)?;
    if is_13 {
        reader.vector(1)?;
    }
    let (list, at) = reader.placed(3)?;
    let mut reader = Reader::new(list);
    let mut chain = Vec::new();
    while !reader.is_empty() {
        let (_, place) = reader.placed(3)?;
        chain.push(at.start + place.start..at.start + place.end);
        if is_13 {
            reader.vector(2)?;
        }
    }
    Some(chain)
}

/// The Certificate message inside a CompressedCertificate (RFC 8879 4), as if it had come by itself; `None` where
/// it does not decompress to what it says, or to more than is shown.
pub(super) fn decompressed(message: &[u8]) -> Option<Vec<u8>> {
    let mut reader = Reader::new(message);
    reader.take(4)?;
    let (algorithm, len) = (reader.u16()?, reader.u24().filter(|len| *len <= LONGEST)?);
    let mut source: Box<dyn Read + '_> = match (algorithm, reader.vector(3)?) {
        (1, data) => Box::new(flate2::read::ZlibDecoder::new(data)),
        (2, data) => Box::new(brotli_decompressor::Decompressor::new(data, 4096)),
        (3, data) => Box::new(ruzstd::decoding::StreamingDecoder::new(data).ok()?),
        _ => return None,
    };
    let mut certificate = vec![11, (len >> 16) as u8, (len >> 8) as u8, len as u8];
    source.by_ref().take(len as u64 + 1).read_to_end(&mut certificate).ok()?;
    (certificate.len() == len + 4).then_some(certificate)
}

/// What a certificate says of itself, as fields; only its length where it is none. `time` is when it was shown.
pub(super) fn fields(der: &[u8], time: Timestamp) -> Vec<Field> {
    let mut fields = Vec::new();
    if let Ok((_, certificate)) = X509Certificate::from_der(der) {
        let (from, to) = (certificate.validity().not_before, certificate.validity().not_after);
        let seconds = time.0.div_euclid(1_000_000_000);
        fields.extend([
            Field::new("subject", name(certificate.subject())),
            Field::new("issuer", name(certificate.issuer())),
            Field::new("names", names(&certificate)),
            Field::new("not_before", moment(from)),
            Field::new("not_after", moment(to)),
            Field::new("valid_then", (from.timestamp()..=to.timestamp()).contains(&seconds)),
            Field::new("key", key(&certificate)),
        ]);
        let bits = certificate.public_key().parsed().map_or(0, |key| bits(&key));
        if bits > 0 {
            fields.push(Field::new("key_bits", bits));
        }
        fields.extend([
            Field::new("signature_algorithm", algorithm(&certificate.signature_algorithm)),
            Field::new("serial", Value::Hex(certificate.raw_serial().to_vec())),
            Field::new("ca", certificate.is_ca()),
        ]);
    }
    fields.push(Field::new("len", der.len()));
    fields
}

/// The fields of each certificate of a chain.
pub(super) fn chain_value(message: &[u8], is_13: bool, time: Timestamp) -> Value {
    let chain = chain(message, is_13).unwrap_or_default();
    let table = |at: &Range<usize>| Value::Table(fields(message.get(at.clone()).unwrap_or_default(), time));
    Value::List(chain.iter().take(SHOWN).map(table).collect())
}

/// Whom the first certificate of a chain names: its common name, else its first alternative name.
pub(super) fn owner(message: &[u8], is_13: bool) -> Option<String> {
    let first = chain(message, is_13)?.into_iter().next()?;
    let (_, certificate) = X509Certificate::from_der(message.get(first)?).ok()?;
    let common = certificate.subject().iter_common_name().next().and_then(|name| name.as_str().ok());
    match common {
        Some(name) => Some(name.to_owned()),
        None => match names(&certificate).into_iter().next() {
            Some(Value::Text(name)) => Some(name),
            _ => None,
        },
    }
}

fn name(name: &X509Name<'_>) -> String {
    name.to_string_with_registry(oid_registry()).unwrap_or_default()
}

fn names(certificate: &X509Certificate<'_>) -> Vec<Value> {
    let Ok(Some(extension)) = certificate.subject_alternative_name() else { return Vec::new() };
    let text = |name: &GeneralName<'_>| match name {
        GeneralName::DNSName(name) | GeneralName::RFC822Name(name) | GeneralName::URI(name) => {
            Some((*name).to_owned())
        }
        GeneralName::IPAddress(bytes) => address(bytes),
        GeneralName::DirectoryName(directory) => Some(self::name(directory)),
        _ => None,
    };
    extension.value.general_names.iter().filter_map(text).map(Value::Text).collect()
}

fn address(bytes: &[u8]) -> Option<String> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(|octets| std::net::Ipv4Addr::from(octets).to_string()),
        16 => <[u8; 16]>::try_from(bytes).ok().map(|octets| std::net::Ipv6Addr::from(octets).to_string()),
        _ => None,
    }
}

/// RFC 3339 in UTC. The calendar of certificates reaches further than nanoseconds in 64 bits do.
fn moment(time: ASN1Time) -> String {
    let time = time.to_datetime();
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.000000000Z")
}

/// The kind of key, and its curve where it has one.
fn key(certificate: &X509Certificate<'_>) -> String {
    let info = certificate.public_key();
    let kind = match info.parsed() {
        Ok(PublicKey::RSA(_)) => "RSA".to_owned(),
        Ok(PublicKey::DSA(_)) => "DSA".to_owned(),
        Ok(PublicKey::EC(_)) => "EC".to_owned(),
        _ => algorithm(&info.algorithm),
    };
    let curve = info.algorithm.parameters.as_ref().and_then(|parameters| parameters.as_oid().ok());
    match curve {
        Some(curve) if kind == "EC" => format!("{kind} {}", short(&curve)),
        _ => kind,
    }
}

fn bits(key: &PublicKey<'_>) -> usize {
    match key {
        PublicKey::RSA(rsa) => {
            let digits = rsa.modulus.iter().position(|byte| *byte != 0).unwrap_or(rsa.modulus.len());
            let significant = rsa.modulus.get(digits..).unwrap_or_default();
            let leading = significant.first().map_or(0, |byte| byte.leading_zeros() as usize);
            significant.len() * 8 - leading
        }
        // An uncompressed point is a byte and two coordinates; a coordinate of 521 bits has 66 bytes.
        PublicKey::EC(point) if point.data().len() == 133 => 521,
        key => key.key_size(),
    }
}

fn algorithm(algorithm: &AlgorithmIdentifier<'_>) -> String {
    short(&algorithm.algorithm)
}

fn short(oid: &Oid<'_>) -> String {
    oid2sn(oid, oid_registry()).map_or_else(|_| oid.to_id_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_compressed_chain_is_that_chain() {
        let chain_bytes = [0, 0, 0, 7, 0, 0, 2, 0x30, 0, 0, 0];
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&chain_bytes).unwrap();
        let packed = encoder.finish().unwrap();
        let message = |len: u8| {
            let mut message = vec![25, 0, 0, 0, 0, 1, 0, 0, len, 0, 0, packed.len() as u8];
            message.extend(&packed);
            message
        };
        let plain = decompressed(&message(11)).unwrap();
        assert_eq!((plain[..4].to_vec(), &plain[4..]), (vec![11, 0, 0, 11], &chain_bytes[..]));
        assert_eq!(chain(&plain, true).unwrap()[0], 11..13);
        assert_eq!((decompressed(&message(10)), decompressed(&message(12))), (None, None));
    }
}
