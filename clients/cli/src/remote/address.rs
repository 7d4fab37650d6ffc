//! Addresses in normal form, and the id of a subscription, which the server derives from its address.

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use url::{Position, Url};

use crate::manifest::Manifest;

/// The channels of which whoever knows an address can post to it: the server shows it masked.
const SECRET: [&str; 6] = ["https", "webhook", "slack", "teams", "pagerduty", "alertmanager"];

/// The characters that RFC 3986 permits in no path and no query.
const NOT_IN_URI: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Returns a URL in the normal form in which CentOps stores it; another text as it is.
pub fn normal_url(text: &str) -> String {
    let Ok(url) = Url::parse(text) else { return text.to_owned() };
    let (start, rest) = url.as_str().split_at(url[..Position::BeforePath].len());
    let (mut normal, mut parts) = (start.to_owned(), rest.split('%'));
    normal.extend(parts.next().map(|part| utf8_percent_encode(part, NOT_IN_URI).to_string()));
    for part in parts {
        // A percent sign that encodes nothing is itself encoded.
        let is_encoding = part.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
        normal.push_str(if is_encoding { "%" } else { "%25" });
        normal.extend(utf8_percent_encode(part, NOT_IN_URI));
    }
    normal
}

/// Returns the id of the subscription of a manifest: 128 bits of the SHA-256 of institution, channel and address.
pub fn subscription_id(manifest: &Manifest) -> String {
    let institution = manifest.text("institution");
    let institution = if institution.is_empty() { "-" } else { institution };
    let text = format!("{institution} {} {}", manifest.text("channel"), normal(manifest));
    Sha256::digest(text).iter().take(16).fold(String::new(), |id, byte| format!("{id}{byte:02x}"))
}

/// Returns the address of a subscription as the server shows it: masked if it is a secret.
pub fn shown(manifest: &Manifest) -> String {
    let (channel, address) = (manifest.text("channel"), normal(manifest));
    match channel {
        "pagerduty" => {
            format!("***{}", address.chars().skip(address.chars().count().saturating_sub(4)).collect::<String>())
        }
        channel if SECRET.contains(&channel) => {
            let host = Url::parse(&address).ok().and_then(|url| url.host_str().map(str::to_owned));
            format!("https://{}/***", host.as_deref().unwrap_or("***"))
        }
        _ => address,
    }
}

fn normal(manifest: &Manifest) -> String {
    let address = manifest.text("address");
    match manifest.text("channel") {
        "email" | "mail" => match address.rsplit_once('@') {
            Some((local, domain)) => format!("{local}@{}", domain.to_lowercase()),
            None => address.to_owned(),
        },
        "https" | "webhook" | "slack" | "teams" | "alertmanager" => normal_url(address),
        _ => address.to_owned(),
    }
}
