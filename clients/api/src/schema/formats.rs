//! The formats of texts that the contract uses.

use jiff::{Timestamp, civil::Date};
use url::Url;

/// Returns the rule of `format` that `text` breaks. Unknown formats have no rule.
pub(super) fn check(format: &str, text: &str) -> Option<&'static str> {
    match format {
        "date-time" if !is_date_time(text) => Some("a time such as 2026-11-27T09:12:00Z"),
        "date" if !is_date(text) => Some("a day such as 2026-11-27"),
        "uri" if Url::parse(text).is_err() => Some("an absolute URI such as https://bot.example.ee/messages"),
        "email" if !is_email(text) => Some("an e-mail address"),
        "uuid" if !is_uuid(text) => Some("a UUID"),
        _ => None,
    }
}

/// RFC 3339, section 5.6, with `T`.
fn is_date_time(text: &str) -> bool {
    text.as_bytes().get(10) == Some(&b'T') && text.parse::<Timestamp>().is_ok()
}

/// RFC 3339, section 5.6.
fn is_date(text: &str) -> bool {
    text.len() == 10 && text.parse::<Date>().is_ok()
}

/// A local part, one `@`, and a domain. Whether the server can send to it, the server decides.
fn is_email(text: &str) -> bool {
    text.rsplit_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && !domain.is_empty() && !text.chars().any(char::is_control) && !domain.contains(' ')
    })
}

fn is_uuid(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}
