//! URLs of servers, as settings name them.

use std::sync::Arc;

use tonic::transport::Uri;

/// Port where a URL names none. Our choice, beside the HTTP door's 8200.
const PORT: u16 = 8300;

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerUrl {
    /// As it was given.
    pub text: Arc<str>,
    /// Host and port, as requests carry them.
    pub host: Arc<str>,
    /// The name or address that is looked up.
    pub lookup: String,
    /// The port.
    pub port: u16,
    /// Whether connections are encrypted.
    pub tls: bool,
}

impl ServerUrl {
    /// **Errors** in words: what was needed and what was found.
    pub fn parse(text: &str) -> Result<Self, String> {
        let wrong = || format!("needed http://HOST:PORT or https://HOST:PORT, found \"{text}\"");
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let tls = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(wrong()),
        };
        let lookup = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() || text.contains('@') {
            return Err(wrong());
        }
        let port = uri.port_u16().unwrap_or(PORT);
        // An address of version 6 stands in brackets.
        let bare = lookup.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self {
            text: text.trim_end_matches('/').into(),
            host: format!("{lookup}:{port}").into(),
            lookup: bare,
            port,
            tls,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_addresses_are_taken_with_and_without_a_port() {
        let of =
            |text| ServerUrl::parse(text).map(|url| (url.lookup, url.port, url.tls, url.host.to_string()));
        let url = |lookup: &str, port, tls, host: &str| Ok((lookup.to_owned(), port, tls, host.to_owned()));
        assert_eq!(
            of("http://physx.fire.svc:8301"),
            url("physx.fire.svc", 8301, false, "physx.fire.svc:8301")
        );
        assert_eq!(of("https://10.0.0.7/"), url("10.0.0.7", 8300, true, "10.0.0.7:8300"));
        assert_eq!(of("http://[::1]:9000"), url("::1", 9000, false, "[::1]:9000"));
    }

    #[test]
    fn what_is_no_address_of_a_server_is_said() {
        for wrong in
            ["", "physx", "physx:8300", "ftp://physx", "http://", "http://physx/v1", "http://a@physx"]
        {
            let error = ServerUrl::parse(wrong).unwrap_err();
            assert!(error.contains("needed http://HOST:PORT") && error.contains(wrong), "{wrong}: {error}");
        }
    }
}
