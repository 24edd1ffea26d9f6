//! Placeholder until the readers stand.
