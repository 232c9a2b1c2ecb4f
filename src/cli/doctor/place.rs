//! The machine: folders, room on the disk, ports, keys.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};

use guira::http::auth::Keys;
use guira::settings::Settings;

use super::Finding;

/// Free room below which results may soon find none, and below which it is not worth to begin, bytes: a forecast's files are 1 to 10 MB.
const ROOM_WARNING: u64 = 2 << 30;
const ROOM_ERROR: u64 = 100 << 20;

/// Everything about this machine.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let mut findings = vec![folder("data_dir", &settings.data_dir.0)];
    if let Ok(Some(online)) = settings.inputs.online.options(&settings.data_dir.0) {
        findings.push(folder("inputs.online.cache_dir", &online.cache_folder));
    }
    findings.push(keys(settings));
    findings.push(port(settings));
    findings
}

/// Whether a folder can be written, and how much room there is.
fn folder(what: &str, path: &Path) -> Finding {
    let shown = path.display();
    let there = path.exists();
    let probe = path.join(".guira-doctor");
    let written =
        fs::create_dir_all(path).and_then(|()| fs::write(&probe, [])).and_then(|()| fs::remove_file(&probe));
    if let Err(error) = written {
        return Finding::error(
            what,
            format!("{shown} cannot be written: {error}"),
            format!("make it writable, or name another one as {what}"),
        );
    }
    let room = free_bytes(path);
    // What was made for the look goes again.
    if !there {
        drop(fs::remove_dir(path));
    }
    let free = |bytes: u64| format!("{shown}, {:.1} GiB free", bytes as f64 / f64::from(1 << 30));
    match room {
        Some(bytes) if bytes < ROOM_ERROR => {
            Finding::error(what, free(bytes), "make room, or name a folder on another disk")
        }
        Some(bytes) if bytes < ROOM_WARNING => {
            Finding::warning(what, free(bytes), "make room soon: files of forecasts are never deleted")
        }
        Some(bytes) => Finding::ok(what, free(bytes)),
        None => Finding::ok(what, shown.to_string()),
    }
}

fn free_bytes(path: &Path) -> Option<u64> {
    let state = rustix::fs::statvfs(path).ok()?;
    Some(state.f_bavail.saturating_mul(state.f_frsize))
}

fn keys(settings: &Settings) -> Finding {
    let (what, listen) = ("http.keys_file", settings.http.listen);
    let Some(file) = &settings.http.keys_file else {
        return match listen.ip().is_loopback() {
            true => Finding::ok(what, "none: only this machine may ask"),
            false => Finding::error(
                what,
                format!("none, and http.listen is {listen}"),
                "without keys only a loopback address is taken: guira key new makes one, or set http.listen = \"127.0.0.1:8200\"",
            ),
        };
    };
    match Keys::read(file) {
        Err(error) => {
            Finding::error(what, error.to_string(), "mend it, or make a new one with guira key new")
        }
        Ok(keys) if keys.is_empty() => Finding::error(
            what,
            format!("{} has no key", file.display()),
            "put the table that guira key new prints into it",
        ),
        Ok(_) if others_may_read(file) => Finding::warning(
            what,
            format!("{} can be read by everybody on this machine", file.display()),
            format!("chmod 600 {}", file.display()),
        ),
        Ok(_) => Finding::ok(what, file.display().to_string()),
    }
}

#[cfg(unix)]
fn others_may_read(file: &PathBuf) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(file).is_ok_and(|state| state.permissions().mode() & 0o004 != 0)
}

#[cfg(not(unix))]
fn others_may_read(_: &PathBuf) -> bool {
    false
}

fn port(settings: &Settings) -> Finding {
    let listen = settings.http.listen;
    match TcpListener::bind(listen) {
        Ok(_) => Finding::ok("http.listen", format!("{listen} is free")),
        Err(error) => Finding::error(
            "http.listen",
            format!("{listen} cannot be taken: {error}"),
            "stop what uses it (a guira that runs?), or set another address with --listen",
        ),
    }
}
