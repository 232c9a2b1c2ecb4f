//! What `guira serve` refuses to start with, found by the checks that it makes itself.

use guira::settings::Settings;
use guira::{components, telemetry, webhooks};

use super::Finding;
use crate::cli::serve::demonstrates_inside;

/// Webhooks, heat sources, certificates, the log.
pub(super) fn look(settings: &Settings) -> Vec<Finding> {
    let mut findings = Vec::new();
    if let Err(error) = demonstrates_inside(settings) {
        findings.push(Finding::error("demo", error.to_string(), "set http.listen = \"127.0.0.1:8200\""));
    }
    if let Err(error) = telemetry::check(&settings.log.filter) {
        findings.push(Finding::error(
            "log.filter",
            error.to_string(),
            "write it as in \"info\" or \"guira=debug\"; RUST_LOG takes its place",
        ));
    }
    findings.extend(settings.webhook.iter().map(|one| match webhooks::check(one) {
        Ok(()) => Finding::ok("webhook", one.shown_url()),
        Err(error) => Finding::error(
            "webhook",
            error.to_string(),
            "mend it in [[webhook]]: a secret, or a secret_file that can be read, of 16 characters at least",
        ),
    }));
    findings.extend(settings.heat_sources.file.as_ref().map(|file| {
        match components::heat_sources(settings) {
            Ok(_) => Finding::ok("heat_sources", file.display().to_string()),
            Err(error) => Finding::error(
                "heat_sources",
                error.to_string(),
                "mend the file or the path in [heat_sources] file, or take it out",
            ),
        }
    }));
    findings.extend(certificates(settings));
    findings
}

/// The certificates of servers with https; nothing where there are none.
fn certificates(settings: &Settings) -> Option<Finding> {
    // What is outside its range was told when the settings were read.
    let options = settings.physx.options().ok().flatten()?;
    let is_needed = options.servers.iter().any(|url| url.tls);
    is_needed.then(|| match options.check() {
        Ok(()) => Finding::ok("physx.ca_file", "the certificates can be used"),
        Err(error) => Finding::error(
            "physx.ca_file",
            error.to_string(),
            "name files in PEM as physx.ca_file, and where servers ask for them as cert_file and key_file",
        ),
    })
}
