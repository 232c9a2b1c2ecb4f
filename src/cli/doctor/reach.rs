//! What is reached over the network: providers of inputs, PhysX servers.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use guira::clock::Clock;
use guira::inputs::online::Online;
use guira::settings::Settings;

use super::Finding;

/// How long each is waited for.
const WAIT: Duration = Duration::from_secs(5);

/// Everything that is somewhere else.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let mut findings = providers(settings);
    findings.extend(settings.physx.servers.iter().map(|server| physx(server)));
    findings
}

fn providers(settings: &Settings) -> Vec<Finding> {
    let options = match settings.inputs.online.options(&settings.data_dir.0) {
        Ok(Some(options)) => options,
        Ok(None) => return vec![Finding::ok("online inputs", "switched off: nothing is fetched")],
        Err(error) => {
            return vec![Finding::error(
                "online inputs",
                error.to_string(),
                "mend that setting: docs/operations.md",
            )];
        }
    };
    let providers = options.providers.clone();
    let contact = options.contact.is_some();
    let online = match Online::start(options, Clock::system()) {
        Ok(online) => online,
        Err(error) => {
            return vec![Finding::error("online inputs", error.to_string(), "check inputs.online.proxy")];
        }
    };
    let looks = providers.into_iter().map(|provider| {
        let what = format!("provider {provider}");
        match online.answers(provider, WAIT) {
            Ok(_) if provider.name() == "landfire" && !contact => {
                Finding::warning(what, "takes no order without an address", "set inputs.online.contact to an e-mail address")
            }
            Ok(took) => Finding::ok(what, format!("answers in {} ms", took.as_millis())),
            Err(error) if error.is_absent() => Finding::warning(
                what,
                error.to_string(),
                format!(
                    "it has this tile, of the mountains behind Los Angeles: mend the mirror's path in inputs.online.addresses, where {} comes behind it; \
                     a mirror of another part of the Earth may lack it",
                    provider.sure_tile().unwrap_or_default()
                ),
            ),
            Err(error) => Finding::warning(
                what,
                error.to_string(),
                "check the network, a proxy (inputs.online.proxy) or the name; what is missing is built in and named, --offline asks nobody",
            ),
        }
    });
    looks.collect()
}

fn physx(server: &str) -> Finding {
    let what = format!("PhysX server {server}");
    let host = server.split("://").nth(1).unwrap_or(server).trim_end_matches('/');
    let reached = host
        .to_socket_addrs()
        .map_err(|error| error.to_string())
        .and_then(|mut addresses| addresses.next().ok_or_else(|| "no address".to_owned()))
        .and_then(|address| TcpStream::connect_timeout(&address, WAIT).map_err(|error| error.to_string()));
    match reached {
        Ok(_) => Finding::ok(what, "takes connections"),
        Err(error) => Finding::error(
            what,
            error,
            "start it (guira physx --listen ADDRESS:PORT), or take it out of [physx] servers",
        ),
    }
}
