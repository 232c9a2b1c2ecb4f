//! PhysX servers that compute members.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use super::OutOfRange;
use crate::simulate::physx::{FallBack, PhysXOptions, ServerUrl};
use crate::simulate::tls::TlsFiles;

/// Most servers in the settings; one name may stand for many.
const SERVERS_MAX: usize = 100;

/// Servers for PhysX members; without any this process computes them.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PhysXSettings {
    /// Where they are: `http://HOST:PORT` or `https://HOST:PORT`, as a list or with commas between. A name may stand for many
    /// addresses.
    #[serde(deserialize_with = "servers")]
    pub servers: Vec<String>,
    /// What computes where no server can: `local` or `surrogate`.
    pub fall_back: FallBackSetting,
    /// How often names are looked up again, s.
    pub resolve_s: u64,
    /// Compress messages, for lines that are slower than the cores.
    pub gzip: bool,
    /// Certificates that servers are believed by, PEM; needed for `https`.
    pub ca_file: Option<PathBuf>,
    /// Our own certificate, PEM, where servers ask for one.
    pub cert_file: Option<PathBuf>,
    /// Its key, PEM.
    pub key_file: Option<PathBuf>,
    /// The name that servers' certificates must have; without it the one in the URL.
    pub server_name: Option<String>,
}

/// A variable is one text.
fn servers<'de, D: Deserializer<'de>>(value: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged, expecting = "needed a list of URLs, or one text with commas between them")]
    enum Given {
        List(Vec<String>),
        Text(String),
    }
    Ok(match Given::deserialize(value)? {
        Given::List(list) => list,
        Given::Text(text) => {
            text.split(',').map(|url| url.trim().to_owned()).filter(|url| !url.is_empty()).collect()
        }
    })
}

/// What computes where no server can.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FallBackSetting {
    /// This process.
    #[default]
    Local,
    /// The surrogate.
    Surrogate,
}

impl Default for PhysXSettings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            fall_back: FallBackSetting::default(),
            resolve_s: 10,
            gzip: false,
            ca_file: None,
            cert_file: None,
            key_file: None,
            server_name: None,
        }
    }
}

impl PhysXSettings {
    /// As the simulator takes them, checked; `None` without servers.
    pub fn options(&self) -> Result<Option<PhysXOptions>, OutOfRange> {
        if self.servers.len() > SERVERS_MAX {
            let detail = format!("needed at most {SERVERS_MAX}, found {}", self.servers.len());
            return Err(OutOfRange::new("physx.servers", detail));
        }
        if !(1..=3_600).contains(&self.resolve_s) {
            let detail = format!("needed a whole number from 1 to 3600, found {}", self.resolve_s);
            return Err(OutOfRange::new("physx.resolve_s", detail));
        }
        let url = |text: &String| ServerUrl::parse(text).map_err(|why| OutOfRange::new("physx.servers", why));
        let servers = self.servers.iter().map(url).collect::<Result<Vec<_>, _>>()?;
        if let Some(double) = servers.iter().enumerate().find(|(at, url)| servers[..*at].contains(url)) {
            let detail = format!("needed each server once, found {} twice", double.1.text);
            return Err(OutOfRange::new("physx.servers", detail));
        }
        if servers.iter().any(|url| url.tls) && self.ca_file.is_none() {
            let detail = "needed the certificates that https servers are believed by, found none";
            return Err(OutOfRange::new("physx.ca_file", detail));
        }
        if self.cert_file.is_some() != self.key_file.is_some() {
            let detail = "needed cert_file and key_file together, found one of them";
            return Err(OutOfRange::new("physx.cert_file", detail));
        }
        if servers.is_empty() {
            return Ok(None);
        }
        Ok(Some(PhysXOptions {
            servers,
            fall_back: match self.fall_back {
                FallBackSetting::Local => FallBack::Local,
                FallBackSetting::Surrogate => FallBack::Surrogate,
            },
            resolve: Duration::from_secs(self.resolve_s),
            gzip: self.gzip,
            tls: TlsFiles {
                ca: self.ca_file.clone(),
                cert: self.cert_file.clone(),
                key: self.key_file.clone(),
            },
            server_name: self.server_name.clone(),
        }))
    }
}
