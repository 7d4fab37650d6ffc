//! Credentials: values after `Authorization:` or `Bearer`, values named as a token, key or password, and JSON Web Tokens
//! anywhere.

use regex_lite::{Captures, Error, Regex};

use crate::span::{Rule, Span};

const MARKER: &str = "[token]";

/// Words after `Bearer` that are not tokens.
const BEARER_WORDS: [&str; 10] =
    ["token", "tokens", "auth", "authentication", "authorization", "scheme", "header", "is", "was", "and"];

/// A value without quotes. It may contain brackets, so that a marker is matched completely.
const UNQUOTED: &str = r#"((?:[^\s"'\\&#,;<>(){}]|\\/)+)"#;
/// A value in double quotes, in escaped double quotes (JSON in JSON), or in single quotes.
const QUOTED: &str = r#""((?:[^"\\]|\\.)+)|\\+"((?:[^"\\]|\\+[^"\\])+)|'([^']+)"#;
/// An optional quote between a name and its value, on either side of the `:` or `=`.
const QUOTE: &str = r#"(?:\\*["'])?"#;

/// Finds the value after `Authorization:` and the scheme.
pub(crate) struct Authorization(Regex);

impl Authorization {
    pub(crate) fn compile() -> Result<Self, Error> {
        let scheme = r"(?:(?:bearer|basic|digest|token|apikey|negotiate|ntlm|aws4-hmac-sha256)(?:[ \t]|%20)+)?";
        let pattern = format!(r"(?i)authorization{QUOTE}[ \t]*(?:[:=]|%3A)[ \t]*{QUOTE}{scheme}{UNQUOTED}");
        Ok(Self(Regex::new(&pattern)?))
    }
}

impl Rule for Authorization {
    fn find(&self, text: &str) -> Vec<Span> {
        if !mentions(text, &["authorization"]) {
            return Vec::new();
        }
        self.0.captures_iter(text).filter_map(|found| span(&found, 1)).collect()
    }
}

/// Finds the value after `Bearer`.
pub(crate) struct Bearer(Regex);

impl Bearer {
    pub(crate) fn compile() -> Result<Self, Error> {
        Ok(Self(Regex::new(r"(?i)\bbearer(?:[ \t]|%20|\+)+([A-Za-z0-9._~+/=-]+)")?))
    }
}

impl Rule for Bearer {
    fn find(&self, text: &str) -> Vec<Span> {
        if !mentions(text, &["bearer"]) {
            return Vec::new();
        }
        let spans = self.0.captures_iter(text).filter_map(|found| span(&found, 1));
        spans.filter(|span| !BEARER_WORDS.contains(&text[span.range.clone()].to_ascii_lowercase().as_str())).collect()
    }
}

/// Finds values with the name of a secret.
pub(crate) struct NamedSecrets(Regex);

impl NamedSecrets {
    pub(crate) fn compile() -> Result<Self, Error> {
        let names =
            "token|api[_-]?key|access[_-]?key|secret|password|passwd|passphrase|parool|session[_-]?id|signature";
        let pattern = format!(r"(?is)(?:{names}){QUOTE}[ \t]*(?:(=>?|%3D)|:|%3A)[ \t]*(?:{QUOTED}|{UNQUOTED})");
        Ok(Self(Regex::new(&pattern)?))
    }
}

impl Rule for NamedSecrets {
    fn find(&self, text: &str) -> Vec<Span> {
        if !mentions(text, &["token", "key", "secret", "pass", "parool", "session", "signature"]) {
            return Vec::new();
        }
        let spans = self.0.captures_iter(text).filter_map(|found| {
            let quoted = (2..=4).find_map(|group| span(&found, group));
            quoted.or_else(|| {
                // `token: expired` is a sentence; `token: 8f3a` and `token=expired` are not.
                let value = span(&found, 5)?;
                (found.get(1).is_some() || is_cryptic(&text[value.range.clone()])).then_some(value)
            })
        });
        spans.collect()
    }
}

/// Finds JSON Web Tokens, and other JSON in base64.
pub(crate) struct WebTokens(Regex);

impl WebTokens {
    pub(crate) fn compile() -> Result<Self, Error> {
        Ok(Self(Regex::new(r"eyJ[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+|eyJ[A-Za-z0-9_+/=-]{16,}")?))
    }
}

impl Rule for WebTokens {
    fn find(&self, text: &str) -> Vec<Span> {
        if !text.contains("eyJ") {
            return Vec::new();
        }
        self.0.find_iter(text).map(|found| Span { range: found.range(), marker: MARKER }).collect()
    }
}

/// Returns the span of a capture group.
fn span(found: &Captures, group: usize) -> Option<Span> {
    found.get(group).map(|found| Span { range: found.range(), marker: MARKER })
}

/// Returns true if `text` contains one of `words`. A regex search takes ten times as long, and most texts contain none.
fn mentions(text: &str, words: &[&str]) -> bool {
    let text = text.to_ascii_lowercase();
    words.iter().any(|word| text.contains(word))
}

/// Returns true if `value` does not look like a word of a sentence.
fn is_cryptic(value: &str) -> bool {
    value.len() >= 20 || value.bytes().any(|b| b.is_ascii_digit())
}
