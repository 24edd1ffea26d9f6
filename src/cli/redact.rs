//! What is hidden before anything is shown, as the command line asks for it.

use clap::ValueEnum;

use crate::error::Error;
use crate::locale::Lang;
use crate::model::redact::{Redaction, Redactor};

/// What is hidden, whatever is shown.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Hide {
    /// Hide cookies, credentials and tokens in all that is shown or written; with `=payloads` or `=addresses` (or both,
    /// `=payloads,addresses`) these as well
    #[arg(long, global = true, value_enum, value_name = "WHAT", num_args = 0..=1, require_equals = true)]
    #[arg(value_delimiter = ',', default_missing_value = "secrets", hide_possible_values = true)]
    redact: Vec<Hidden>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Hidden {
    /// Cookies, credentials, tokens
    Secrets,
    /// What users sent each other
    Payloads,
    /// IP addresses
    Addresses,
}

impl Hide {
    /// What is to be hidden; `None` where nothing is.
    pub(super) fn what(&self) -> Option<Redaction> {
        let has = |what| self.redact.contains(&what);
        let what = Redaction { payloads: has(Hidden::Payloads), addresses: has(Hidden::Addresses) };
        (!self.redact.is_empty()).then_some(what)
    }

    /// Who hides it; `None` where nothing is to be hidden.
    pub(super) fn redactor(&self) -> Option<Redactor> {
        self.what().map(Redactor::new)
    }

    /// Refuses to write packets where something is to be hidden in them.
    ///
    /// # Errors
    /// [`Error::Usage`].
    pub(super) fn spare_packets(&self) -> Result<(), Error> {
        match self.what() {
            None => Ok(()),
            Some(_) => Err(Error::Usage(
                "packets are written as they were captured, with all secrets in them: leave --redact out, or export \
                 jsonl or har, which hide them"
                    .to_owned(),
            )),
        }
    }
}

/// Says so where there were more secrets than are remembered.
pub(super) fn forgotten(redactor: &Redactor, lang: Lang) {
    let count = redactor.forgotten();
    if count > 0 {
        let english =
            format!("too many secrets to remember: {count} are hidden only where they are recognised");
        let korean = format!("비밀이 너무 많아 {count}개는 알아본 자리에서만 가립니다");
        eprintln!("seqdump: {}", lang.pick(english, korean));
    }
}
