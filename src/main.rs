//! Picks a source and a sink, and lets the pipeline run.

fn main() {}
