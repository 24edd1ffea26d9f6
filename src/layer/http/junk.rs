//! Bytes between messages that are part of none, told when reading goes on.

use crate::diagnostic::Note;
use crate::event::{Class, Facts, FieldSink, Origin, Payload, Phase, Side, Told};
use crate::layer::buffer::Trail;
use crate::layer::data;
use crate::layer::protocol::Out;
use crate::locale::Lang;

/// Lines that are part of no message.
#[derive(Debug, Default)]
pub struct Junk {
    bytes: Vec<u8>,
    len: u64,
    trail: Trail,
    /// What is wrong with their being there.
    pub notes: Vec<Note>,
}

impl Junk {
    /// Adds to them.
    pub fn take(&mut self, bytes: &[u8], origin: &Origin<'_>, out: &Out<'_>) {
        self.len = self.len.saturating_add(bytes.len() as u64);
        if out.full() {
            let room = out.limits().opening.saturating_sub(self.bytes.len()).min(bytes.len());
            self.bytes.extend_from_slice(bytes.get(..room).unwrap_or_default());
            self.trail.add(origin, out.limits().event_frames);
        }
    }

    /// Tells of them.
    pub fn tell(self, side: Side, out: &mut Out<'_>) {
        let Junk { bytes, len, trail, notes } = self;
        let shown = Shown { bytes, len };
        out.event(&trail.origin(side), notes, || Told::new(Class::Message, Phase::Exchange, shown));
    }
}

/// What is shown of them.
#[derive(Debug)]
struct Shown {
    bytes: Vec<u8>,
    len: u64,
}

impl Facts for Shown {
    fn kind(&self) -> &'static str {
        "http.data"
    }

    fn label(&self, lang: Lang) -> String {
        match lang {
            Lang::En => format!("{} bytes that are no HTTP message", self.len),
            Lang::Ko => format!("HTTP 메시지가 아닌 {}바이트", self.len),
        }
    }

    fn tell(&self, fields: &mut dyn FieldSink) {
        fields.say("len", self.len);
    }

    fn wire(&self) -> &[u8] {
        &self.bytes
    }

    fn payload(&self) -> Option<Payload<'_>> {
        let text = data::is_text(&self.bytes);
        Some(Payload { bytes: self.bytes.as_slice().into(), text, len: self.len })
    }
}
