//! Test cases: addresses that no probe may connect to, in every known spelling and by every known route.

use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr},
};

use crate::network::FakeResolver;

/// The expected result of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// The text is not the URI of a chatbot.
    InvalidUri,
    /// Registration and probe are denied.
    Denied,
    /// Registration is denied, and a probe finds no address.
    NotRegistered,
    /// Registration cannot know, and the probe is denied.
    NotProbed,
    /// The URI names another host, which does not resolve, and not the address that it contains.
    OtherHost,
}

/// One URI and its expected result.
#[derive(Clone, Debug)]
pub struct Case {
    pub kind: &'static str,
    pub uri: String,
    pub expect: Expect,
}

/// An IPv4 address of each block that is not public.
pub const FORBIDDEN_V4: &[[u8; 4]] = &[
    [0, 0, 0, 0],
    [0, 1, 2, 3],
    [10, 0, 0, 1],
    [10, 255, 255, 255],
    [100, 64, 0, 1],
    [100, 100, 100, 200], // Alibaba's metadata
    [127, 0, 0, 1],
    [127, 0, 0, 2],
    [127, 255, 255, 254],
    [168, 63, 129, 16], // Azure's own
    [169, 254, 0, 1],
    [169, 254, 169, 254], // metadata of AWS and others
    [169, 254, 170, 2],   // metadata of ECS tasks
    [169, 254, 170, 23],  // metadata of EKS pods
    [172, 16, 0, 1],
    [172, 31, 255, 255],
    [192, 0, 0, 9],
    [192, 0, 0, 192], // Oracle's metadata
    [192, 0, 2, 1],
    [192, 31, 196, 1],
    [192, 52, 193, 1],
    [192, 88, 99, 1],
    [192, 168, 0, 1],
    [192, 168, 255, 255],
    [192, 175, 48, 1],
    [198, 18, 0, 1],
    [198, 19, 255, 255],
    [198, 51, 100, 1],
    [203, 0, 113, 1],
    [224, 0, 0, 1],
    [239, 255, 255, 250],
    [240, 0, 0, 1],
    [255, 255, 255, 255],
];

/// An IPv6 address of each block that is not public, without those that embed an IPv4 address.
pub const FORBIDDEN_V6: &[&str] = &[
    "::",
    "::1",
    "::2",
    "100::1",
    "100:0:0:1::1",
    "2001:1::1",
    "2001:1::2",
    "2001:1::3",
    "2001:2::1",
    "2001:3::1",
    "2001:4:112::1",
    "2001:10::1",
    "2001:20::1",
    "2001:30::1",
    "2001:1ff:ffff::1",
    "2001:db8::1",
    "2620:4f:8000::1",
    "3ffe::1",
    "3fff::1",
    "4000::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254", // metadata of AWS
    "fd00:ec2::23",  // metadata of EKS pods
    "fd20:ce::254",  // metadata of Google
    "fe80::1",
    "fe80::a9fe:a9fe",
    "fec0::1",
    "ff02::1",
    "ff0e::1",
];

/// Public addresses. No test connects to them.
const PUBLIC: [u8; 4] = [193, 40, 0, 1];
const PUBLIC_V6: &str = "2a02:e980::1";

pub fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Collects cases of one port.
pub struct Cases {
    pub all: Vec<Case>,
    pub port: u16,
    resolver: FakeResolver,
}

impl Cases {
    pub fn new(port: u16, resolver: FakeResolver) -> Self {
        Self { all: Vec::new(), port, resolver }
    }

    pub fn add(&mut self, kind: &'static str, expect: Expect, uri: String) {
        self.all.push(Case { kind, uri, expect });
    }

    pub fn hosts(&mut self, kind: &'static str, expect: Expect, hosts: impl IntoIterator<Item = String>) {
        for host in hosts {
            self.add(kind, expect, format!("http://{host}:{}/messages", self.port));
        }
    }

    /// Returns all cases, each URI once.
    pub fn all(port: u16, resolver: FakeResolver) -> Vec<Case> {
        let mut cases = Self::new(port, resolver);
        for address in FORBIDDEN_V4 {
            cases.numbers(*address);
            cases.unicode(*address);
            cases.urls(*address);
            cases.broken(*address);
            cases.embedded(*address);
        }
        cases.embedded(PUBLIC);
        cases.embedded([8, 8, 8, 8]);
        for address in FORBIDDEN_V6 {
            cases.ipv6(address);
        }
        cases.resolving();
        cases.local_names();
        cases.ports();
        // Some spellings are equal for some addresses, such as those of 0.
        let mut seen = HashSet::new();
        cases.all.retain(|case| seen.insert(case.uri.clone()));
        cases.all
    }

    /// Adds a new name whose lookups return `answers` in turn.
    fn name(&mut self, kind: &'static str, expect: Expect, answers: Vec<Vec<IpAddr>>) {
        let name = format!("c{}.example.ee", self.all.len());
        self.resolver.set(&name, answers);
        self.hosts(kind, expect, [name]);
    }

    /// Adds names that resolve to forbidden addresses: at once, among others, or later (DNS rebinding).
    fn resolving(&mut self) {
        let (public, public_v6) = (IpAddr::from(PUBLIC), ip(PUBLIC_V6));
        let carriers = ["::ffff:10.0.0.1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "64:ff9b::808:808", "2002:a00:1::1"];
        let v4 = FORBIDDEN_V4.iter().map(|octets| IpAddr::from(*octets));
        let v6 = FORBIDDEN_V6.iter().chain(&carriers).map(|text| ip(text));
        for address in v4.chain(v6) {
            self.name("a name with a forbidden address", Expect::Denied, vec![vec![address]]);
            self.name("mixed answers", Expect::Denied, vec![vec![public, address]]);
            self.name("mixed answers", Expect::Denied, vec![vec![address, public]]);
            let many = [vec![public_v6; 3], vec![public; 12], vec![address]].concat();
            self.name("mixed answers", Expect::Denied, vec![many]);
            self.name("rebinding", Expect::NotProbed, vec![vec![public], vec![address]]);
            self.name("rebinding", Expect::NotProbed, vec![vec![public, public_v6], vec![public, address]]);
            self.name("rebinding", Expect::NotProbed, vec![vec![], vec![address]]);
        }
        // Every spelling of a name is looked up in its normal form.
        for (host, name) in [
            ("INNER.Example.EE", "inner.example.ee"),
            ("inner.example.ee.", "inner.example.ee."),
            ("%69nner.example.ee", "inner.example.ee"),
            ("ｉｎｎｅｒ.example.ee", "inner.example.ee"),
            ("inner。example。ee", "inner.example.ee"),
            ("in\u{ad}ner.example.ee", "inner.example.ee"),
            ("õ.example.ee", "xn--mda.example.ee"),
            ("Õ.example.ee", "xn--mda.example.ee"),
            ("xn--mda.example.ee", "xn--mda.example.ee"),
            ("faß.example.ee", "xn--fa-hia.example.ee"),
            ("10.0.0.1.nip.example.ee", "10.0.0.1.nip.example.ee"),
            ("0x0a000001.example.ee", "0x0a000001.example.ee"),
        ] {
            self.resolver.set(name, vec![vec![ip("10.0.0.1")]]);
            self.hosts("another spelling of a name", Expect::Denied, [host.to_owned()]);
        }
    }

    /// Adds names of one machine or one network, with any address.
    fn local_names(&mut self) {
        for (count, name) in [
            "localhost",
            "localhost.",
            "api.localhost",
            "localhost.localdomain",
            "printer.local",
            "kubernetes.default.svc.cluster.local",
            "metadata.google.internal",
            "host.docker.internal",
            "ip-10-0-0-1.eu-north-1.compute.internal",
            "router.lan",
            "nas.home.arpa",
            "expyuzz4wqqyqhjn.onion",
            "ip6-localhost",
            "metadata",
            "instance-data",
            "intranet",
            "ee",
        ]
        .into_iter()
        .enumerate()
        {
            // Each name has one answer, so a single label gets a variant for each answer.
            for (variant, answers, expect) in [
                ("a", vec![vec![ip("127.0.0.1")]], Expect::Denied),
                ("b", vec![vec![IpAddr::from(PUBLIC)]], Expect::Denied),
                ("c", vec![], Expect::NotRegistered),
            ] {
                let name = if name.trim_end_matches('.').contains('.') {
                    format!("{variant}{count}.{name}")
                } else if variant == "a" {
                    name.to_owned()
                } else {
                    format!("{variant}{count}{}", name.replace("localhost", "host"))
                };
                self.resolver.set(&name, answers);
                self.hosts("a local name", expect, [name.clone(), name.to_uppercase()]);
            }
        }
        for (host, name) in
            [("ＬＯＣＡＬＨＯＳＴ", "localhost"), ("local%68ost", "localhost"), ("ⓛocalhost", "localhost")]
        {
            self.resolver.set(name, vec![vec![ip("127.0.0.1")]]);
            self.hosts("a local name", Expect::Denied, [host.to_owned()]);
        }
    }

    /// Adds ports of other services at a permitted host.
    fn ports(&mut self) {
        self.resolver.set("chat-of-ports.example.ee", vec![vec![PUBLIC.into()]]);
        let browsers = [
            0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104,
            109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515,
            526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049,
            3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
        ];
        let inner = [445, 873, 1433, 1521, 3306, 3389, 5432, 5672, 6379, 9042, 9092, 11211, 27017, 27018, 27019];
        for port in browsers.into_iter().chain(inner) {
            self.add("a port of another service", Expect::Denied, format!("http://193.40.0.1:{port}/"));
            self.add("a port of another service", Expect::Denied, format!("https://chat-of-ports.example.ee:{port}/"));
        }
    }
}

/// Returns the IPv4 address of these octets.
pub fn v4(octets: [u8; 4]) -> IpAddr {
    Ipv4Addr::from(octets).into()
}
