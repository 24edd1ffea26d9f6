//! Bytes that no protocol claimed: shown as they are.

use crate::event::{Body, Chunk, Class, Facts, FieldSink, Payload, Phase, Sink, Told};
use crate::layer::protocol::World;
use crate::locale::Lang;

/// A run of bytes that nobody could name.
#[derive(Debug)]
struct Data {
    kind: &'static str,
    bytes: Vec<u8>,
    len: usize,
}

/// Tells of a chunk that nobody reads. Ends and gaps are told by who found them.
pub fn tell(chunk: &Chunk<'_>, kind: &'static str, sink: &mut dyn Sink, world: World<'_>) {
    if let Body::Bytes(bytes) = chunk.body {
        sink.event(&chunk.origin, Vec::new(), || {
            let kept = bytes.get(..world.limits.message).unwrap_or(bytes).to_vec();
            Told::new(Class::Message, Phase::Exchange, Data { kind, bytes: kept, len: bytes.len() })
        });
    }
}

/// Whether bytes read as text: UTF-8 (perhaps cut inside a character) without controls but white space.
pub fn is_text(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            std::str::from_utf8(bytes.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
        }
        Err(_) => return false,
    };
    !text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
}

impl Facts for Data {
    fn kind(&self) -> &'static str {
        self.kind
    }

    fn label(&self, lang: Lang) -> String {
        let preview = self.bytes.get(..60).unwrap_or(&self.bytes);
        let (data, bytes) = (lang.pick("data", "데이터"), lang.pick("bytes", "바이트"));
        if is_text(preview) {
            let text = String::from_utf8_lossy(preview).trim_end().to_owned();
            return format!("{data} {} {bytes}  {text}", self.len);
        }
        let hex: Vec<String> = preview.iter().take(12).map(|b| format!("{b:02x}")).collect();
        let more = if self.len > 12 { " …" } else { "" };
        format!("{data} {} {bytes}  {}{more}", self.len, hex.join(" "))
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.say("len", self.len);
    }

    fn wire(&self) -> &[u8] {
        &self.bytes
    }

    fn payload(&self) -> Option<Payload<'_>> {
        let bytes = self.bytes.as_slice().into();
        Some(Payload { text: is_text(&self.bytes), bytes, len: self.len as u64 })
    }
}
