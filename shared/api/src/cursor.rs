//! Cursors of lists: opaque to clients; inside, a format version and the position after which the next page starts.

use std::{fmt::Display, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

use lambda_http::Request;

use crate::{Problem, request};

const FORMAT: &str = "1:";

/// Returns the cursor of the page after `position`.
#[must_use]
pub fn after(position: &impl Display) -> String {
    URL_SAFE_NO_PAD.encode(format!("{FORMAT}{position}"))
}

/// Returns the position after which the requested page starts, or `None` on the first page.
///
/// # Errors
/// 400 when the query's `cursor` is no cursor of this list, or given twice.
pub fn read<T: FromStr>(request: &Request) -> Result<Option<T>, Problem> {
    request::query::<String>(request, "cursor", "")?.map(|cursor| decode(&cursor)).transpose()
}

fn decode<T: FromStr>(cursor: &str) -> Result<T, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let position = text.as_deref().and_then(|text| text.strip_prefix(FORMAT)).and_then(|text| text.parse().ok());
    position
        .ok_or_else(|| Problem::invalid("#query/cursor", "not a cursor of this list: take `next` of the page before"))
}

#[cfg(test)]
mod tests {
    use centops_domain::chatbots::Name;

    use super::*;

    #[test]
    fn foreign_cursors_are_refused() {
        let name: Name = "tax-board".parse().expect("a good name");
        assert_eq!(decode(&after(&name)).ok(), Some(name));
        for bad in ["", "tax-board", "MTpB", "!!!", "Mjp0YXgtYm9hcmQ"] {
            assert!(decode::<Name>(bad).is_err(), "{bad:?}");
        }
    }
}
