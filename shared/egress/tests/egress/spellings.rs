//! Spellings of addresses.

use std::net::Ipv6Addr;

use crate::cases::{Cases, Expect};

impl Cases {
    /// Adds numeric spellings of an IPv4 address.
    pub fn numbers(&mut self, address: [u8; 4]) {
        let [a, b, c, d] = address;
        let number = u32::from_be_bytes(address);
        let (last_2, last_3) = (number & 0xffff, number & 0x00ff_ffff);
        let dotted = format!("{a}.{b}.{c}.{d}");
        self.hosts(
            "a number in parts",
            Expect::Denied,
            [
                dotted.clone(),
                format!("{dotted}."),
                format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
                format!("0000000{a:o}.000{b:o}.00{c:o}.0000{d:o}."),
                format!("{a:#x}.{b:#x}.{c:#x}.{d:#x}"),
                format!("0X{a:02X}.0X{b:02X}.0X{c:02X}.0X{d:02X}."),
                format!("{a:#x}.0{b:o}.{c}.{d:#x}"),
                format!("0{a:o}.{b}.{c:#x}.0{d:o}"),
            ],
        );
        self.hosts(
            "a short form",
            Expect::Denied,
            [
                format!("{a}.{b}.{last_2}"),
                format!("{a}.{last_3}"),
                format!("{a}.{last_3}."),
                format!("{a:#x}.{last_3:#x}"),
                format!("0{a:o}.{b:#x}.0{last_2:o}"),
            ],
        );
        self.hosts(
            "one number",
            Expect::Denied,
            [
                format!("{number}"),
                format!("{number}."),
                format!("{number:#x}"),
                format!("0x{number:08X}."),
                format!("0{number:o}"),
                format!("00000000000{number:o}"),
            ],
        );
    }

    /// Adds spellings with other characters for the digits and dots.
    #[expect(clippy::too_many_lines, reason = "a list of spellings")]
    pub fn unicode(&mut self, [a, b, c, d]: [u8; 4]) {
        let dotted = format!("{a}.{b}.{c}.{d}");
        let number = u32::from_be_bytes([a, b, c, d]);
        let digits = |zero: char, text: &str| -> String {
            let other = |digit: char| digit.to_digit(10).and_then(|digit| char::from_u32(zero as u32 + digit));
            text.chars().map(|character| other(character).unwrap_or(character)).collect()
        };
        let encoded = |text: &str| text.bytes().map(|byte| format!("%{byte:02x}")).collect::<Vec<_>>().concat();
        let circled = |text: &str| -> String {
            let other = |digit: char| match digit {
                '0' => '⓪',
                '1'..='9' => char::from_u32('①' as u32 + digit as u32 - '1' as u32).unwrap_or(digit),
                _ => digit,
            };
            text.chars().map(other).collect()
        };
        self.hosts(
            "percent-encoded",
            Expect::Denied,
            [
                encoded(&dotted),
                dotted.replace('.', "%2e"),
                dotted.replace('.', "%2E"),
                encoded(&number.to_string()),
                encoded(&digits('０', &dotted)),
            ],
        );
        self.hosts(
            "other digits and dots",
            Expect::Denied,
            [
                digits('０', &dotted),
                digits('𝟎', &dotted),
                digits('𝟘', &dotted),
                digits('𝟶', &number.to_string()),
                circled(&dotted),
                dotted.replace('.', "。"),
                dotted.replace('.', "．"),
                dotted.replace('.', "｡"),
                format!("{dotted}。"),
                digits('０', &dotted).replace('.', "．"),
                format!("０ｘ{number:08x}"),
            ],
        );
        self.hosts(
            "ignored characters",
            Expect::Denied,
            [
                dotted.replace('.', ".\u{ad}"),
                dotted.replace('.', "\u{200b}."),
                format!("{dotted}\u{2060}"),
                format!("\u{feff}{number}"),
            ],
        );
    }

    /// Adds spellings of the rest of the URL.
    pub fn urls(&mut self, [a, b, c, d]: [u8; 4]) {
        let (host, port) = (format!("{a}.{b}.{c}.{d}"), self.port);
        for uri in [
            format!("HTTP://{host}:{port}/"),
            format!("http:{host}:{port}/"),
            format!("http:/{host}:{port}/"),
            format!("http:////{host}:{port}/"),
            format!("http:\\\\{host}:{port}\\"),
            format!("http:/\\{host}:{port}/"),
            format!(" \n http://{host}:{port}/ \t"),
            format!("ht\ntp://{host}:{port}/"),
            format!("http://{a}.{b}\t.{c}\r\n.{d}:{port}/"),
            format!("http://{host}:{port}\\@chat.example.ee/"),
            format!("http://{host}:{port}?@chat.example.ee/"),
            format!("http://{host}:{port}/@chat.example.ee/"),
            format!("http://{host}:{port}/..//chat.example.ee/"),
            format!("http://{host}:0{port}/"),
            format!("http://:@{host}:{port}/"),
            format!("http://@{host}:{port}/"),
        ] {
            self.add("around the host", Expect::Denied, uri);
        }
        self.add("around the host", Expect::Denied, format!("https://{host}/"));
        self.add("around the host", Expect::Denied, format!("https://{host}:{port}/"));
        for uri in [
            format!("http://chat.example.ee\\@{host}:{port}/"),
            format!("http://chat.example.ee/@{host}:{port}/"),
            format!("http://chat.example.ee?@{host}:{port}/"),
            format!("http://chat.example.ee/?u=http://{host}:{port}/"),
            format!("http://chat.example.ee/%0d%0aHost:%20{host}:{port}"),
            format!("http://{host}.chat.example.ee:{port}/"),
            format!("http://{a}-{b}-{c}-{d}.chat.example.ee:{port}/"),
        ] {
            self.add("another host", Expect::OtherHost, uri);
        }
    }

    /// Adds texts that are not the URI of a chatbot, although other parsers may find an address in them.
    pub fn broken(&mut self, address: [u8; 4]) {
        let ([a, b, c, d], port) = (address, self.port);
        let (host, number) = (format!("{a}.{b}.{c}.{d}"), u32::from_be_bytes(address));
        for uri in [
            format!("http://chat.example.ee@{host}:{port}/"),
            format!("http://chat.example.ee:80@{host}:{port}/"),
            format!("http://chat.example.ee%40@{host}:{port}/"),
            format!("http://{host}:{port}@chat.example.ee/"),
            format!("http://{host}:{port}#@chat.example.ee/"),
            format!("http://chat.example.ee#@{host}:{port}/"),
            format!("http://chat.example.ee\t@{host}:{port}/"),
            format!("http://{host}%00.chat.example.ee:{port}/"),
            format!("http://{host} .chat.example.ee:{port}/"),
            format!("http://{host}%09:{port}/"),
            format!("http://{host}%23:{port}/"),
            format!("http://0x1{number:08x}:{port}/"),
            format!("http://{}:{port}/", u64::from(number) + (1 << 32)),
            format!("http://{host}.1:{port}/"),
            format!("http://chat.example.ee.{number}:{port}/"),
            format!("http://{}.{b}.{c}.{d}:{port}/", u16::from(a) + 256),
            format!("http://[{host}]:{port}/"),
            format!("http://[::{host}%25lo]:{port}/"),
            format!("http://[::ffff:{host}%lo]:{port}/"),
            format!("http://[::ffff:{host}:{port}/"),
            format!("ftp://{host}:{port}/"),
            format!("gopher://{host}:{port}/_"),
            format!("file://{host}/etc/passwd"),
            format!("//{host}:{port}/"),
            format!("{host}:{port}/"),
            format!("jar:http://{host}:{port}/!/"),
        ] {
            self.add("invalid URI", Expect::InvalidUri, uri);
        }
    }

    /// Adds IPv6 addresses that embed the IPv4 address.
    pub fn embedded(&mut self, [a, b, c, d]: [u8; 4]) {
        let dotted = format!("{a}.{b}.{c}.{d}");
        let (high, low) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        let (hex, upper) = (format!("{high:x}:{low:x}"), format!("{high:04X}:{low:04X}"));
        let teredo = format!("2001:0:4136:e378:8000:63bf:{:x}:{:x}", !high, !low);
        self.hosts(
            "IPv4 in IPv6",
            Expect::Denied,
            [
                format!("[::ffff:{dotted}]"),
                format!("[::ffff:{hex}]"),
                format!("[::FFFF:{upper}]"),
                format!("[0:0:0:0:0:ffff:{dotted}]"),
                format!("[0000:0000:0000:0000:0000:ffff:{upper}]"),
                format!("[::{dotted}]"),
                format!("[0:0:0:0:0:0:{hex}]"),
                format!("[::ffff:0:{dotted}]"),
                format!("[64:ff9b::{dotted}]"),
                format!("[0064:FF9B::{upper}]"),
                format!("[64:ff9b:1::{dotted}]"),
                format!("[64:ff9b:1:{high:x}:{c:x}:{d:02x}00::]"),
                format!("[2002:{hex}::]"),
                format!("[2002:{hex}::1]"),
                format!("[{teredo}]"),
                format!("[2a02:e980::5efe:{dotted}]"),
                format!("[2a02:e980::200:5efe:{hex}]"),
                format!("[fe80::5efe:{dotted}]"),
            ],
        );
    }

    /// Adds spellings of an IPv6 address.
    pub fn ipv6(&mut self, text: &str) {
        let address: Ipv6Addr = text.parse().expect("an address");
        let join = |groups: &[u16], form: fn(&u16) -> String| groups.iter().map(form).collect::<Vec<_>>().join(":");
        let (groups, [.., w, x, y, z]) = (address.segments(), address.octets());
        let short = |group: &u16| format!("{group:x}");
        self.hosts(
            "IPv6",
            Expect::Denied,
            [
                format!("[{text}]"),
                format!("[{}]", text.to_uppercase()),
                format!("[{}]", join(&groups, |group| format!("{group:04x}"))),
                format!("[{}]", join(&groups, short)),
                format!("[{}:{w}.{x}.{y}.{z}]", join(&groups[..6], short)),
            ],
        );
        self.hosts(
            "invalid URI",
            Expect::InvalidUri,
            [
                format!("[{text}%25eth0]"),
                format!("[{text}%eth0]"),
                format!("[{text}%251]"),
                format!("[{}]", text.replace(':', "%3a")),
                format!("[{text}].example.ee"),
                text.to_owned(),
            ],
        );
    }
}
