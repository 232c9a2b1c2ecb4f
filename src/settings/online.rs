//! Inputs that are fetched over the network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use super::OutOfRange;
use crate::inputs::net::shown;
use crate::inputs::online::{Climate, Gives, OnlineOptions, Provider};

/// Inputs that are fetched where no folder has any.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OnlineSettings {
    /// Whether anything is fetched at all.
    pub enabled: bool,
    /// Who is asked for terrain, in this order: `3dep`, `copernicus-glo-30`.
    pub terrain: Vec<String>,
    /// Who is asked for fuel: `landfire`, which needs a `contact`, and `worldcover`.
    pub fuel: Vec<String>,
    /// Who is asked for weather: `nws`, `open-meteo`, `hrrr`, `gfs`.
    pub weather: Vec<String>,
    /// Who `guira inputs fetch --assets` asks: `overpass`. Forecasts ask nobody for assets.
    pub assets: Vec<String>,
    /// Addresses of mirrors by provider; an address and its host are only asked if they are here or built in.
    pub addresses: BTreeMap<String, String>,
    /// Address of Open-Meteo's archive of the past.
    pub open_meteo_archive: String,
    /// Longest that a forecast waits for all that is fetched, s.
    pub wait_s: f64,
    /// Hosts that may lie at addresses that are not public, as a mirror in one's own network does.
    pub private_hosts: Vec<String>,
    /// Proxy that all requests go through, as in `http://proxy.example.org:3128`.
    pub proxy: Option<String>,
    /// An e-mail address that providers may write to: `nws` wants one in requests, `landfire` takes none without.
    pub contact: Option<String>,
    /// The climate that land cover is taken for fuel by, `arid` or `humid`; without it by latitude.
    pub climate: Option<Climate>,
    /// Layers that LANDFIRE is asked for.
    pub landfire_layers: Vec<String>,
    /// Where what was fetched is kept; without it in the user's own folder for such things.
    pub cache_dir: Option<PathBuf>,
    /// How much of it, MiB.
    pub cache_mb_max: u64,
}

impl Default for OnlineSettings {
    fn default() -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            enabled: true,
            terrain: owned(&["3dep", "copernicus-glo-30"]),
            fuel: owned(&["landfire", "worldcover"]),
            weather: owned(&["nws", "open-meteo", "gfs"]),
            assets: owned(&["overpass"]),
            addresses: BTreeMap::new(),
            open_meteo_archive: "https://archive-api.open-meteo.com/v1".to_owned(),
            wait_s: 10.0,
            private_hosts: Vec::new(),
            proxy: None,
            contact: None,
            climate: None,
            // The newest complete set of the conterminous United States, Alaska and Hawaii. Source: lfps.usgs.gov, table of products, 2025.
            landfire_layers: owned(&[
                "LF2020_Elev",
                "LF2020_SlpD",
                "LF2020_Asp",
                "LF2023_FBFM40",
                "LF2023_CC",
                "LF2023_CH",
                "LF2023_CBH",
                "LF2023_CBD",
            ]),
            cache_dir: None,
            cache_mb_max: 2048,
        }
    }
}

impl OnlineSettings {
    /// As the sources take them; `None` where nothing is fetched.
    ///
    /// **Errors** name the field, what was needed and what was found.
    pub fn options(&self, data_dir: &Path) -> Result<Option<OnlineOptions>, OutOfRange> {
        let mut providers = Vec::new();
        let chains = [
            ("inputs.online.terrain", &self.terrain, Gives::Terrain),
            ("inputs.online.fuel", &self.fuel, Gives::Fuel),
            ("inputs.online.weather", &self.weather, Gives::Weather),
            ("inputs.online.assets", &self.assets, Gives::Assets),
        ];
        for (field, names, gives) in chains {
            for name in names {
                let provider: Provider = name.parse().map_err(|error| OutOfRange::new(field, error))?;
                if provider.gives() != gives {
                    let detail = format!("{name} gives {:?}, not {gives:?}", provider.gives());
                    return Err(OutOfRange::new(field, detail.to_lowercase()));
                }
                providers.push(provider);
            }
        }
        let mut addresses = BTreeMap::new();
        for (name, address) in &self.addresses {
            let provider = name.parse().map_err(|error| OutOfRange::new("inputs.online.addresses", error))?;
            addresses.insert(provider, web_address("inputs.online.addresses", address)?);
        }
        let open_meteo_archive = web_address("inputs.online.open_meteo_archive", &self.open_meteo_archive)?;
        if let Some(proxy) = &self.proxy {
            web_address("inputs.online.proxy", proxy)?;
        }
        if !(0.1..=600.0).contains(&self.wait_s) {
            let detail = format!("needed a number from 0.1 to 600, found {}", self.wait_s);
            return Err(OutOfRange::new("inputs.online.wait_s", detail));
        }
        if !self.enabled || providers.is_empty() {
            return Ok(None);
        }
        Ok(Some(OnlineOptions {
            providers,
            addresses,
            open_meteo_archive,
            wait: Duration::from_secs_f64(self.wait_s),
            private_hosts: self.private_hosts.clone(),
            proxy: self.proxy.clone(),
            contact: self.contact.clone(),
            climate: self.climate,
            landfire_layers: self.landfire_layers.clone(),
            cache_folder: self.cache_dir.clone().unwrap_or_else(|| cache_folder(data_dir)),
            cache_bytes_max: self.cache_mb_max << 20,
        }))
    }
}

/// `$XDG_CACHE_HOME/guira` or `~/.cache/guira`; beside the results where there is no home.
///
/// Source: XDG Base Directory Specification 0.8.
fn cache_folder(data_dir: &Path) -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")));
    home.map_or_else(|| data_dir.join("inputs"), |home| home.join("guira"))
}

fn web_address(field: &'static str, address: &str) -> Result<String, OutOfRange> {
    let host = ["https://", "http://"].iter().find_map(|scheme| address.strip_prefix(scheme));
    match host
        .is_some_and(|host| !host.is_empty() && !host.starts_with('/') && !host.contains(char::is_whitespace))
    {
        true => Ok(address.to_owned()),
        false => Err(OutOfRange::new(
            field,
            format!("needed http://HOST or https://HOST, found {:?}", shown(address)),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_none_or_give_something_else_are_refused_with_the_ones_that_are() {
        let refused = |settings: OnlineSettings| settings.options(Path::new("data")).unwrap_err().to_string();
        let unknown =
            refused(OnlineSettings { weather: vec!["ecmwf".to_owned()], ..OnlineSettings::default() });
        assert!(unknown.starts_with("field inputs.online.weather: needed one of 3dep"), "{unknown}");
        assert!(unknown.ends_with("found \"ecmwf\""), "{unknown}");
        let other = refused(OnlineSettings { terrain: vec!["nws".to_owned()], ..OnlineSettings::default() });
        assert_eq!(other, "field inputs.online.terrain: nws gives weather, not terrain");
        let address = BTreeMap::from([("gfs".to_owned(), "ftp://example.org".to_owned())]);
        let address = refused(OnlineSettings { addresses: address, ..OnlineSettings::default() });
        assert!(
            address.contains("needed http://HOST or https://HOST, found \"ftp://example.org\""),
            "{address}"
        );
        let address = BTreeMap::from([("gfs".to_owned(), "user:secret@example.org".to_owned())]);
        let address = refused(OnlineSettings { addresses: address, ..OnlineSettings::default() });
        assert!(address.ends_with("found \"example.org\""), "{address}");
    }

    #[test]
    fn what_is_switched_off_or_asks_nobody_is_nothing() {
        let off = OnlineSettings { enabled: false, ..OnlineSettings::default() };
        assert_eq!(off.options(Path::new("data")), Ok(None));
        let mut few =
            OnlineSettings { terrain: vec![], fuel: vec![], weather: vec![], ..OnlineSettings::default() };
        let options = few.options(Path::new("data")).unwrap().unwrap();
        assert!(!options.serve_forecasts() && options.providers == [Provider::Overpass]);
        few.assets.clear();
        assert_eq!(few.options(Path::new("data")), Ok(None));
        let on = OnlineSettings::default().options(Path::new("data")).unwrap().unwrap();
        assert!(on.serve_forecasts() && on.providers.first() == Some(&Provider::Usgs3dep));
    }
}
