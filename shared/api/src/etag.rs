//! Entity tags: the version of an item, in quotes.

use lambda_http::http::{HeaderMap, header};

use crate::Problem;

/// Returns the entity tag of `version`.
#[must_use]
pub fn tag(version: impl Into<i128>) -> String {
    format!("\"{}\"", version.into())
}

/// Returns the version that `If-Match` demands, or `None` where it demands none or any.
///
/// # Errors
/// 412 when it demands a value that is never an entity tag of ours.
pub fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let value = value.to_str().map_err(|_| Problem::precondition_failed())?.trim();
    if value == "*" {
        return Ok(None);
    }
    let digits = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    digits.and_then(|digits| digits.parse().ok()).map(Some).ok_or_else(Problem::precondition_failed)
}

/// Returns whether `If-None-Match` has the tag of `version`. Tags are compared weakly (RFC 9110, section 13.1.2).
#[must_use]
pub fn is_known(headers: &HeaderMap, version: impl Into<i128>) -> bool {
    let tag = tag(version);
    let values = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let mut tags = values.flat_map(|value| value.split(',')).map(str::trim);
    tags.any(|known| known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, header::HeaderValue::from_static(value))])
    }

    #[test]
    fn if_match_reads_one_strong_tag() {
        let read = |value| if_match(&headers(header::IF_MATCH, value));
        assert_eq!(if_match(&HeaderMap::new()).ok(), Some(None));
        assert_eq!(read("*").ok(), Some(None));
        assert_eq!(read("\"17\"").ok(), Some(Some(17)));
        for never in ["17", "W/\"17\"", "\"abc\"", "\"1\", \"2\"", ""] {
            assert!(read(never).is_err(), "{never:?}");
        }
    }

    #[test]
    fn if_none_match_takes_lists_and_weak_tags() {
        let known = |value| is_known(&headers(header::IF_NONE_MATCH, value), 17);
        for yes in ["\"17\"", "W/\"17\"", "\"1\", \"17\"", "*"] {
            assert!(known(yes), "{yes:?}");
        }
        for no in ["\"1\"", "17", "", "\"171\""] {
            assert!(!known(no), "{no:?}");
        }
    }
}
