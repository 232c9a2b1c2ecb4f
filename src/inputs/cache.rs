//! What was fetched from far away, kept in files: for so long, and so many bytes.
//!
//! An entry is one file: a line of JSON, then the bytes. It is written beside and renamed, so that a file is whole or not there. An entry
//! that is too old is still given, with its age: where the network is down, yesterday's terrain is as good as today's.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::clock::Clock;

/// Longest first line of an entry, bytes: an address and what the host said of it.
const HEAD_BYTES_MAX: usize = 8192;

/// What is left of the most bytes once entries had to go: so that not every entry makes another one go.
const SWEPT_SHARE: f64 = 0.9;

/// Entries in a folder of files.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    bytes_max: u64,
    clock: Clock,
    /// Bytes in all; `None` until the folder was looked through.
    held: Mutex<Option<u64>>,
    written: AtomicU64,
}

/// Something kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The bytes; `None` where it was found that there is no such thing.
    pub bytes: Option<Vec<u8>>,
    /// When it was fetched.
    pub fetched_at: Timestamp,
    /// Whether it is not yet too old.
    pub fresh: bool,
}

#[derive(Serialize, Deserialize)]
struct Head {
    key: String,
    fetched_at: Timestamp,
    /// Absent where there is no such thing.
    length: Option<u64>,
}

impl Cache {
    /// A cache in a folder, which is made with the first entry.
    pub fn new(folder: PathBuf, bytes_max: u64, clock: Clock) -> Self {
        Self { folder, bytes_max, clock, held: Mutex::default(), written: AtomicU64::new(0) }
    }

    /// Where the entries lie.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The time that ages are told by.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What is kept under a key; `age_s_max` says from when on it is too old. A file that is broken counts as absent.
    pub fn get(&self, key: &str, age_s_max: i64) -> Option<Entry> {
        let path = self.path(key);
        let mut file = File::open(&path).ok()?;
        let entry = read(&mut file, key).ok()?;
        let now = self.clock.now();
        let age_s = now.duration_since(entry.fetched_at).as_secs();
        // What was used lately goes last; a disk that does not take the time keeps its order.
        drop(file.set_modified(used_at(now)));
        Some(Entry { fresh: (-60..=age_s_max).contains(&age_s), ..entry })
    }

    /// Keeps bytes, or that there are none.
    ///
    /// **Errors** when the disk refuses; nothing is kept then.
    pub fn put(&self, key: &str, bytes: Option<&[u8]>) -> io::Result<()> {
        let path = self.path(key);
        let folder = path.parent().expect("an entry lies in a folder");
        fs::create_dir_all(folder)?;
        let head = Head {
            key: key.to_owned(),
            fetched_at: self.clock.now(),
            length: bytes.map(|bytes| bytes.len() as u64),
        };
        let mut text = serde_json::to_vec(&head).map_err(io::Error::other)?;
        text.push(b'\n');
        let serial = self.written.fetch_add(1, Ordering::Relaxed);
        let beside = folder.join(format!(".{}-{serial}", std::process::id()));
        let written = File::create(&beside).and_then(|mut file| {
            file.write_all(&text)?;
            file.write_all(bytes.unwrap_or_default())?;
            file.set_modified(used_at(head.fetched_at))
        });
        let before = fs::metadata(&path).map_or(0, |state| state.len());
        if let Err(error) = written.and_then(|()| fs::rename(&beside, &path)) {
            drop(fs::remove_file(&beside));
            return Err(error);
        }
        self.make_room(text.len() as u64 + bytes.map_or(0, |bytes| bytes.len() as u64), before);
        Ok(())
    }

    /// Forgets an entry.
    pub fn forget(&self, key: &str) {
        let path = self.path(key);
        let bytes = fs::metadata(&path).map_or(0, |state| state.len());
        if fs::remove_file(&path).is_ok() {
            let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
            *held = held.map(|held| held.saturating_sub(bytes));
        }
    }

    /// Bytes of all entries.
    pub fn held_bytes(&self) -> u64 {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held.get_or_insert_with(|| self.entries().iter().map(|entry| entry.1).sum())
    }

    fn make_room(&self, added: u64, replaced: u64) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let all = match *held {
            None => self.entries().iter().map(|entry| entry.1).sum(),
            Some(before) => (before + added).saturating_sub(replaced),
        };
        *held = Some(all);
        if all <= self.bytes_max {
            return;
        }
        let mut entries = self.entries();
        entries.sort_by_key(|entry| entry.2);
        let (wanted, mut left) = ((self.bytes_max as f64 * SWEPT_SHARE) as u64, all);
        for (path, bytes, _) in entries {
            if left <= wanted {
                break;
            }
            if fs::remove_file(&path).is_ok() {
                left = left.saturating_sub(bytes);
            }
        }
        *held = Some(left);
    }

    /// Every file of the folder with its size and the time of its last use.
    fn entries(&self) -> Vec<(PathBuf, u64, Option<SystemTime>)> {
        let shelves = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let files = shelves.flat_map(|shelf| fs::read_dir(shelf.path()).into_iter().flatten().flatten());
        let known = files.filter_map(|file| {
            let state = file.metadata().ok()?;
            state.is_file().then(|| (file.path(), state.len(), state.modified().ok()))
        });
        known.collect()
    }

    fn path(&self, key: &str) -> PathBuf {
        let digest = Sha256::digest(key.as_bytes());
        let name: String = digest[..20].iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(&name[..2]).join(&name[2..])
    }
}

fn used_at(now: Timestamp) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_millis(now.as_millisecond().max(0) as u64)
}

fn read(file: &mut File, key: &str) -> io::Result<Entry> {
    let broken = || io::Error::from(io::ErrorKind::InvalidData);
    let mut text = Vec::new();
    file.read_to_end(&mut text)?;
    let line = text.iter().take(HEAD_BYTES_MAX).position(|byte| *byte == b'\n').ok_or_else(broken)?;
    let head: Head = serde_json::from_slice(&text[..line]).map_err(io::Error::other)?;
    text.drain(..=line);
    let whole = head.length.unwrap_or(0) == text.len() as u64;
    if head.key != key || !whole {
        return Err(broken());
    }
    Ok(Entry { bytes: head.length.map(|_| text), fetched_at: head.fetched_at, fresh: true })
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;

    fn cache(bytes_max: u64) -> (tempfile::TempDir, Clock, Cache) {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual("2025-08-14T12:00:00Z".parse().unwrap());
        let cache = Cache::new(folder.path().join("inputs"), bytes_max, clock.clone());
        (folder, clock, cache)
    }

    #[test]
    fn what_is_kept_is_given_again_with_its_age_also_when_it_is_too_old() {
        let (_folder, clock, cache) = cache(1 << 20);
        assert_eq!(cache.get("a", 60), None);
        cache.put("a", Some(b"terrain")).unwrap();
        cache.put("sea", None).unwrap();
        clock.advance(SignedDuration::from_secs(60));
        let entry = cache.get("a", 60).unwrap();
        assert_eq!((entry.bytes.as_deref(), entry.fresh), (Some(b"terrain".as_slice()), true));
        assert_eq!(entry.fetched_at.to_string(), "2025-08-14T12:00:00Z");
        assert_eq!(cache.get("sea", 60).unwrap().bytes, None);
        clock.advance(SignedDuration::from_secs(1));
        assert!(!cache.get("a", 60).unwrap().fresh);
    }

    #[test]
    fn the_entries_used_longest_ago_go_when_there_are_too_many_bytes() {
        let (_folder, clock, cache) = cache(10_000);
        for entry in 0..9 {
            cache.put(&format!("{entry}"), Some(&[entry; 1000])).unwrap();
            clock.advance(SignedDuration::from_secs(1));
        }
        assert!(cache.get("0", 60).is_some());
        clock.advance(SignedDuration::from_secs(1));
        cache.put("9", Some(&[9; 1000])).unwrap();
        let left: Vec<bool> = (0..10).map(|entry| cache.get(&format!("{entry}"), 60).is_some()).collect();
        assert_eq!(left, [true, false, false, true, true, true, true, true, true, true]);
        assert!(cache.held_bytes() <= 9_000, "{}", cache.held_bytes());
    }

    #[test]
    fn a_broken_file_counts_as_absent() {
        let (_folder, _, cache) = cache(1 << 20);
        cache.put("a", Some(b"terrain")).unwrap();
        let path = cache.path("a");
        let whole = fs::read(&path).unwrap();
        for broken in [&whole[..whole.len() - 1], &whole[..10], b"", b"{}\nterrain"] {
            fs::write(&path, broken).unwrap();
            assert_eq!(cache.get("a", 60), None);
        }
        fs::write(cache.path("b"), &whole)
            .or_else(|_| fs::create_dir_all(cache.path("b").parent().unwrap()))
            .unwrap();
        assert_eq!(cache.get("b", 60), None, "an entry of another key");
    }
}
