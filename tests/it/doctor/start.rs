//! What `guira serve` refuses to start with is an error of the doctor's.

use std::fs;
use std::process::Command;

use super::{examined, line, listen};

const WEBHOOK: &str = "[[webhook]]\nurl = \"https://example.org/fires?key=hidden\"\n";

/// Each of these stops `guira serve` at once, so it is an error of the doctor's, and in the same words.
#[test]
fn what_serve_refuses_to_start_with_is_an_error() {
    for (settings, what, said, mend) in [
        (
            format!("{WEBHOOK}secret_file = \"none.secret\"\n"),
            "webhook",
            "secret_file none.secret cannot be read",
            "of 16 characters at least",
        ),
        (
            format!("{WEBHOOK}secret = \"x\"\n"),
            "webhook",
            "the secret needs at least 16 characters, found 1",
            "of 16 characters at least",
        ),
        (
            "[heat_sources]\nfile = \"nohs.geojson\"\n".to_owned(),
            "heat_sources",
            "heat_sources.file: cannot read nohs.geojson",
            "mend the file or the path",
        ),
        (
            "[physx]\nservers = [\"https://127.0.0.1:1\"]\nca_file = \"none.pem\"\n".to_owned(),
            "physx.ca_file",
            "ca file none.pem: needed certificates in PEM",
            "name files in PEM as physx.ca_file",
        ),
        (
            "[log]\nfilter = \"guira=loud=er\"\n".to_owned(),
            "log.filter",
            "log filter \"guira=loud=er\" cannot be read",
            "write it as in \"info\"",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let settings = listen() + &settings;
        let (text, failed) = examined(folder.path(), &settings, &[]);
        let found = line(&text, what);
        assert!(
            failed && found.starts_with("error") && found.contains(said) && found.contains(mend),
            "{text}"
        );
        assert!(!text.contains("hidden"), "{text}");
        let out = Command::new(env!("CARGO_BIN_EXE_guira"))
            .args(["serve", "--config", "guira.toml"])
            .current_dir(folder.path())
            .output()
            .unwrap();
        let refused = String::from_utf8(out.stderr).unwrap();
        assert!(!out.status.success() && refused.contains(said), "{refused}");
    }
}

#[test]
fn what_serve_starts_with_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("webhook.secret"), "sixteen-letters!\n").unwrap();
    fs::write(folder.path().join("hs.geojson"), r#"{"type":"FeatureCollection","features":[]}"#).unwrap();
    let settings = format!(
        "{}{WEBHOOK}secret_file = \"webhook.secret\"\n[heat_sources]\nfile = \"hs.geojson\"\n",
        listen()
    );
    let (text, failed) = examined(folder.path(), &settings, &[]);
    assert!(!failed, "{text}");
    assert_eq!(line(&text, "webhook"), "ok       webhook: https://example.org/fires");
    assert!(line(&text, "heat_sources").starts_with("ok"), "{text}");
}
