//! The IP networks that probes may connect to: the egress policy against server-side request forgery (SSRF).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};

/// The IPv4 networks that are not public: the whole IANA special-purpose registry (October 2025), including the blocks
/// that it calls globally reachable, because no chatbot is served from there; multicast; and a public address that a
/// cloud reserves for itself.
const SPECIAL_V4: [Ipv4Net; 19] = [
    v4([0, 0, 0, 0], 8),        // this network (RFC 791)
    v4([10, 0, 0, 0], 8),       // private (RFC 1918)
    v4([100, 64, 0, 0], 10),    // carriers' own (RFC 6598), with Alibaba's metadata 100.100.100.200
    v4([127, 0, 0, 0], 8),      // loopback (RFC 1122)
    v4([168, 63, 129, 16], 32), // Azure's own services for its machines
    v4([169, 254, 0, 0], 16),   // link-local (RFC 3927), with metadata 169.254.169.254 and 169.254.170.2
    v4([172, 16, 0, 0], 12),    // private (RFC 1918)
    v4([192, 0, 0, 0], 24),     // protocol assignments (RFC 6890), with Oracle's metadata 192.0.0.192
    v4([192, 0, 2, 0], 24),     // documentation (RFC 5737)
    v4([192, 31, 196, 0], 24),  // AS112 (RFC 7535)
    v4([192, 52, 193, 0], 24),  // multicast tunnels, AMT (RFC 7450)
    v4([192, 88, 99, 0], 24),   // relays of 6to4 (RFC 7526)
    v4([192, 168, 0, 0], 16),   // private (RFC 1918)
    v4([192, 175, 48, 0], 24),  // AS112 (RFC 7534)
    v4([198, 18, 0, 0], 15),    // benchmarks (RFC 2544)
    v4([198, 51, 100, 0], 24),  // documentation (RFC 5737)
    v4([203, 0, 113, 0], 24),   // documentation (RFC 5737)
    v4([224, 0, 0, 0], 4),      // multicast (RFC 5771)
    v4([240, 0, 0, 0], 4),      // reserved, broadcast (RFC 1112, RFC 919)
];

/// The IPv6 network that contains all public addresses. It excludes loopback, unique local (with the metadata services
/// of AWS, `fd00:ec2::254`, and Google, `fd20:ce::254`), link-local, site-local and multicast addresses, discard
/// (`100::/64`), segment routing (`5f00::/16`), and all of `::/8`, whose addresses embed IPv4 addresses: compatible,
/// mapped, translated (`::ffff:0:0:0/96`), NAT64 (`64:ff9b::/96`, `64:ff9b:1::/48`).
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0], 3);

/// The networks inside [`GLOBAL_V6`] that are not public.
const SPECIAL_V6: [Ipv6Net; 5] = [
    v6([0x2001, 0, 0], 23),     // protocol assignments (RFC 2928): Teredo, benchmarks, AMT, ORCHID …
    v6([0x2001, 0xdb8, 0], 32), // documentation (RFC 3849)
    v6([0x2002, 0, 0], 16),     // 6to4 (RFC 3056), which carries an IPv4 address
    v6([0x2620, 0x4f, 0x8000], 48), // AS112 (RFC 7534)
    v6([0x3ffe, 0, 0], 15),     // returned (RFC 3701), and documentation (RFC 9637)
];

const fn v4([a, b, c, d]: [u8; 4], length: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), length)
}

const fn v6([a, b, c]: [u16; 3], length: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0), length)
}

/// Non-public networks that the configuration allows for probes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedNetworks(Vec<IpNet>);

impl AllowedNetworks {
    /// Parses comma-separated networks in CIDR notation. An empty text allows none.
    ///
    /// # Errors
    /// Returned if a part is not a network.
    pub fn parse(text: &str) -> Result<Self, ipnet::AddrParseError> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(str::parse).collect::<Result<_, _>>().map(Self)
    }

    /// Returns whether a probe may connect to `address`: it is public, or in an allowed network.
    #[must_use]
    pub fn permits(&self, address: IpAddr) -> bool {
        is_public(address) || self.contains(address)
    }

    /// Returns whether `address` is in an allowed network, public or not. Operating systems treat an IPv4-mapped
    /// address as the IPv4 address, so it matches the IPv4 networks. No other embedding does.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let canonical = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address) || network.contains(&canonical))
    }
}

/// Returns whether `address` is reachable by everybody. Addresses that embed an IPv4 address are never public: there
/// is no legitimate reason to write them.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !SPECIAL_V4.iter().any(|network| network.contains(&v4)),
        IpAddr::V6(v6) => {
            GLOBAL_V6.contains(&v6) && !SPECIAL_V6.iter().any(|network| network.contains(&v6)) && !is_isatap(v6)
        }
    }
}

/// Returns whether the lower half of `address` is an ISATAP interface identifier (RFC 5214), which embeds an IPv4
/// address behind any prefix.
fn is_isatap(address: Ipv6Addr) -> bool {
    let [.., high, low, _, _] = address.segments();
    high & 0xfdff == 0 && low == 0x5efe
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    /// All blocks of both IANA registries, one per row, and the other refused networks. An independent table: only
    /// [`is_forbidden`] reads it.
    const FORBIDDEN: &[&str] = &[
        // IPv4 special-purpose registry
        "0.0.0.0/8",
        "0.0.0.0/32",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.0.0/29",
        "192.0.0.8/32",
        "192.0.0.9/32",
        "192.0.0.10/32",
        "192.0.0.170/32",
        "192.0.0.171/32",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.88.99.2/32",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "240.0.0.0/4",
        "255.255.255.255/32",
        // multicast, and an address reserved by a cloud
        "224.0.0.0/4",
        "168.63.129.16/32",
        // IPv6 special-purpose registry
        "::1/128",
        "::/128",
        "::ffff:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "100::/64",
        "100:0:0:1::/64",
        "2001::/23",
        "2001::/32",
        "2001:1::1/128",
        "2001:1::2/128",
        "2001:1::3/128",
        "2001:2::/48",
        "2001:3::/32",
        "2001:4:112::/48",
        "2001:10::/28",
        "2001:20::/28",
        "2001:30::/28",
        "2001:db8::/32",
        "2002::/16",
        "2620:4f:8000::/48",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        // not in the registry: returned or never allocated
        "3fff::/16",
        "3ffe::/16",
        "::/8",
        "100::/8",
        "200::/7",
        "400::/6",
        "800::/5",
        "1000::/4",
        "4000::/2",
        "8000::/1",
        "::ffff:0:0:0/96",
        "fec0::/10",
        "ff00::/8",
    ];

    /// Returns the bits of an address, left-aligned, and whether it is IPv6.
    fn bits(address: IpAddr) -> (bool, u128) {
        match address {
            IpAddr::V4(v4) => (false, u128::from(u32::from(v4)) << 96),
            IpAddr::V6(v6) => (true, u128::from(v6)),
        }
    }

    /// Returns the address with these bits.
    fn of_bits(is_v6: bool, bits: u128) -> IpAddr {
        let [a, b, c, d, ..] = bits.to_be_bytes();
        if is_v6 { Ipv6Addr::from(bits).into() } else { Ipv4Addr::new(a, b, c, d).into() }
    }

    /// Returns whether `address` is under the prefix `block`, compared bit by bit.
    fn is_in(address: IpAddr, block: &str) -> bool {
        let (start, length) = block.split_once('/').expect("a block");
        let length: u32 = length.parse().expect("a length");
        let ((kind, bits), (of, start)) = (bits(address), bits(ip(start)));
        kind == of && (bits ^ start).checked_shr(128 - length).unwrap_or(0) == 0
    }

    fn is_forbidden(address: IpAddr) -> bool {
        let isatap = match address {
            IpAddr::V6(v6) => matches!(v6.segments()[4..6], [0 | 0x200, 0x5efe]),
            IpAddr::V4(_) => false,
        };
        isatap || FORBIDDEN.iter().any(|block| is_in(address, block))
    }

    /// Returns the first and the last address of `block`, and the addresses before and after it.
    fn edges(block: &str) -> Vec<IpAddr> {
        let (start, length) = block.split_once('/').expect("a block");
        let length: u32 = length.parse().expect("a length");
        let (is_v6, first) = bits(ip(start));
        let last = first | u128::MAX.checked_shr(length).unwrap_or(0);
        let one = if is_v6 { 1 } else { 1 << 96 };
        [Some(first), Some(last), first.checked_sub(one), last.checked_add(one)]
            .into_iter()
            .flatten()
            .map(|bits| of_bits(is_v6, bits))
            .collect()
    }

    #[test]
    fn every_block_is_refused_from_its_first_to_its_last_address() {
        let none = AllowedNetworks::default();
        for block in FORBIDDEN {
            let edges = edges(block);
            assert!(!none.permits(edges[0]) && !none.permits(edges[1]), "{block}");
            for edge in edges {
                assert_eq!(none.permits(edge), !is_forbidden(edge), "{edge} at {block}");
            }
        }
    }

    #[test]
    fn public_addresses_are_permitted() {
        for public in ["1.1.1.1", "8.8.8.8", "193.40.0.1", "223.255.255.255", "2001:4860:4860::8888", "2a02:e980::1"] {
            assert!(AllowedNetworks::default().permits(ip(public)), "{public}");
        }
    }

    #[test]
    fn metadata_addresses_are_refused() {
        for (cloud, address) in [
            ("AWS, Azure, Google, Oracle and others", "169.254.169.254"),
            ("AWS", "fd00:ec2::254"),
            ("AWS, of ECS tasks", "169.254.170.2"),
            ("AWS, of EKS pods", "169.254.170.23"),
            ("AWS, of EKS pods", "fd00:ec2::23"),
            ("Alibaba", "100.100.100.200"),
            ("Oracle", "192.0.0.192"),
            ("Google", "fd20:ce::254"),
            ("Azure", "168.63.129.16"),
        ] {
            assert!(!AllowedNetworks::default().permits(ip(address)), "{address} of {cloud}");
        }
    }

    #[test]
    fn embedded_ipv4_address_is_refused_even_if_public() {
        for carrier in [
            "::ffff:8.8.8.8",
            "::8.8.8.8",
            "::ffff:0:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1::8.8.8.8",
            "64:ff9b:1:808:8:800::",
            "2002:808:808::1",
            "2001:0:4136:e378:8000:63bf:f7f7:f7f7",
            "2a02:e980::5efe:8.8.8.8",
            "2a02:e980::200:5efe:8.8.8.8",
            "fe80::5efe:8.8.8.8",
        ] {
            assert!(!AllowedNetworks::default().permits(ip(carrier)), "{carrier}");
        }
    }

    #[test]
    fn allowed_network_permits_only_its_addresses_and_their_mapped_form() {
        let local = AllowedNetworks::parse("127.0.0.0/8, ::1/128").expect("networks");
        for allowed in ["127.0.0.1", "127.255.255.255", "::ffff:127.0.0.1", "::1"] {
            assert!(local.permits(ip(allowed)) && local.contains(ip(allowed)), "{allowed}");
        }
        for other in
            ["10.0.0.1", "::ffff:10.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "::2"]
        {
            assert!(!local.permits(ip(other)), "{other}");
        }
        assert!(local.permits(ip("8.8.8.8")) && !local.contains(ip("8.8.8.8")));
        assert!(AllowedNetworks::parse("10.0.0.0/33").is_err());
    }

    /// Generates addresses anywhere, and many near the edges of the blocks.
    fn anywhere() -> impl Strategy<Value = IpAddr> {
        let near = (prop::sample::select(FORBIDDEN), any::<u128>(), 0..128_u32).prop_map(|(block, random, keep)| {
            // The first bits of the block, then random bits.
            let (is_v6, start) = bits(ip(block.split_once('/').expect("a block").0));
            let mask = u128::MAX.checked_shr(keep).unwrap_or(0);
            let mixed = (start & !mask) | (random & mask);
            of_bits(is_v6, mixed)
        });
        let carrier = (any::<u64>(), prop::sample::select(vec![0_u64, 0x200, 0x100]), any::<u32>()).prop_map(
            |(prefix, high, inner)| {
                let low = (high << 48) | (0x5efe << 32) | u64::from(inner);
                IpAddr::from(Ipv6Addr::from((u128::from((prefix >> 3) | (1 << 61)) << 64) | u128::from(low)))
            },
        );
        prop_oneof![
            any::<u32>().prop_map(|bits| IpAddr::from(Ipv4Addr::from(bits))),
            any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from(bits))),
            // Half of all in the eighth that is public.
            any::<u128>().prop_map(|bits| IpAddr::from(Ipv6Addr::from((bits >> 3) | (1 << 125)))),
            near,
            carrier,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn address_is_permitted_unless_a_block_forbids_it(address in anywhere()) {
            prop_assert_eq!(AllowedNetworks::default().permits(address), !is_forbidden(address));
        }

        #[test]
        fn allowed_network_adds_exactly_its_addresses(address in anywhere(), network in anywhere(), length in 0..=128_u8) {
            let length = if network.is_ipv4() { length % 33 } else { length };
            let network = IpNet::new(network, length).expect("a network");
            let allowed = AllowedNetworks::parse(&network.to_string()).expect("a network");
            let block = network.trunc().to_string();
            let listed = is_in(address, &block) || is_in(address.to_canonical(), &block);
            prop_assert_eq!(allowed.permits(address), listed || !is_forbidden(address));
        }
    }
}
