//! Cursors of lists: opaque to clients, a place in the list and a format version to us.

use std::{fmt::Display, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use lambda_http::Request;

use crate::{Problem, request};

const FORMAT: &str = "1:";

/// The cursor of the page after `place`.
#[must_use]
pub fn after(place: &impl Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{FORMAT}{place}"))
}

/// The place after which the page that `request` asks for starts; none on the first.
///
/// # Errors
/// 400 when its `cursor` is none of ours, or given twice.
pub fn asked<T: FromStr>(request: &Request) -> Result<Option<T>, Problem> {
    request::query::<String>(request, "cursor", "")?.map(|cursor| read(&cursor)).transpose()
}

/// The place that `cursor` stands for.
///
/// # Errors
/// 400 when it is no cursor of ours.
fn read<T: FromStr>(cursor: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let place = text.as_deref().and_then(|text| text.strip_prefix(FORMAT)).and_then(|place| place.parse().ok());
    place.ok_or_else(|| Problem::invalid("#query/cursor", "not a cursor of this list: take `next` of the page before"))
}

#[cfg(test)]
mod tests {
    use centops_domain::name::Name;

    use super::*;

    #[test]
    fn only_our_own_cursors_are_read() {
        let name: Name = "tax-board".parse().expect("a good name");
        assert_eq!(read(&after(&name)).ok(), Some(name));
        for bad in ["", "tax-board", "MTpB", "!!!", "Mjp0YXgtYm9hcmQ"] {
            assert!(read::<Name>(bad).is_err(), "{bad:?}");
        }
    }
}
