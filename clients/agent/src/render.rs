//! Renders the route table as a file for nginx's `map`.
//!
//! nginx reads the file at a reload. A wrong line would stop every update, or send messages elsewhere. A route is
//! therefore written only if its name and address are known to be read as they are; others are left out and named.

use std::collections::{BTreeMap, HashSet};

use aws_lc_rs::digest::{SHA256, digest};
use centops_routes::Route;
use url::{Host, Url};

use crate::position::to_hex;

/// The key of the entry with the revision. It is no name of a chatbot: the contract does not permit `@`.
pub const REVISION_KEY: &str = "@revision";
/// The parameters of nginx's `map`. As names they need a backslash; no other name may have one (`\t` is a tab).
const MAP_PARAMETERS: [&str; 4] = ["default", "hostnames", "include", "volatile"];
/// The limits of the contract. nginx itself refuses a parameter of more than 4,096 bytes.
const NAME_LENGTH: std::ops::RangeInclusive<usize> = 2..=64;
const MAX_ADDRESS: usize = 2048;

/// The reason why a route is left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum LeftOut {
    /// The name breaks the rule of the contract.
    #[error("the name must have 2 to 64 small letters, digits and hyphens")]
    Name,
    /// The address is no absolute http or https URL.
    #[error("the address is not an absolute http or https URL")]
    Address,
    /// The address is too long.
    #[error("the address has more than {MAX_ADDRESS} bytes")]
    Length,
    /// The address has characters that a URL may not have as they are.
    #[error("the address has a character that nginx would misread")]
    Character,
    /// The address has a user name, a password or a fragment.
    #[error("the address has credentials or a fragment")]
    Credentials,
    /// nginx would read the host as a socket file or as a group of servers.
    #[error("nginx would not read the host {0} as a host")]
    Host(String),
}

/// The rendered table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// The entries, without the revision.
    entries: Vec<u8>,
    /// The hash of the entries.
    hash: String,
    /// The number of routes written.
    pub count: usize,
    /// The routes that were left out, by name.
    pub left_out: BTreeMap<String, LeftOut>,
}

/// The lines of a file before its entries: [`HEADER`] and the revision.
const HEADER_LINES: usize = 2;
const HEADER: &str = "# Written by centops-agent. Do not edit: changes are overwritten.\n";

/// Renders `routes`. `forbidden_hosts` are names that the nginx configuration uses for groups of servers (`upstream`).
pub fn render<'a>(routes: impl IntoIterator<Item = &'a Route>, forbidden_hosts: &[String]) -> Rendered {
    let mut rendered = Rendered::default();
    for route in routes {
        match check_name(&route.name).and_then(|()| escape_address(&route.uri, forbidden_hosts)) {
            Ok(address) => {
                let escape = if MAP_PARAMETERS.contains(&route.name.as_str()) { "\\" } else { "" };
                let line = format!("{escape}{} \"{address}\";\n", route.name);
                rendered.entries.extend_from_slice(line.as_bytes());
                rendered.count += 1;
            }
            Err(reason) => {
                rendered.left_out.insert(route.name.clone(), reason);
            }
        }
    }
    let hash = digest(&SHA256, &rendered.entries);
    rendered.hash = to_hex(hash.as_ref().get(..8).unwrap_or_default());
    rendered
}

impl Rendered {
    /// Returns the value of the entry [`REVISION_KEY`]: the revision and the hash of the entries.
    #[must_use]
    pub fn tag(&self, revision: u64) -> String {
        format!("{revision}-{}", self.hash)
    }

    /// Returns the content of the file.
    #[must_use]
    pub fn to_file(&self, tag: &str) -> Vec<u8> {
        let mut bytes = format!("{HEADER}\"{REVISION_KEY}\" \"{tag}\";\n").into_bytes();
        bytes.extend_from_slice(&self.entries);
        bytes
    }

    /// Returns whether every route of `file`, as [`Rendered::to_file`] writes it, is the same here: others are added only.
    #[must_use]
    pub fn only_adds_to(&self, file: &[u8]) -> bool {
        let own: HashSet<&[u8]> = self.entries.split(|byte| *byte == b'\n').collect();
        let entries = file.split(|byte| *byte == b'\n').skip(HEADER_LINES);
        entries.into_iter().all(|entry| own.contains(entry))
    }

    /// Returns the tag of a file that has the same routes, whatever its revision.
    #[must_use]
    pub fn tag_in<'a>(&self, file: &'a [u8]) -> Option<&'a str> {
        let tag = tag_of(file)?;
        (tag.ends_with(&format!("-{}", self.hash)) && self.to_file(tag) == file).then_some(tag)
    }
}

/// Returns the tag of a file as [`Rendered::to_file`] writes it.
#[must_use]
pub fn tag_of(file: &[u8]) -> Option<&str> {
    let line = file.strip_prefix(HEADER.as_bytes())?.split(|byte| *byte == b'\n').next()?;
    let tag = std::str::from_utf8(line).ok()?.strip_prefix(&format!("\"{REVISION_KEY}\" \""))?.strip_suffix("\";")?;
    tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-').then_some(tag)
}

/// Small letters only: nginx ignores case, so two names that differ in case would conflict.
fn check_name(name: &str) -> Result<(), LeftOut> {
    let is_valid = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if NAME_LENGTH.contains(&name.len()) && name.bytes().all(is_valid) { Ok(()) } else { Err(LeftOut::Name) }
}

fn escape_address(address: &str, forbidden_hosts: &[String]) -> Result<String, LeftOut> {
    if address.len() > MAX_ADDRESS {
        return Err(LeftOut::Length);
    }
    // The parser removes tabs and line breaks, and reads `\` as `/`. nginx does neither.
    if address.bytes().any(|byte| !byte.is_ascii_graphic() || matches!(byte, b'"' | b'\\' | b'<' | b'>' | b'`')) {
        return Err(LeftOut::Character);
    }
    let url = Url::parse(address).map_err(|_| LeftOut::Address)?;
    if !matches!(url.scheme(), "http" | "https") || !address.starts_with(&format!("{}://", url.scheme())) {
        return Err(LeftOut::Address);
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() || address.contains('#') {
        return Err(LeftOut::Credentials);
    }
    let authority = address.split("://").nth(1).unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
    if authority.is_empty() {
        return Err(LeftOut::Address);
    }
    if authority.contains(['@', '$', '%']) {
        return Err(LeftOut::Character);
    }
    check_host(&url, forbidden_hosts)?;
    // `$` begins a variable in nginx. The URL is as the parser wrote it: with the host in small letters and a path.
    let escaped = url.as_str().replace('$', "%24");
    if escaped.len() > MAX_ADDRESS { Err(LeftOut::Length) } else { Ok(escaped) }
}

/// nginx reads `http://unix:…` as a socket file, and the name of a group of servers as that group.
fn check_host(url: &Url, forbidden_hosts: &[String]) -> Result<(), LeftOut> {
    match url.host() {
        Some(Host::Domain(host))
            if host == "unix" || forbidden_hosts.iter().any(|name| name.eq_ignore_ascii_case(host)) =>
        {
            Err(LeftOut::Host(host.to_owned()))
        }
        Some(Host::Domain(host))
            if !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')) =>
        {
            Err(LeftOut::Character)
        }
        Some(_) => Ok(()),
        None => Err(LeftOut::Address),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn route(name: &str, uri: &str) -> Route {
        Route { name: name.to_owned(), uri: uri.to_owned(), kind: "ministry".to_owned() }
    }

    fn text(name: &str, uri: &str) -> Result<String, LeftOut> {
        let rendered = render([&route(name, uri)], &["backend".to_owned()]);
        match rendered.left_out.get(name) {
            Some(reason) => Err(reason.clone()),
            None => Ok(String::from_utf8(rendered.entries).expect("ASCII").trim_end().to_owned()),
        }
    }

    #[test]
    fn added_routes_are_told_from_removed_and_changed_ones() {
        let of = |routes: &[(&str, &str)]| {
            let routes: Vec<_> = routes.iter().map(|(name, uri)| route(name, uri)).collect();
            render(&routes, &[])
        };
        let (tax, police) = (("tax", "http://a.ee/x"), ("police", "http://b.ee/x"));
        let former = of(&[tax]).to_file("7-abc");
        assert!(of(&[tax]).only_adds_to(&former) && of(&[police, tax]).only_adds_to(&former));
        assert!(of(&[tax]).only_adds_to(&Rendered::default().to_file("0-none")));
        assert!(!of(&[police]).only_adds_to(&former) && !of(&[]).only_adds_to(&former));
        assert!(!of(&[("tax", "http://a.ee/y"), police]).only_adds_to(&former));
    }

    #[test]
    fn only_the_four_parameters_of_map_get_a_backslash() {
        for name in ["default", "include", "hostnames", "volatile"] {
            assert_eq!(text(name, "http://a.ee/x").as_deref(), Ok(format!("\\{name} \"http://a.ee/x\";").as_str()));
        }
        for name in ["tax-board", "name", "road", "defaults", "24"] {
            assert_eq!(text(name, "http://a.ee/x").as_deref(), Ok(format!("{name} \"http://a.ee/x\";").as_str()));
        }
    }

    #[test]
    fn dollar_is_written_as_percent_24_and_addresses_in_their_normal_form() {
        assert_eq!(text("ab", "https://A.ee/$x?y=${z}").as_deref(), Ok("ab \"https://a.ee/%24x?y=%24{z}\";"));
        assert_eq!(text("ab", "https://a.ee").as_deref(), Ok("ab \"https://a.ee/\";"));
        assert_eq!(text("ab", "http://[::1]:8080/a;b}").as_deref(), Ok("ab \"http://[::1]:8080/a;b%7D\";"));
    }

    #[test]
    fn what_nginx_would_misread_is_left_out() {
        for name in ["", "a", "Tax-Board", "a b", "a;b", "~.*", "\\default", "a\nb", "a\"", "@revision", "õun", "$a"] {
            assert_eq!(text(name, "http://a.ee/").err(), Some(LeftOut::Name), "{name:?}");
        }
        for uri in [
            "",
            "a.ee",
            "/messages",
            "ftp://a.ee/",
            "http:a.ee",
            "http:/a.ee/",
            "http:///a",
            "HTTP://a.ee/",
            "http://unix:/var/run/docker.sock:/",
            "http://unix/",
            "http://backend/",
            "http://BACKEND/",
            "http://u:p@a.ee/",
            "http://a.ee\\@b.ee/",
            "http://a.ee/\"; } server {",
            "http://a.ee/ b",
            "http://a.ee/\n",
            "http://$host/",
            "http://a.ee/#x",
            "http://a.ee:99999/",
            "http://a%2eee/",
            "http://a.ee/\u{0}",
            "http://a.ee/õ",
            "http://@a.ee/",
        ] {
            assert!(text("ab", uri).is_err(), "{uri:?} gave {:?}", text("ab", uri));
        }
        assert_eq!(text("ab", &format!("http://a.ee/{}", "x".repeat(3000))).err(), Some(LeftOut::Length));
    }

    #[test]
    fn file_with_the_same_routes_is_recognised_whatever_its_revision() {
        let (one, other) = (render([&route("ab", "http://a.ee/")], &[]), render([&route("ab", "http://b.ee/")], &[]));
        let file = one.to_file(&one.tag(7));
        assert_eq!(one.tag_in(&file), tag_of(&file));
        assert_eq!(tag_of(&file), Some(one.tag(7).as_str()));
        assert_eq!(other.tag_in(&file), None);
        assert_eq!(one.tag_in(&file[..file.len() - 1]), None);
        assert_eq!(tag_of(b""), None);
    }

    proptest! {
        #[test]
        fn any_route_is_one_line_of_two_safe_words_or_left_out(name in ".{0,80}", uri in "(https?://)?.{0,120}") {
            let rendered = render([&route(&name, &uri)], &[]);
            prop_assert_eq!(rendered.count + rendered.left_out.len(), 1);
            let text = String::from_utf8(rendered.entries).expect("ASCII");
            if rendered.count == 1 {
                let line = text.strip_suffix("\";\n").expect("an end");
                let (written, address) = line.split_once(" \"").expect("two words");
                prop_assert_eq!(written.trim_start_matches('\\'), &name);
                prop_assert!(address.bytes().all(|byte| byte.is_ascii_graphic()));
                prop_assert!(!address.contains(['"', '\\', '$']));
            } else {
                prop_assert!(text.is_empty());
            }
        }
    }
}
