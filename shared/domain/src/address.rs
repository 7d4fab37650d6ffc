//! Where probes may go.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

/// Networks that are not public and that probes may reach all the same, by configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedNetworks(Vec<IpNet>);

impl AllowedNetworks {
    /// Reads comma-separated networks in CIDR form; an empty text allows none.
    ///
    /// # Errors
    /// When a part is not a network.
    pub fn parse(text: &str) -> Result<Self, ipnet::AddrParseError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a probe may connect to `address`: it is public, or in an allowed network.
    #[must_use]
    pub fn permit(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.0.iter().any(|network| network.contains(&address))
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

/// The special-purpose registry of IANA, without what is reachable world-wide.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || a == 100 && (64..128).contains(&b) // carriers' own (RFC 6598)
        || (a, b, c) == (192, 0, 0)
        || (a, b, c) == (192, 88, 99)
        || a == 198 && (b == 18 || b == 19) // benchmarks
        || a >= 224) // multicast, reserved, broadcast
}

/// Global unicast is `2000::/3`; forms that carry an IPv4 address inside are refused, for they could
/// reach what the address itself may not.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    a & 0xe000 == 0x2000
        && a != 0x2002 // 6to4
        && !(a == 0x2001 && b < 0x0200) // Teredo and other protocol assignments
        && !(a == 0x2001 && b == 0x0db8) // documentation
        && a != 0x3fff // documentation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_unless_allowed() {
        let none = AllowedNetworks::default();
        let ip = |text: &str| text.parse::<IpAddr>().expect("an address");
        for public in ["8.8.8.8", "193.40.0.1", "2001:4860:4860::8888", "2a02:e980::1", "::ffff:8.8.8.8"] {
            assert!(none.permit(ip(public)), "{public}");
        }
        for private in [
            "0.0.0.0",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "192.168.1.1",
            "192.0.0.8",
            "198.18.0.1",
            "203.0.113.9",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fd00:ec2::254",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001::1",
            "2001:db8::1",
        ] {
            assert!(!none.permit(ip(private)), "{private}");
        }
        let local = AllowedNetworks::parse("127.0.0.0/8, ::1/128").expect("networks");
        assert!(local.permit(ip("127.0.0.1")) && local.permit(ip("::ffff:127.0.0.1")) && local.permit(ip("::1")));
        assert!(!local.permit(ip("10.0.0.1")));
        assert!(AllowedNetworks::parse("10.0.0.0/33").is_err());
    }
}
