//! The synthetic captures are byte for byte what their scripts make, and each capture stands in the table of its README.

use std::path::Path;
use std::process::Command;

#[test]
fn captures_are_what_the_scripts_make() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("captures/make.py");
    let done = match Command::new("python3").arg(&script).arg("--check").output() {
        Ok(done) => done,
        Err(error) => {
            eprintln!("skipped: python3 does not start ({error})");
            return;
        }
    };
    let said = [done.stdout, done.stderr].concat();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&said));
}
