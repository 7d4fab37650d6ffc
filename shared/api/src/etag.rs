//! Entity tags and the preconditions that compare them (RFC 9110, sections 8.8.3 and 13.1).
//!
//! The tag of an item is its version in quotes, and is strong: the item has one representation of each version.

use centops_store::IfMatch;
use lambda_http::http::{HeaderMap, HeaderName, HeaderValue, header};

/// Returns the entity tag of `version`.
#[must_use]
pub fn tag(version: impl Into<i128>) -> String {
    format!("\"{}\"", version.into())
}

/// Returns the weak entity tag of `version`, for one of several representations that mean the same.
#[must_use]
pub fn weak_tag(version: impl Into<i128>) -> String {
    format!("W/{}", tag(version))
}

/// Returns the versions that `If-Match` accepts. Tags are compared strongly, so a weak tag accepts none; nor does what
/// is no tag of ours.
#[must_use]
pub fn if_match(headers: &HeaderMap) -> IfMatch {
    let Some(value) = field(headers, &header::IF_MATCH) else { return IfMatch::Any };
    if is_any(&value) {
        return IfMatch::Any;
    }
    let version = |listed: &Listed<'_>| {
        let version = std::str::from_utf8(listed.opaque).ok()?.parse::<i64>().ok()?;
        // Compared by characters: `007` and `+7` are other tags than `7`.
        (!listed.is_weak && version.to_string().as_bytes() == listed.opaque).then_some(version)
    };
    IfMatch::Versions(parse(&value).iter().filter_map(version).collect())
}

/// Returns whether `If-None-Match` has the tag of `version`. Tags are compared weakly.
#[must_use]
pub fn is_known(headers: &HeaderMap, version: impl Into<i128>) -> bool {
    let Some(value) = field(headers, &header::IF_NONE_MATCH) else { return false };
    let version = version.into().to_string();
    is_any(&value) || parse(&value).iter().any(|listed| listed.opaque == version.as_bytes())
}

/// A tag of a list, without its quotes.
struct Listed<'a> {
    is_weak: bool,
    opaque: &'a [u8],
}

/// Returns the value of the field `name`: its lines, joined by commas.
fn field(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    (!lines.is_empty()).then(|| lines.join(&b','))
}

fn is_any(value: &[u8]) -> bool {
    value.trim_ascii() == b"*"
}

/// Returns the tags of a list up to the first member that is not a tag. A tag may contain commas.
fn parse(value: &[u8]) -> Vec<Listed<'_>> {
    let (mut tags, mut rest) = (Vec::new(), value);
    loop {
        let start = rest.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b',')).unwrap_or(rest.len());
        let member = &rest[start..];
        let (is_weak, quoted) = match member.strip_prefix(b"W/") {
            Some(quoted) => (true, quoted),
            None => (false, member),
        };
        let Some(text) = quoted.strip_prefix(b"\"") else { return tags };
        let Some(end) = text.iter().position(|byte| *byte == b'"') else { return tags };
        rest = &text[end + 1..];
        if !matches!(rest.trim_ascii_start().first(), None | Some(b',')) {
            return tags;
        }
        tags.push(Listed { is_weak, opaque: &text[..end] });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &HeaderName, values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (name.clone(), HeaderValue::from_str(value).expect("a value"))).collect()
    }

    #[test]
    fn if_match_accepts_each_strong_tag_of_its_list() {
        let read = |values: &[&str]| if_match(&headers(&header::IF_MATCH, values));
        assert_eq!(read(&[]), IfMatch::Any);
        assert_eq!(read(&["*"]), IfMatch::Any);
        for (values, versions) in [
            (&["\"17\""] as &[&str], vec![17]),
            (&["\"1\", \"17\""], vec![1, 17]),
            (&["\"1\",\"17\""], vec![1, 17]),
            (&["\"1\"", "\"17\""], vec![1, 17]),
            (&[" , \"1\" ,, W/\"2\", \"17\" "], vec![1, 17]),
            (&["\"a,\", \"17\""], vec![17]),
            (&["\"0\""], vec![0]),
        ] {
            assert_eq!(read(values), IfMatch::Versions(versions), "{values:?}");
        }
    }

    #[test]
    fn if_match_compares_tags_strongly_and_by_characters() {
        let read = |value: &str| if_match(&headers(&header::IF_MATCH, &[value]));
        for never in [
            "17",
            "W/\"17\"",
            "\"017\"",
            "\"+17\"",
            "\"-0\"",
            "\" 17\"",
            "\"17 \"",
            "\"17",
            "\"abc\"",
            "\"1\u{661}\"",
            "\"a,17,b\"",
            "\"1\"7\"",
            "\"1\"\"17\"",
            "'17'",
            "",
            "17, *",
        ] {
            let IfMatch::Versions(versions) = read(never) else { panic!("{never:?} accepts any version") };
            assert!(!versions.contains(&17) && !versions.contains(&0), "{never:?}: {versions:?}");
        }
    }

    #[test]
    fn if_none_match_compares_tags_weakly() {
        let known = |values: &[&str]| is_known(&headers(&header::IF_NONE_MATCH, values), 17);
        for yes in [
            &["\"17\""] as &[&str],
            &["W/\"17\""],
            &["\"1\", \"17\""],
            &["\"1\"", "W/\"17\""],
            &["*"],
            &["\"a,b\", \"17\""],
        ] {
            assert!(known(yes), "{yes:?}");
        }
        for no in [
            &[] as &[&str],
            &["\"1\""],
            &["17"],
            &[""],
            &["\"171\""],
            &["\"017\""],
            &["\"a,17,b\""],
            &["w/\"17\""],
            &["\"1\", *"],
        ] {
            assert!(!known(no), "{no:?}");
        }
    }
}
