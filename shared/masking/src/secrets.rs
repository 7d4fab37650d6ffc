//! Credentials: values after `Authorization:` or `Bearer`, values named as a token, key or password, and JSON Web Tokens
//! anywhere.

mod value;

use regex_lite::{Captures, Error, Regex};

use crate::{rule::Rule, span::Span, view::View};

const MARKER: &str = "[token]";

/// Words after `Bearer` that are not tokens.
const BEARER_WORDS: [&str; 10] =
    ["token", "tokens", "auth", "authentication", "authorization", "scheme", "header", "is", "was", "and"];

/// An optional quote between a name and its value, on either side of the `:` or `=`.
const QUOTE: &str = r#"(?:\\*["'])?"#;

/// Finds the value after `Authorization:` and the scheme.
pub(crate) struct Authorization(Regex);

impl Authorization {
    pub(crate) fn compile() -> Result<Self, Error> {
        let scheme = r"(?:(?:bearer|basic|digest|token|apikey|negotiate|ntlm|aws4-hmac-sha256)[ \t+]+)?";
        Ok(Self(Regex::new(&format!(r"(?i)authorization{QUOTE}[ \t]*[:=][ \t+]*{QUOTE}{scheme}"))?))
    }
}

impl Rule for Authorization {
    fn find(&self, view: &View<'_>) -> Vec<Span> {
        if !mentions(view.text(), &["authorization"]) {
            return Vec::new();
        }
        spans(&self.0, view, |found| Some(value::unquoted(view, found.get(0)?.end())))
    }
}

/// Finds the value after `Bearer`.
pub(crate) struct Bearer(Regex);

impl Bearer {
    pub(crate) fn compile() -> Result<Self, Error> {
        Ok(Self(Regex::new(r"(?i)bearer[ \t+]+([A-Za-z0-9._~+/=-]+)")?))
    }
}

impl Rule for Bearer {
    fn find(&self, view: &View<'_>) -> Vec<Span> {
        let text = view.text();
        if !mentions(text, &["bearer"]) {
            return Vec::new();
        }
        let values = self.0.captures_iter(text).filter_map(|found| found.get(1).map(|value| value.range()));
        let tokens = values.filter(|value| !BEARER_WORDS.contains(&text[value.clone()].to_ascii_lowercase().as_str()));
        tokens.map(|range| Span { range, marker: MARKER }).collect()
    }
}

/// Finds values with the name of a secret.
pub(crate) struct NamedSecrets(Regex);

impl NamedSecrets {
    pub(crate) fn compile() -> Result<Self, Error> {
        let names =
            "token|api[_-]?key|access[_-]?key|secret|password|passwd|passphrase|parool|session[_-]?id|signature";
        Ok(Self(Regex::new(&format!(r"(?i)(?:{names}){QUOTE}[ \t]*(?:(=>?)|:)[ \t]*"))?))
    }
}

impl Rule for NamedSecrets {
    fn find(&self, view: &View<'_>) -> Vec<Span> {
        if !mentions(view.text(), &["token", "key", "secret", "pass", "parool", "session", "signature"]) {
            return Vec::new();
        }
        spans(&self.0, view, |found| {
            let start = found.get(0)?.end();
            value::quoted(view, start).or_else(|| {
                // `token: expired` is a sentence; `token: 8f3a` and `token=expired` are not.
                let value = value::unquoted(view, start);
                (found.get(1).is_some() || is_cryptic(&view.text()[value.clone()])).then_some(value)
            })
        })
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
    fn find(&self, view: &View<'_>) -> Vec<Span> {
        if !view.text().contains("eyJ") {
            return Vec::new();
        }
        self.0.find_iter(view.text()).map(|found| Span { range: found.range(), marker: MARKER }).collect()
    }
}

/// Returns the spans of the values that follow the matches of `name`. A value contains no further name.
fn spans(name: &Regex, view: &View<'_>, value: impl Fn(&Captures<'_>) -> Option<std::ops::Range<usize>>) -> Vec<Span> {
    let (mut spans, mut from) = (Vec::new(), 0);
    while let Some(found) = name.captures_at(view.text(), from) {
        let range = value(&found).unwrap_or_default();
        from = found.get(0).map_or(view.text().len(), |whole| whole.end()).max(range.end);
        if !range.is_empty() {
            spans.push(Span { range, marker: MARKER });
        }
    }
    spans
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
