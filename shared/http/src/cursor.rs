//! Cursors of lists: opaque to clients, a name and a format version to us.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use centops_domain::name::Name;

use crate::Problem;

const FORMAT: &str = "1:";

/// The cursor of the page after `name`.
#[must_use]
pub fn after(name: &Name) -> String {
    URL_SAFE_NO_PAD.encode(format!("{FORMAT}{name}"))
}

/// The name that `cursor` stands for.
///
/// # Errors
/// 400 when it is no cursor of ours.
pub fn read(cursor: &str) -> Result<Name, Problem> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let name = text.as_deref().and_then(|text| text.strip_prefix(FORMAT)).and_then(|name| name.parse().ok());
    name.ok_or_else(|| Problem::invalid("#query/cursor", "not a cursor of this list: take `next` of the page before"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_cursors_are_read() {
        let name: Name = "tax-board".parse().expect("a good name");
        assert_eq!(read(&after(&name)).ok(), Some(name));
        for bad in ["", "tax-board", "MTpB", "!!!", "Mjp0YXgtYm9hcmQ"] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
