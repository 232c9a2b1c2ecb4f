//! Certificates: renewed under load without a failed call, and refused where they are not what they should be.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use guira::simulate::Simulator;
use guira::simulate::fleet::{FleetReport, ServerReport, ServerState};
use guira::simulate::physx::{FallBack, PhysXOptions};
use guira::simulate::tls::TlsFiles;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use tokio::time::sleep;

use super::rig::{Process, client, ensemble, options, scenario, until_fleet};

/// Rotations under load.
const ROTATIONS: usize = 100;

/// What is special about a certificate.
type Change = fn(&mut CertificateParams);

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Writes a certificate of a name and its key; each file takes the place of the one before at once.
fn issue(folder: &Path, file: &str, name: &str, by: &Authority, change: Change) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, by).unwrap();
    for (ending, text) in [("pem", certificate.pem()), ("key", key.serialize_pem())] {
        let (next, at) =
            (folder.join(format!("{file}.{ending}.next")), folder.join(format!("{file}.{ending}")));
        std::fs::write(&next, text).unwrap();
        std::fs::rename(next, at).unwrap();
    }
}

fn server(folder: &Path) -> Process {
    let file = |name: &str| folder.join(name).display().to_string();
    Process::start(&[
        "--threads",
        "1",
        "--tls-cert",
        &file("server.pem"),
        "--tls-key",
        &file("server.key"),
        "--tls-client-ca",
        &file("ca.pem"),
    ])
}

fn encrypted(server: &Process, folder: &Path) -> PhysXOptions {
    let file = |name: &str| Some(folder.join(name));
    PhysXOptions {
        tls: TlsFiles { ca: file("ca.pem"), cert: file("client.pem"), key: file("client.key") },
        server_name: Some("physx.test".to_owned()),
        ..options(&[format!("https://{}", server.address)], FallBack::Surrogate)
    }
}

/// A folder with an authority's certificates for both sides.
fn folder(by: &Authority) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), by.pem()).unwrap();
    issue(folder.path(), "server", "physx.test", by, |_| {});
    issue(folder.path(), "client", "guira.test", by, |_| {});
    folder
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_rotations_of_both_sides_cost_no_call() {
    let by = authority("a test's authority");
    let folder = folder(&by);
    let server = server(folder.path());
    let simulator = client(encrypted(&server, folder.path()));
    let over = AtomicBool::new(false);
    let scenario = Arc::new(scenario(4, 900));
    let load = async {
        let mut members = 0;
        while !over.load(Ordering::Relaxed) {
            for done in ensemble(&*simulator, &scenario, 2).await {
                done.unwrap();
                members += 1;
            }
        }
        members
    };
    let rotate = async {
        for _ in 0..ROTATIONS {
            issue(folder.path(), "server", "physx.test", &by, |_| {});
            issue(folder.path(), "client", "guira.test", &by, |_| {});
            // Each shorter and longer than it takes to notice.
            sleep(Duration::from_millis(150)).await;
        }
        sleep(Duration::from_secs(2)).await;
        over.store(true, Ordering::Relaxed);
    };
    let (members, ()) = tokio::join!(load, rotate);
    let report = simulator.fleet().unwrap();
    println!("{ROTATIONS} rotations, {members} members: {report:?}");
    assert_eq!((report.servers[0].failures, report.retries, report.members_here), (0, 0, 0));
    assert_eq!(report.members_done, members);
    // A client that comes with what is there now is taken.
    let newest = client(encrypted(&server, folder.path()));
    until_fleet(&*newest, |report| report.servers.iter().any(|one| one.state.name() == "serving")).await;
}

/// Why a client does not get through to a server.
async fn refusal(options: PhysXOptions) -> String {
    let simulator = client(options);
    until_fleet(&*simulator, |report| report.servers.iter().any(|server| server.reason.is_some())).await;
    let error = ensemble(&*simulator, &Arc::new(scenario(1, 900)), 1).await.remove(0).unwrap_err();
    assert_eq!(simulator.fleet().unwrap().members_done, 0);
    error.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_a_wrong_name_and_a_wrong_authority_are_refused_on_both_sides() {
    let (by, stranger) = (authority("a test's authority"), authority("somebody else"));
    let expired = |params: &mut CertificateParams| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2020, 2, 1);
    };
    // The server's.
    let cases: [(&str, &Authority, Change, &str); 3] = [
        ("physx.test", &by, expired, "certificate expired"),
        ("other.test", &by, |_| {}, "not valid for name"),
        ("physx.test", &stranger, |_| {}, "UnknownIssuer"),
    ];
    for (name, issuer, change, expected) in cases {
        let folder = folder(&by);
        issue(folder.path(), "server", name, issuer, change);
        let server = server(folder.path());
        let error = refusal(encrypted(&server, folder.path())).await;
        println!("{error}");
        assert!(error.contains(expected), "{error}\nlacks {expected}");
    }
    // The client's.
    let folder = folder(&by);
    let server = server(folder.path());
    let nothing = PhysXOptions {
        tls: TlsFiles { ca: Some(folder.path().join("ca.pem")), cert: None, key: None },
        ..encrypted(&server, folder.path())
    };
    println!("{}", refusal(nothing).await);
    for (issuer, change) in [(&by, expired as fn(&mut CertificateParams)), (&stranger, |_| {})] {
        issue(folder.path(), "client", "guira.test", issuer, change);
        println!("{}", refusal(encrypted(&server, folder.path())).await);
    }
    issue(folder.path(), "client", "guira.test", &by, |_| {});
    let good = client(encrypted(&server, folder.path()));
    assert!(ensemble(&*good, &Arc::new(scenario(1, 900)), 1).await[0].is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_that_become_right_are_taken_up_without_a_restart() {
    let (by, stranger) = (authority("a test's authority"), authority("somebody else"));
    let folder = folder(&by);
    issue(folder.path(), "server", "other.test", &by, |_| {});
    issue(folder.path(), "client", "guira.test", &stranger, |_| {});
    let server = server(folder.path());
    let simulator = client(encrypted(&server, folder.path()));
    let unreachable = |report: &FleetReport, why: &str| {
        let reason = |one: &ServerReport| one.reason.clone().unwrap_or_default();
        report.servers.iter().any(|one| reason(one).contains(why))
    };
    until_fleet(&*simulator, |report| unreachable(report, "not valid for name")).await;
    // The server's: the name is right now, and it is the client that is refused.
    issue(folder.path(), "server", "physx.test", &by, |_| {});
    until_fleet(&*simulator, |report| {
        report.servers.iter().any(|one| one.reason.is_some()) && !unreachable(report, "not valid for name")
    })
    .await;
    // The client's.
    issue(folder.path(), "client", "guira.test", &by, |_| {});
    until_fleet(&*simulator, |report| report.servers[0].state == ServerState::Serving).await;
    assert!(ensemble(&*simulator, &Arc::new(scenario(1, 900)), 1).await[0].is_ok());
}
