//! JSON pointers of problems, as URI fragments (RFC 6901, section 6).

use centops_domain::chatbots::NOT_IN_URI;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use serde_path_to_error::Segment;

/// The characters of ASCII that a URI fragment may not contain (RFC 3986, section 3.5), and the percent sign.
const NOT_IN_FRAGMENT: &AsciiSet = &NOT_IN_URI.add(b'%');

/// Returns the pointer to the value below the member or element `tokens`, from the root on. Each token is escaped once.
pub(crate) fn fragment<T: AsRef<str>>(tokens: impl IntoIterator<Item = T>) -> String {
    let mut pointer = "#".to_owned();
    for token in tokens {
        let escaped = token.as_ref().replace('~', "~0").replace('/', "~1");
        pointer.push('/');
        pointer.extend(utf8_percent_encode(&escaped, NOT_IN_FRAGMENT));
    }
    pointer
}

/// Returns the pointer to the value that `error` is about.
pub(crate) fn of_error(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let mut tokens: Vec<String> = error
        .path()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Seq { index } => Some(index.to_string()),
            Segment::Map { key } => Some(key.clone()),
            Segment::Enum { .. } | Segment::Unknown => None,
        })
        .collect();
    // The path ends at the object that lacks the field: serde names the field in the text only.
    let text = error.inner().to_string();
    let missing = text.strip_prefix("missing field `").and_then(|rest| rest.split_once('`'));
    tokens.extend(missing.map(|(field, _)| field.to_owned()));
    fragment(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_escaped_once_and_percent_encoded() {
        for (token, pointer) in [
            ("a/b", "#/a~1b"),
            ("m~n", "#/m~0n"),
            ("~1", "#/~01"),
            ("/", "#/~1"),
            ("", "#/"),
            ("a b", "#/a%20b"),
            ("nõu", "#/n%C3%B5u"),
            ("100%", "#/100%25"),
            ("%20", "#/%2520"),
            ("c#d", "#/c%23d"),
            ("a`b\"c", "#/a%60b%22c"),
            ("i\\j|k^l", "#/i%5Cj%7Ck%5El"),
            ("line\nbreak", "#/line%0Abreak"),
            ("-._!$&'()*+,;=:@?", "#/-._!$&'()*+,;=:@?"),
        ] {
            assert_eq!(fragment([token]), pointer, "{token:?}");
        }
        assert_eq!(fragment([""; 0]), "#");
        assert_eq!(fragment(["logs", "0", "a/b"]), "#/logs/0/a~1b");
    }
}
