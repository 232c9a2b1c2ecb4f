//! A file far away, read by ranges and kept block by block.

use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use georead::bytes::{ByteSource, inside};
use serde::{Deserialize, Serialize};

use super::cache::Cache;
use super::net::{Answer, Ask, Net, NetError};
use super::online::Provider;

/// What is fetched and kept at a time: a tile of a terrain raster is some 100 to 600 kB packed.
const BLOCK_BYTES: usize = 128 << 10;

/// Neighbouring blocks that one request fetches, at most: further ones go side by side.
const BLOCKS_TOGETHER_MAX: usize = 16;

/// The door and the shelf that remote files are read through, for one forecast's inputs.
#[derive(Clone)]
pub struct Reach {
    /// The way out.
    pub net: Arc<Net>,
    /// What was fetched before.
    pub cache: Arc<Cache>,
    /// When it is too late.
    pub deadline: Instant,
    /// How long that was when it began.
    pub wait: Duration,
    /// Providers that failed for this forecast.
    pub failures: Failures,
}

/// A provider that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Who.
    pub provider: Provider,
    /// Why.
    pub why: String,
    /// Whether what was fetched before stood in.
    pub stood_in: bool,
}

/// Those of one forecast; its copies share them.
#[derive(Clone, Debug, Default)]
pub struct Failures(Arc<Mutex<Vec<Failure>>>);

impl Failures {
    /// One more.
    pub fn note(&self, provider: Provider, why: impl fmt::Display, stood_in: bool) {
        let failure = Failure { provider, why: why.to_string(), stood_in };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(failure);
    }

    /// All of them so far.
    pub fn all(&self) -> Vec<Failure> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Reach {
    /// The same for the first of several that are asked one after another: an equal part of the time that is left.
    pub fn share(&self, of: usize) -> Self {
        let now = Instant::now();
        let wait =
            self.deadline.saturating_duration_since(now) / u32::try_from(of).unwrap_or(u32::MAX).max(1);
        Self { deadline: now + wait, wait, ..self.clone() }
    }
}

impl fmt::Debug for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reach").finish_non_exhaustive()
    }
}

/// Bytes of a file far away.
#[derive(Debug)]
pub struct RemoteBytes {
    reach: Reach,
    url: String,
    age_s_max: i64,
    known: Known,
}

/// What is known of the file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Known {
    length: u64,
    version: Option<String>,
}

impl RemoteBytes {
    /// Asks how long the file is, or takes what is known of it, and its first block.
    ///
    /// **Errors** as [`Net::get`]; [`NetError::Absent`] also where that was found before.
    pub fn open(reach: &Reach, url: &str, age_s_max: i64) -> Result<Self, NetError> {
        let key = format!("{url} known");
        let kept = reach.cache.get(&key, age_s_max);
        let known = |entry: &super::cache::Entry| match &entry.bytes {
            None => Some(None),
            Some(bytes) => serde_json::from_slice::<Known>(bytes).ok().map(Some),
        };
        let open = |known: Option<Known>| match known {
            Some(known) => Ok(Self { reach: reach.clone(), url: url.to_owned(), age_s_max, known }),
            None => Err(NetError::Absent { url: url.to_owned(), status: 404 }),
        };
        if let Some(known) = kept.as_ref().filter(|entry| entry.fresh).and_then(known) {
            return open(known);
        }
        match reach.net.get(ask(reach, url, (0, BLOCK_BYTES))) {
            Ok(answer) => {
                let known = Known { length: answer.total.unwrap_or(0), version: answer.version.clone() };
                let opened = open(Some(known.clone()))?;
                opened.keep(0, &answer.bytes);
                put(&reach.cache, &key, serde_json::to_vec(&known).ok().as_deref());
                Ok(opened)
            }
            Err(error) if error.is_absent() => {
                put(&reach.cache, &key, None);
                Err(error)
            }
            // The network is down: what was known yesterday holds.
            Err(error) => match kept.as_ref().and_then(known) {
                Some(known) => open(known),
                None => Err(error),
            },
        }
    }

    fn block_key(&self, block: u64) -> String {
        format!("{} {} {BLOCK_BYTES} {block}", self.url, self.known.version.as_deref().unwrap_or("-"))
    }

    fn block_bytes(&self, block: u64) -> usize {
        let first = block * BLOCK_BYTES as u64;
        usize::try_from(self.known.length.saturating_sub(first)).unwrap_or(usize::MAX).min(BLOCK_BYTES)
    }

    /// Keeps the blocks that a stretch of the file holds whole.
    fn keep(&self, first: u64, bytes: &[u8]) {
        for (place, piece) in bytes.chunks(BLOCK_BYTES).enumerate() {
            let block = first + place as u64;
            if piece.len() == self.block_bytes(block) {
                put(&self.reach.cache, &self.block_key(block), Some(piece));
            }
        }
    }

    /// Blocks that are kept; a block of a file that is not known by a version grows old.
    fn kept(&self, block: u64) -> Option<Vec<u8>> {
        let age_s_max = if self.known.version.is_some() { i64::MAX } else { self.age_s_max };
        let entry = self.reach.cache.get(&self.block_key(block), age_s_max)?;
        entry.bytes.filter(|bytes| entry.fresh && bytes.len() == self.block_bytes(block))
    }

    /// Fetches blocks, neighbours together.
    fn fetch(&self, missing: &[u64], found: &mut Vec<(u64, Vec<u8>)>) -> io::Result<()> {
        let mut runs: Vec<(u64, usize)> = Vec::new();
        for &block in missing {
            match runs.last_mut() {
                Some((first, count)) if *first + *count as u64 == block && *count < BLOCKS_TOGETHER_MAX => {
                    *count += 1;
                }
                _ => runs.push((block, 1)),
            }
        }
        let asks = runs.iter().map(|&(first, count)| {
            let length = (0..count as u64).map(|next| self.block_bytes(first + next)).sum();
            ask(&self.reach, &self.url, (first * BLOCK_BYTES as u64, length))
        });
        let answers = self.reach.net.get_all(asks.collect());
        for ((first, count), answer) in runs.into_iter().zip(answers) {
            let Answer { bytes, version, .. } = answer.map_err(io::Error::other)?;
            let needed: usize = (0..count as u64).map(|next| self.block_bytes(first + next)).sum();
            if bytes.len() != needed
                || version.is_some() && self.known.version.is_some() && version != self.known.version
            {
                put(&self.reach.cache, &format!("{} known", self.url), Some(b"another version"));
                return Err(io::Error::other(format!("{} changed while it was read", self.url)));
            }
            self.keep(first, &bytes);
            let pieces = bytes.chunks(BLOCK_BYTES).enumerate();
            found.extend(pieces.map(|(next, piece)| (first + next as u64, piece.to_vec())));
        }
        Ok(())
    }
}

impl ByteSource for RemoteBytes {
    fn len(&self) -> u64 {
        self.known.length
    }

    fn read_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut pieces = self.read_ranges(&[(offset, length)])?;
        Ok(pieces.pop().unwrap_or_default())
    }

    fn read_ranges(&self, ranges: &[(u64, usize)]) -> io::Result<Vec<Vec<u8>>> {
        let mut wanted = Vec::new();
        for &(offset, length) in ranges.iter().filter(|range| range.1 > 0) {
            inside(self.known.length, offset, length)?;
            wanted.extend(offset / BLOCK_BYTES as u64..=(offset + length as u64 - 1) / BLOCK_BYTES as u64);
        }
        wanted.sort_unstable();
        wanted.dedup();
        let (mut blocks, mut missing) = (Vec::with_capacity(wanted.len()), Vec::new());
        for block in wanted {
            match self.kept(block) {
                Some(bytes) => blocks.push((block, bytes)),
                None => missing.push(block),
            }
        }
        self.fetch(&missing, &mut blocks)?;
        blocks.sort_unstable_by_key(|block| block.0);
        ranges.iter().map(|&(offset, length)| Ok(joined(&blocks, offset, length))).collect()
    }
}

/// A stretch of the file out of its blocks, which hold all of it.
fn joined(blocks: &[(u64, Vec<u8>)], offset: u64, length: usize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(length);
    let mut block = blocks.partition_point(|block| block.0 < offset / BLOCK_BYTES as u64);
    let mut skipped = (offset % BLOCK_BYTES as u64) as usize;
    while bytes.len() < length {
        let piece = &blocks[block].1[skipped..];
        bytes.extend_from_slice(&piece[..piece.len().min(length - bytes.len())]);
        (block, skipped) = (block + 1, 0);
    }
    bytes
}

fn ask(reach: &Reach, url: &str, range: (u64, usize)) -> Ask {
    let bytes_max = range.1.max(WHOLE_BYTES_MAX);
    let (deadline, wait) = (reach.deadline, reach.wait);
    Ask { url: url.to_owned(), range: Some(range), types: &[], bytes_max, deadline, wait }
}

/// Bytes that are taken of a host that knows no ranges and sends all of a file.
const WHOLE_BYTES_MAX: usize = 64 << 20;

/// A shelf that takes nothing only costs another request the next time.
fn put(cache: &Cache, key: &str, bytes: Option<&[u8]>) {
    if let Err(error) = cache.put(key, bytes) {
        tracing::warn!(folder = %cache.folder().display(), %error, "what was fetched cannot be kept");
    }
}
