//! The door to the outside: who may be asked, what is taken, and what is said of what went wrong.

use std::time::{Duration, Instant};

use georead::bytes::ByteSource;
use guira::clock::Clock;
use guira::inputs::cache::Cache;
use guira::inputs::net::{Answer, Ask, Net, NetError, NetOptions};
use guira::inputs::remote::{Failures, Reach, RemoteBytes};
use std::sync::Arc;

use crate::support::replay::{Replay, Reply};

fn options(server: &Replay) -> NetOptions {
    NetOptions {
        origins: vec![server.origin.clone()],
        private_hosts: vec!["127.0.0.1".to_owned()],
        proxy: None,
        connect: Duration::from_secs(2),
        answer: Duration::from_secs(5),
        user_agent: "guira/test (somebody@example.org)".to_owned(),
    }
}

fn net(server: &Replay) -> Net {
    Net::start(options(server)).unwrap()
}

fn ask(server: &Replay, path: &str) -> Ask {
    Ask {
        url: format!("{}{path}", server.origin),
        range: None,
        types: &[],
        bytes_max: 1 << 20,
        deadline: Instant::now() + Duration::from_secs(4),
        wait: Duration::from_secs(4),
    }
}

fn refused(server: &Replay, path: &str) -> String {
    net(server).get(ask(server, path)).unwrap_err().to_string()
}

#[test]
fn an_answer_comes_whole_and_whoever_asked_says_who_they_are() {
    let server = Replay::start(|_| Reply::json("{}").header("ETag", "\"v1\""));
    let answer = net(&server).get(ask(&server, "/points/34,-119?key=secret")).unwrap();
    assert_eq!(answer, Answer { bytes: b"{}".to_vec(), total: None, version: Some("\"v1\"".to_owned()) });
    let asked = server.asked();
    assert_eq!(asked[0].target, "/points/34,-119?key=secret");
    assert_eq!(asked[0].user_agent, "guira/test (somebody@example.org)");
}

#[test]
fn a_user_and_password_go_along_below_their_address_and_are_never_shown() {
    let server = Replay::start(|asked| match asked.target.as_str() {
        "/gfs/there" | "/gfs2/there" => Reply::json("{}"),
        _ => Reply::status(500),
    });
    let with_login = server.origin.replace("://", "://user:pa%40ss@") + "/gfs/";
    let net = Net::start(NetOptions { origins: vec![with_login], ..options(&server) }).unwrap();
    net.get(ask(&server, "/gfs/there")).unwrap();
    net.get(ask(&server, "/gfs2/there")).unwrap();
    // user:pa@ss
    let logins: Vec<Option<String>> = server.asked().into_iter().map(|asked| asked.login).collect();
    assert_eq!(logins, [Some("Basic dXNlcjpwYUBzcw==".to_owned()), None]);
    let url = server.origin.replace("://", "://user:secret@") + "/gone";
    let error = net.get(Ask { url, ..ask(&server, "/") }).unwrap_err().to_string();
    assert!(error.contains("/gone: answered 500") && !error.contains("secret"), "{error}");
}

#[test]
fn only_hosts_that_were_configured_are_asked() {
    let (server, other) = (Replay::start(|_| Reply::json("{}")), Replay::start(|_| Reply::json("{}")));
    let net = net(&server);
    let error = net.get(ask(&other, "/")).unwrap_err();
    assert!(matches!(&error, NetError::NotConfigured { origin } if *origin == other.origin), "{error}");
    for (url, said) in [
        ("file:///etc/passwd", "needed an http or https address"),
        ("gopher://example.org", "needed an http or https address"),
        ("no address", "needed an http or https address"),
        ("https://api.example.org/x", "is not among the configured sources"),
    ] {
        let error = net.get(Ask { url: url.to_owned(), ..ask(&server, "/") }).unwrap_err().to_string();
        assert!(error.contains(said), "{url}: {error}");
    }
    assert!(other.asked().is_empty());
}

#[test]
fn addresses_that_are_not_public_are_refused_when_they_are_connected_to_unless_allowed() {
    let server = Replay::start(|_| Reply::json("{}"));
    let port = server.origin.rsplit(':').next().unwrap();
    let by_name = format!("http://localhost:{port}");
    let options = NetOptions {
        origins: vec![server.origin.clone(), by_name.clone(), "http://169.254.169.254".to_owned()],
        private_hosts: Vec::new(),
        ..options(&server)
    };
    let net = Net::start(options.clone()).unwrap();
    for (url, said) in [
        (
            server.origin.clone(),
            "127.0.0.1 is an address that is not public; inputs.online.private_hosts can allow it",
        ),
        (by_name.clone(), "an address that is not public"),
        (
            "http://169.254.169.254/latest/meta-data".to_owned(),
            "169.254.169.254 is an address that is not public",
        ),
    ] {
        let error = net.get(Ask { url, ..ask(&server, "/") }).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    assert!(server.asked().is_empty());
    let allowed = NetOptions { private_hosts: vec!["localhost".to_owned()], ..options };
    Net::start(allowed).unwrap().get(Ask { url: by_name, ..ask(&server, "/") }).unwrap();
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_redirect_is_told_and_not_followed() {
    let other = Replay::start(|_| Reply::json("{}"));
    let to = format!("{}/elsewhere?token=1", other.origin);
    let server = Replay::start(move |_| Reply::status(302).header("Location", &to));
    let error = refused(&server, "/a");
    assert!(
        error.ends_with(&format!("found a redirect to {}/elsewhere, which is not followed", other.origin)),
        "{error}"
    );
    assert!(other.asked().is_empty());
}

#[test]
fn an_answer_of_another_kind_or_too_large_is_refused() {
    let server = Replay::start(|asked| match asked.target.as_str() {
        "/page" => Reply::of("text/html; charset=utf-8", "<html>log in first</html>"),
        _ => Reply::json(vec![b' '; 2 << 20]),
    });
    let net = net(&server);
    let error =
        net.get(Ask { types: &["application/json"], ..ask(&server, "/page") }).unwrap_err().to_string();
    assert!(error.ends_with("needed application/json, found text/html; charset=utf-8"), "{error}");
    let error = net.get(ask(&server, "/large")).unwrap_err().to_string();
    assert!(error.ends_with("the answer has more than 1048576 bytes"), "{error}");
}

#[test]
fn an_error_that_comes_as_a_page_is_told_by_its_words() {
    let page = "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\">\n<html xmlns=\"http://www.w3.org/1999/xhtml\">\n\
        <head><title>Answer</title></head>\n<body><p>Error: <b>line 1</b>: parse error</p></body></html>";
    let server = Replay::start(move |asked| match asked.target.as_str() {
        "/page" => Reply { status: 400, ..Reply::of("text/html", page) },
        _ => Reply { status: 400, ..Reply::of("text/plain", "a < b, and cut <br") },
    });
    let error = refused(&server, "/page");
    assert!(error.ends_with("answered 400: Answer Error: line 1 : parse error"), "{error}");
    let error = refused(&server, "/text");
    assert!(error.ends_with("answered 400: a b, and cut br"), "{error}");
}

#[test]
fn an_answer_that_does_not_come_in_time_costs_no_more_than_the_deadline() {
    let server = Replay::start(|_| Reply { wait: Duration::from_secs(3), ..Reply::json("{}") });
    let began = Instant::now();
    let deadline = began + Duration::from_millis(300);
    let error = net(&server).get(Ask { deadline, ..ask(&server, "/slow?key=1") }).unwrap_err();
    assert!(matches!(error, NetError::OutOfTime { .. }), "{error}");
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    assert!(!error.to_string().contains("key"), "{error}");
}

#[test]
fn a_host_that_does_not_answer_in_its_own_time_is_late() {
    let server = Replay::start(|_| Reply { wait: Duration::from_secs(3), ..Reply::json("{}") });
    let net = Net::start(NetOptions { answer: Duration::from_millis(200), ..options(&server) }).unwrap();
    let error = net.get(ask(&server, "/slow?key=1")).unwrap_err();
    assert!(matches!(error, NetError::Late { .. }), "{error}");
    assert!(!error.to_string().contains("key"), "{error}");
}

#[test]
fn an_answer_that_is_cut_is_asked_for_once_more_and_then_told() {
    let server = Replay::start(|_| Reply { cut_at: Some(10), ..Reply::json(vec![b' '; 1000]) });
    let error = refused(&server, "/cut");
    assert!(error.contains("/cut: "), "{error}");
    assert_eq!(server.asked().len(), 2);
    let server = Replay::start(|asked| match asked.target.contains("second") {
        true => Reply::json("{}"),
        false => Reply::status(500),
    });
    assert!(refused(&server, "/first").ends_with("answered 500: status 500"));
    assert_eq!(server.asked().len(), 2);
}

#[test]
fn a_host_that_is_busy_is_left_alone_for_as_long_as_it_asks() {
    let server = Replay::start(|_| Reply::status(429).header("Retry-After", "120"));
    let net = net(&server);
    let first = net.get(ask(&server, "/a")).unwrap_err().to_string();
    assert!(first.ends_with("answered 429: status 429"), "{first}");
    let second = net.get(ask(&server, "/b")).unwrap_err();
    assert!(matches!(&second, NetError::LeftAlone { left, .. } if left.as_secs() >= 110), "{second}");
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn a_host_that_fails_again_and_again_is_left_alone() {
    let server = Replay::start(|_| Reply::status(503));
    let net = net(&server);
    let errors: Vec<String> = (0..4).map(|_| net.get(ask(&server, "/a")).unwrap_err().to_string()).collect();
    assert!(
        errors[3].starts_with("127.0.0.1 failed 3 times just now (")
            && errors[3].contains("answered 503")
            && errors[3].contains("), and is not asked again for "),
        "{}",
        errors[3]
    );
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn what_is_not_there_is_told_as_that_and_does_not_count_against_the_host() {
    let server = Replay::start(|_| Reply::status(404));
    let net = net(&server);
    for _ in 0..5 {
        assert!(net.get(ask(&server, "/sea")).unwrap_err().is_absent());
    }
    assert_eq!(server.asked().len(), 5);
}

/// A megabyte and a bit, in which every place is told from every other one.
fn large() -> Vec<u8> {
    (0..1_100_003_u32).map(|place| (place.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn reach(server: &Replay, folder: &std::path::Path) -> Reach {
    let cache =
        Cache::new(folder.to_owned(), 1 << 30, Clock::manual("2025-08-14T12:00:00Z".parse().unwrap()));
    Reach {
        net: Arc::new(net(server)),
        cache: Arc::new(cache),
        deadline: Instant::now() + Duration::from_secs(10),
        wait: Duration::from_secs(10),
        failures: Failures::default(),
    }
}

#[test]
fn a_far_file_is_read_by_ranges_each_of_them_once() {
    let folder = tempfile::tempdir().unwrap();
    let body = large();
    let served = body.clone();
    let server = Replay::start(move |_| Reply::of("image/tiff", served.clone()).header("ETag", "\"1\""));
    let reach = reach(&server, folder.path());
    let url = format!("{}/tile.tif", server.origin);
    let far = RemoteBytes::open(&reach, &url, 3600).unwrap();
    assert_eq!(far.len(), body.len() as u64);
    let ranges = [(0, 100), (131_000, 300), (700_000, 200_000), (body.len() as u64 - 3, 3), (5, 0)];
    let pieces = far.read_ranges(&ranges).unwrap();
    for ((offset, length), piece) in ranges.into_iter().zip(&pieces) {
        assert_eq!(*piece, body[offset as usize..][..length]);
    }
    let first = server.asked().len();
    assert!(first <= 4, "{first} requests");
    let again = RemoteBytes::open(&reach, &url, 3600).unwrap();
    assert_eq!(again.read_ranges(&ranges).unwrap(), pieces);
    assert_eq!(server.asked().len(), first, "what is kept is not asked for");
    assert!(far.read_at(body.len() as u64 - 3, 4).is_err());
}

#[test]
fn a_far_file_is_still_read_when_the_network_is_gone_and_refused_where_nothing_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let body = large();
    let served = body.clone();
    let server = Replay::start(move |_| Reply::of("image/tiff", served.clone()).header("ETag", "\"1\""));
    let url = format!("{}/tile.tif", server.origin);
    let before = reach(&server, folder.path());
    RemoteBytes::open(&before, &url, 3600).unwrap().read_at(0, 1000).unwrap();
    let down = reach(&server, folder.path());
    drop(server);
    // Too old, and nobody answers.
    let far = RemoteBytes::open(&down, &url, -1).unwrap();
    assert_eq!(far.read_at(10, 10).unwrap(), body[10..20]);
    let error = far.read_at(900_000, 10).unwrap_err().to_string();
    assert!(error.contains("/tile.tif"), "{error}");
}

#[test]
fn a_file_that_changes_while_it_is_read_is_not_made_of_two_versions() {
    let folder = tempfile::tempdir().unwrap();
    let count = std::sync::atomic::AtomicUsize::new(0);
    let body = large();
    let server = Replay::start(move |_| {
        let version = count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        Reply::of("image/tiff", body.clone()).header("ETag", &format!("\"{version}\""))
    });
    let far =
        RemoteBytes::open(&reach(&server, folder.path()), &format!("{}/t", server.origin), 3600).unwrap();
    let error = far.read_at(900_000, 10).unwrap_err().to_string();
    assert!(error.ends_with("changed while it was read"), "{error}");
}

#[test]
fn a_part_that_is_another_one_than_the_one_that_was_asked_for_is_refused() {
    for given in ["bytes 4096-4105/100000", "bytes 0-9/100000", "bytes 50-58/100000", "bytes */100000", ""] {
        let server = Replay::start(move |_| {
            let reply = Reply { status: 206, ..Reply::of("image/tiff", vec![b'x'; 10]) };
            if given.is_empty() { reply } else { reply.header("Content-Range", given) }
        });
        let error = net(&server).get(Ask { range: Some((50, 10)), ..ask(&server, "/t") }).unwrap_err();
        let found = if given.is_empty() { "no range" } else { given };
        let said = format!("/t: needed bytes 50-59, found {found}");
        assert!(error.to_string().ends_with(&said), "{given}: {error}");
    }
    // The end of the file, and a host that does not say how long it is.
    for (given, total) in [("bytes 50-59/60", Some(60)), ("bytes 50-59/*", None)] {
        let reply = Reply { status: 206, ..Reply::of("image/tiff", vec![b'x'; 10]) };
        let server = Replay::start(move |_| reply.clone().header("Content-Range", given));
        let length = if total.is_some() { 100 } else { 10 };
        let answer = net(&server).get(Ask { range: Some((50, length)), ..ask(&server, "/t") }).unwrap();
        assert_eq!((answer.bytes.len(), answer.total), (10, total));
    }
    let whole = Replay::start(|_| {
        Reply { status: 206, ..Reply::json("{}") }.header("Content-Range", "bytes 0-1/100")
    });
    let error = refused(&whole, "/t");
    assert!(error.ends_with("needed all, found bytes 0-1/100"), "{error}");
}

#[test]
fn a_host_that_knows_no_ranges_gives_the_whole_and_the_part_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let body = large();
    let served = body.clone();
    let server = Replay::start(move |_| Reply { ranges: false, ..Reply::of("image/tiff", served.clone()) });
    let far =
        RemoteBytes::open(&reach(&server, folder.path()), &format!("{}/t", server.origin), 3600).unwrap();
    assert_eq!(
        (far.len(), far.read_at(900_000, 10).unwrap()),
        (body.len() as u64, body[900_000..900_010].to_vec())
    );
}
