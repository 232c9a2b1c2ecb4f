//! Certificates of both ends of the wire, read anew when their files change.
//!
//! Each connection takes the newest files that fit together. Files that are being replaced, and do not, leave the ones before in
//! use: so a rotation costs no call.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::SystemTime;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};

use super::lock;

/// Three files in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
    /// Whom to believe: the certificates that the other end's must come from.
    pub ca: Option<PathBuf>,
    /// Our own certificate and those between it and the other end's root.
    pub cert: Option<PathBuf>,
    /// The key of our own certificate.
    pub key: Option<PathBuf>,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read, or holds something else.
    #[error("{what} {}: {reason}", file.display())]
    File {
        /// What it should hold.
        what: &'static str,
        /// Which.
        file: PathBuf,
        /// Why not.
        reason: String,
    },
    /// A file is missing in the settings.
    #[error("a {missing} file is needed with a {given} file")]
    Incomplete {
        /// What is given.
        given: &'static str,
        /// What is not.
        missing: &'static str,
    },
    /// The certificates cannot be used.
    #[error("the certificates cannot be used: {0}")]
    Unusable(String),
}

/// Makes of the files what connections need, and keeps it while they stay the same.
pub struct Reloading<T> {
    files: TlsFiles,
    make: fn(&TlsFiles) -> Result<T, TlsError>,
    kept: Mutex<Kept<T>>,
}

struct Kept<T> {
    stamp: Stamp,
    made: Arc<T>,
    /// What was wrong with the files that are there now.
    trouble: Option<String>,
}

/// When each file was written last, and how long it is.
type Stamp = [Option<(SystemTime, u64)>; 3];

impl<T> Reloading<T> {
    fn new(files: TlsFiles, make: fn(&TlsFiles) -> Result<T, TlsError>) -> Result<Self, TlsError> {
        // The first in the process stays; it is this one or as good.
        drop(rustls::crypto::ring::default_provider().install_default());
        let stamp = stamp(&files);
        let made = Arc::new(make(&files)?);
        Ok(Self { files, make, kept: Mutex::new(Kept { stamp, made, trouble: None }) })
    }

    /// What the newest files that fit together make.
    pub fn current(&self) -> Arc<T> {
        let mut kept = lock(&self.kept);
        let now = stamp(&self.files);
        if now != kept.stamp {
            match (self.make)(&self.files) {
                Ok(made) => {
                    *kept = Kept { stamp: now, made: Arc::new(made), trouble: None };
                    tracing::info!("the certificates were read anew");
                }
                // Tried again at the next connection: a rotation may be half-way.
                Err(error) => {
                    let trouble = error.to_string();
                    if kept.trouble.as_ref() != Some(&trouble) {
                        tracing::warn!(trouble, "the certificates before stay in use");
                    }
                    kept.trouble = Some(trouble);
                }
            }
        }
        Arc::clone(&kept.made)
    }
}

impl<T> fmt::Debug for Reloading<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reloading").field("files", &self.files).finish_non_exhaustive()
    }
}

/// For who calls: believes the roots in `ca`, and shows its own certificate where there is one.
pub fn for_client(files: TlsFiles) -> Result<Reloading<ClientConfig>, TlsError> {
    Reloading::new(files, |files| {
        let ca = files.ca.as_deref().ok_or(TlsError::Incomplete { given: "certificate", missing: "ca" })?;
        let config = ClientConfig::builder().with_root_certificates(roots(ca)?);
        let mut config = match identity(files)? {
            Some((chain, key)) => config
                .with_client_auth_cert(chain, key)
                .map_err(|error| TlsError::Unusable(error.to_string()))?,
            None => config.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    })
}

/// For who is called: shows its certificate, and believes callers whose own comes from the roots in `ca`; without `ca` all of them.
pub fn for_server(files: TlsFiles) -> Result<Reloading<ServerConfig>, TlsError> {
    Reloading::new(files, |files| {
        let (chain, key) =
            identity(files)?.ok_or(TlsError::Incomplete { given: "ca", missing: "certificate" })?;
        let config = match files.ca.as_deref() {
            Some(ca) => {
                let verifier = WebPkiClientVerifier::builder(Arc::new(roots(ca)?)).build();
                let verifier = verifier.map_err(|error| TlsError::Unusable(error.to_string()))?;
                ServerConfig::builder().with_client_cert_verifier(verifier)
            }
            None => ServerConfig::builder().with_no_client_auth(),
        };
        let mut config =
            config.with_single_cert(chain, key).map_err(|error| TlsError::Unusable(error.to_string()))?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        Ok(config)
    })
}

fn stamp(files: &TlsFiles) -> Stamp {
    let of = |file: &Option<PathBuf>| {
        let about = std::fs::metadata(file.as_ref()?).ok()?;
        Some((about.modified().ok()?, about.len()))
    };
    [of(&files.ca), of(&files.cert), of(&files.key)]
}

fn roots(file: &Path) -> Result<RootCertStore, TlsError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates("ca file", file)? {
        roots.add(certificate).map_err(|error| TlsError::File {
            what: "ca file",
            file: file.to_owned(),
            reason: error.to_string(),
        })?;
    }
    Ok(roots)
}

type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn identity(files: &TlsFiles) -> Result<Option<Identity>, TlsError> {
    match (&files.cert, &files.key) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(TlsError::Incomplete { given: "certificate", missing: "key" }),
        (None, Some(_)) => Err(TlsError::Incomplete { given: "key", missing: "certificate" }),
        (Some(cert), Some(key)) => {
            let chain = certificates("certificate file", cert)?;
            let key_der = PrivateKeyDer::from_pem_file(key).map_err(|error| TlsError::File {
                what: "key file",
                file: key.clone(),
                reason: format!("needed a private key in PEM: {error}"),
            })?;
            Ok(Some((chain, key_der)))
        }
    }
}

fn certificates(what: &'static str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |reason: String| TlsError::File { what, file: file.to_owned(), reason };
    let found = CertificateDer::pem_file_iter(file)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| failed(format!("needed certificates in PEM: {error}")))?;
    if found.is_empty() {
        return Err(failed("needed certificates in PEM, found none".to_owned()));
    }
    Ok(found)
}
