//! One request of a webhook: a CloudEvent in structured mode, signed. The one place with a client for HTTP.

use std::error::Error;
use std::time::Duration;

use hmac::{Hmac, Mac};
use jiff::Timestamp;
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::engine::live::Event;
use crate::settings::{Secret, WebhookSettings};

/// Longest reason that is kept, characters.
const REASON_CHARS_MAX: usize = 300;

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The receiver has it.
    Taken,
    /// It may take it later.
    Again {
        /// Why not now.
        reason: String,
        /// How long it asks to be left alone.
        after: Option<Duration>,
    },
    /// It will never take it.
    Refused {
        /// Why.
        reason: String,
    },
}

/// Sends to one address.
#[derive(Debug)]
pub(super) struct Sender {
    client: Client,
    url: String,
    secret: Secret,
}

impl Sender {
    /// **Errors** in words: the client cannot be built, or the address is none.
    pub(super) fn new(settings: &WebhookSettings, secret: &Secret) -> Result<Self, String> {
        // The first in the process stays; it is this one or as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        reqwest::Url::parse(&settings.url).map_err(|error| format!("no address: {error}"))?;
        let client = Client::builder()
            .timeout(Duration::from_secs(settings.answer_s_max))
            // Whoever redirects could send what is signed for one receiver to another.
            .redirect(Policy::none())
            .build()
            .map_err(|error| in_words(&error))?;
        Ok(Self { client, url: settings.url.clone(), secret: secret.clone() })
    }

    /// Sends an event once.
    pub(super) async fn post(&self, event: &Event, now: Timestamp) -> Outcome {
        let body = cloud_event(event);
        let timestamp = now.as_second().to_string();
        let signature = format!("v1={}", signature(self.secret.reveal(), &timestamp, &body));
        let request = self
            .client
            .post(&self.url)
            .header(CONTENT_TYPE, "application/cloudevents+json")
            .header(USER_AGENT, concat!("guira/", env!("CARGO_PKG_VERSION")))
            .header("Guira-Event-Id", event.id.to_string())
            .header("Guira-Timestamp", timestamp)
            .header("Guira-Signature", signature)
            .body(body);
        match request.send().await {
            Ok(answer) => judge(&answer),
            Err(error) => Outcome::Again { reason: in_words(&error.without_url()), after: None },
        }
    }
}

/// What another try can change is tried again: the receiver's own faults, its time-outs and its limits.
fn judge(answer: &Response) -> Outcome {
    let status = answer.status();
    let reason = format!("the receiver answered {status}");
    match status {
        status if status.is_success() => Outcome::Taken,
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Outcome::Again { reason, after: retry_after(answer.headers()) }
        }
        status if status.is_server_error() => Outcome::Again { reason, after: retry_after(answer.headers()) },
        _ => Outcome::Refused { reason },
    }
}

/// Seconds; a date is not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// The same event always gives the same bytes.
///
/// Source: CloudEvents 1.0, JSON event format.
fn cloud_event(event: &Event) -> String {
    let whole: Value = serde_json::from_slice(&event.json).unwrap_or_default();
    let mut body = json!({
        "specversion": "1.0",
        "id": event.id.to_string(),
        "source": "urn:guira",
        "type": format!("guira.{}", event.kind.name()),
        "time": event.at.to_string(),
        "datacontenttype": "application/json",
        "data": whole.get("data"),
    });
    if let Some(id) = event.cluster_id {
        body["subject"] = json!(format!("clusters/{id}"));
    }
    body.to_string()
}

/// HMAC-SHA256 over the time, a full stop and the body, in hexadecimal.
fn signature(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    for part in [timestamp, ".", body] {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The error and what lies behind it.
fn in_words(error: &reqwest::Error) -> String {
    let mut words = error.to_string();
    let mut behind = error.source();
    while let Some(cause) = behind {
        words += &format!(": {cause}");
        behind = cause.source();
    }
    words.chars().take(REASON_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: `printf '1705330800.{"a":1}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef`.
    #[test]
    fn the_signature_is_hmac_sha256_of_time_and_body() {
        let found = signature("0123456789abcdef0123456789abcdef", "1705330800", r#"{"a":1}"#);
        assert_eq!(found, "12bc1946fcad1417537299bcf8b90e3b7d858fdf017f019a2ae1a5c91b3ba3a5");
    }
}
