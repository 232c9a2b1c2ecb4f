//! Providers as the doctor finds them: what comes is looked at, not only that something does.

use super::{line, listen, said_of};
use crate::support::replay::{Asked, Replay, Reply};

const PROVIDERS: [&str; 9] =
    ["3dep", "copernicus-glo-30", "landfire", "worldcover", "open-meteo", "nws", "hrrr", "gfs", "overpass"];

/// What the doctor says of providers that all are one server, with some more of `[inputs.online]`.
fn asked(server: &Replay, more: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| match name {
        // Its status lies beside its address.
        "overpass" => format!("overpass = \"{}/overpass/interpreter\"", server.origin),
        _ => format!("{name} = \"{}/{name}\"", server.origin),
    };
    let addresses: Vec<String> = PROVIDERS.into_iter().map(of).collect();
    let settings = format!(
        "{}[inputs.online]\nweather = [\"nws\", \"open-meteo\", \"hrrr\", \"gfs\"]\nprivate_hosts = [\"127.0.0.1\"]\n{more}\naddresses = {{ {} }}\n",
        listen(),
        addresses.join(", ")
    );
    std::fs::write(folder.path().join("guira.toml"), settings).unwrap();
    said_of(folder.path())
}

const CONTACT: &str = "contact = \"duty@example.org\"";

/// Each gives what forecasts take from it.
fn sound(asked: &Asked) -> Reply {
    let path = asked.target.split('?').next().unwrap_or_default();
    match () {
        () if path.ends_with(".tif") => Reply::of("image/tiff", "II*\0 and what follows is not read"),
        () if path.ends_with(".idx") => {
            Reply::of("binary/octet-stream", "1:0:d=2025081400:PRES:surface:anl:\n")
        }
        () if path == "/overpass/status" => Reply::of("text/plain", "Connected as: 1\nRate limit: 2\n"),
        () if ["/landfire/healthCheck", "/open-meteo/forecast"].contains(&path)
            || path.starts_with("/nws/points/") =>
        {
            Reply::json("{\"success\": true}")
        }
        () => Reply::status(404),
    }
}

#[test]
fn each_provider_is_asked_for_something_of_what_forecasts_take() {
    let text = asked(&Replay::start(sound), CONTACT);
    for provider in PROVIDERS {
        let found = line(&text, &format!("provider {provider}:"));
        assert!(found.starts_with("ok") && found.contains("answers in"), "{found}");
    }
}

/// What a network gives that wants a login, a busy host, and one that wants credentials.
#[test]
fn an_answer_that_is_not_what_forecasts_take_is_named() {
    let page = "<!DOCTYPE html><html><body>Welcome to the hotel</body></html>";
    for (reply, said, mend) in [
        (Reply::of("text/html", page), "found a web page (HTML)", "something else answers in its place"),
        (
            Reply { status: 302, ..Reply::of("text/html", "") }
                .header("Location", "http://login.example.org/in"),
            "found a redirect to http://login.example.org/in",
            "log in there",
        ),
        (Reply::status(403), "answered 403", "the credentials of its address are missing or wrong"),
    ] {
        let server = Replay::start(move |_| reply.clone());
        let text = asked(&server, CONTACT);
        for provider in PROVIDERS {
            let found = line(&text, &format!("provider {provider}:"));
            assert!(
                found.starts_with("warning") && found.contains(said) && found.contains(mend),
                "{provider}: {text}"
            );
        }
    }
    let busy = asked(&Replay::start(|_| Reply::status(429)), CONTACT);
    let found = line(&busy, "provider 3dep:");
    assert!(found.starts_with("warning") && found.contains("429") && found.contains("too often"), "{busy}");
}

#[test]
fn an_answer_through_a_proxy_names_the_proxy() {
    let page = Replay::start(|_| Reply::of("text/html", "<html>Blocked</html>"));
    let proxy = format!("{CONTACT}\nproxy = {:?}", page.origin.replace("://", "://user:secret@"));
    let text = asked(&page, &proxy);
    let found = line(&text, "provider open-meteo:");
    assert!(found.contains(&format!("asked through the proxy {}", page.origin)), "{text}");
    assert!(!text.contains("secret"), "{text}");
}

#[test]
fn landfire_is_not_asked_without_a_contact() {
    let server = Replay::start(sound);
    let text = asked(&server, "");
    let found = line(&text, "provider landfire:");
    assert!(
        found.starts_with("warning") && found.contains("landfire not asked: no inputs.online.contact is set"),
        "{text}"
    );
    assert!(!server.asked().iter().any(|asked| asked.target.starts_with("/landfire")));
}
