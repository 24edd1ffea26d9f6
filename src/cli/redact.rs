//! What is hidden before anything is shown, as the command line asks for it.

use clap::ValueEnum;

use crate::model::redact::{Redaction, Redactor};

/// What is hidden.
#[derive(Debug, Clone, Default, clap::Args)]
pub(crate) struct Hide {
    /// Hide cookies, credentials and tokens; with `=payloads` or `=addresses` (or both, `=payloads,addresses`) these
    /// as well
    #[arg(long, value_enum, value_name = "WHAT", num_args = 0..=1, require_equals = true, value_delimiter = ',')]
    #[arg(default_missing_value = "secrets")]
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
    /// Who hides it; `None` where nothing is to be hidden.
    pub(super) fn redactor(&self) -> Option<Redactor> {
        let has = |what| self.redact.contains(&what);
        let what = Redaction { payloads: has(Hidden::Payloads), addresses: has(Hidden::Addresses) };
        (!self.redact.is_empty()).then(|| Redactor::new(what))
    }
}
