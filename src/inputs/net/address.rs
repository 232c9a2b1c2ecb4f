//! Which addresses the outside may have: a name that leads into this machine or its network is refused when it is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// An address of the web without a user and password. Of one that cannot be read nothing before the last `@` stays.
pub(in crate::inputs) fn bare(address: &str) -> String {
    let (before, rest) = match address.find("://") {
        Some(at) => address.split_at(at + 3),
        None => ("", address),
    };
    let is_sound = !before.is_empty() && Url::parse(address).is_ok_and(|url| url.has_host());
    let end = if is_sound { rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len()) } else { rest.len() };
    let from = rest[..end].rfind('@').map_or(0, |at| at + 1);
    format!("{before}{}", &rest[from..])
}

/// True for an address of the public internet.
///
/// Source: IANA's registries of special-purpose addresses for IPv4 and IPv6; clouds keep their metadata at 169.254.169.254 and fd00:ec2::254.
pub(super) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        // Carrier-grade NAT, protocol assignments, benchmarking.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match [a, b, c, d, e, f] {
        // An IPv4 address in other clothes: mapped, compatible, translated by a gateway, 6to4.
        [0, 0, 0, 0, 0, 0xffff | 0] | [0x64, 0xff9b, 0, 0, 0, 0] => is_public_v4(v4(g, h)),
        [0x2002, ..] => is_public_v4(v4(b, c)),
        // Global unicast, without Teredo and other protocol assignments, and without documentation.
        _ => (a & 0xe000) == 0x2000 && !(a == 0x2001 && (b < 0x0200 || b == 0x0db8)),
    }
}

/// Looks names up, and gives only the addresses that may be connected to.
pub(super) struct GuardedResolver {
    /// Names that may lie anywhere.
    pub(super) private_hosts: Vec<String>,
}

impl GuardedResolver {
    /// Whether a host that is an address itself may be connected to; a name is looked at when it is looked up.
    pub(super) fn admits(&self, host: &str) -> bool {
        self.is_private_host(host) || unbracketed(host).parse::<IpAddr>().map_or(true, is_public)
    }

    fn is_private_host(&self, host: &str) -> bool {
        self.private_hosts.iter().any(|allowed| unbracketed(allowed).eq_ignore_ascii_case(unbracketed(host)))
    }
}

/// An address of IPv6 as it stands outside of an address of the web.
fn unbracketed(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// A name that leads nowhere but inside.
#[derive(Debug, thiserror::Error)]
#[error("{host} is at {address}, an address that is not public")]
pub(super) struct PrivateAddress {
    host: String,
    address: IpAddr,
}

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        let anywhere = self.is_private_host(&host);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let public: Vec<SocketAddr> =
                found.iter().copied().filter(|found| anywhere || is_public(found.ip())).collect();
            match (public.is_empty(), found.first()) {
                (true, Some(first)) => Err(PrivateAddress { host, address: first.ip() }.into()),
                _ => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_public_internet_are_public() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "192.0.0.8",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "::7f00:1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in
            ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001::1", "::ffff:8.8.8.8"]
        {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_address_is_shown_without_whoever_asks_there() {
        for (address, shown) in [
            ("http://user:secret@127.0.0.1:1/x", "http://127.0.0.1:1/x"),
            ("https://token@example.org", "https://example.org"),
            ("https://a%40b:c%2Fd@example.org/x@y", "https://example.org/x@y"),
            ("https://user:p@ss@example.org/x", "https://example.org/x"),
            // A stroke that was not escaped.
            ("https://user:sec/ret@example.org/x", "https://example.org/x"),
            ("user:secret@example.org", "example.org"),
            ("https://example.org/points/34,-119", "https://example.org/points/34,-119"),
        ] {
            assert_eq!(bare(address), shown);
        }
    }

    #[test]
    fn a_host_that_is_an_address_is_looked_at_like_a_name() {
        let resolver = GuardedResolver { private_hosts: vec!["127.0.0.1".to_owned()] };
        assert!(
            resolver.admits("127.0.0.1")
                && resolver.admits("8.8.8.8")
                && resolver.admits("tiles.example.org")
        );
        assert!(
            !resolver.admits("127.0.0.2") && !resolver.admits("[::1]") && !resolver.admits("169.254.169.254")
        );
    }

    #[test]
    fn an_address_of_ipv6_is_allowed_with_brackets_and_without() {
        for allowed in ["::1", "[::1]"] {
            let resolver = GuardedResolver { private_hosts: vec![allowed.to_owned()] };
            assert!(resolver.admits("[::1]") && !resolver.admits("[::2]"), "{allowed}");
        }
    }

    #[tokio::test]
    async fn a_name_that_leads_into_this_machine_is_refused_unless_it_was_allowed() {
        let look = async |private_hosts: Vec<String>| {
            let resolver = GuardedResolver { private_hosts };
            resolver.resolve("localhost".parse().unwrap()).await.map(|addresses| addresses.count())
        };
        let refused = look(Vec::new()).await.err().unwrap().to_string();
        assert!(refused.starts_with("localhost is at ") && refused.ends_with("not public"), "{refused}");
        assert!(look(vec!["LOCALHOST".to_owned()]).await.unwrap() > 0);
    }
}
