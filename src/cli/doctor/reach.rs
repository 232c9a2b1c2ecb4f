//! What is reached over the network: providers of inputs, PhysX servers.

use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use guira::clock::Clock;
use guira::inputs::net::NetError;
use guira::inputs::online::{Online, Provider};
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
    let through =
        online.proxy().map(|proxy| format!(", asked through the proxy {proxy}")).unwrap_or_default();
    let looks = providers.into_iter().map(|provider| {
        let what = format!("provider {provider}");
        if provider == Provider::Landfire && !contact {
            return Finding::warning(
                what,
                "landfire not asked: no inputs.online.contact is set",
                "set it to an e-mail address, or take landfire off inputs.online.fuel",
            );
        }
        match online.answers(provider, WAIT) {
            Ok(took) => Finding::ok(what, format!("answers in {} ms{through}", took.as_millis())),
            Err(error) => {
                Finding::warning(what, format!("{error}{through}"), mend_of(&error, &online.sure(provider)))
            }
        }
    });
    looks.collect()
}

/// What to do about a provider that does not give what it surely has.
fn mend_of(error: &NetError, sure: &str) -> String {
    match error {
        NetError::Absent { .. } => format!(
            "it has this, of yesterday or of the mountains behind Los Angeles: mend the mirror's path in inputs.online.addresses, where {sure} \
             comes behind it; a mirror of another part of the Earth may lack it"
        ),
        NetError::Status { status: 407, .. } => {
            "the proxy wants credentials: https://USER:PASSWORD@HOST in inputs.online.proxy".to_owned()
        }
        NetError::Status { status: 401 | 403, .. } => {
            "the credentials of its address are missing or wrong: https://USER:PASSWORD@HOST in inputs.online.addresses".to_owned()
        }
        NetError::Status { status: 429, .. } => {
            "it was asked too often from here: wait, or name a mirror in inputs.online.addresses".to_owned()
        }
        NetError::Redirected { .. } | NetError::Type { .. } => {
            "something else answers in its place, as a network does that wants a login first: log in there, or mend inputs.online.addresses or proxy"
                .to_owned()
        }
        _ => "check the network, a proxy (inputs.online.proxy) or the name; what is missing is built in and named, --offline asks nobody"
            .to_owned(),
    }
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
