//! Content encodings: negotiation by `Accept-Encoding`, and compression.

use std::io::{self, Write};

use centops_api::quality::thousandths;
use flate2::{Compression, write::GzEncoder};
use lambda_http::http::{HeaderMap, header};

/// The fastest level: a table is compressed while a caller waits.
const ZSTD_LEVEL: i32 = 1;

/// The encoding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContentEncoding {
    /// Not compressed.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878: smaller and faster than gzip.
    Zstd,
}

impl ContentEncoding {
    /// Returns the encoding that `Accept-Encoding` prefers (RFC 9110, section 12.5.3), or `None` if it refuses all. Among
    /// equal weights a listed coding precedes an unlisted one, and zstd precedes gzip.
    #[must_use]
    pub fn negotiate(headers: &HeaderMap) -> Option<Self> {
        let weights = Weights::parse(headers);
        let any = weights.of(&["*"]);
        // Every client that says `*` decodes gzip; not every one decodes zstd.
        let coding = |names: &[&str], listed: u8, unlisted: u8| match weights.of(names) {
            Some(weight) => (weight, listed),
            None => (any.unwrap_or(0), unlisted),
        };
        // Without a word about it, the identity is acceptable, and less so than what is listed.
        let identity = weights.of(&["identity"]).or(any).unwrap_or(1);
        let choices = [
            (coding(&["zstd"], 4, 1), Self::Zstd),
            (coding(&["gzip", "x-gzip"], 3, 2), Self::Gzip),
            ((identity, 0), Self::Identity),
        ];
        let accepted = choices.into_iter().filter(|((weight, _), _)| *weight > 0);
        accepted.max_by_key(|(preference, _)| *preference).map(|(_, encoding)| encoding)
    }

    /// Returns the name in `Content-Encoding`, or `None` for [`ContentEncoding::Identity`].
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// Compresses `body` with this encoding.
    ///
    /// # Errors
    /// When the compression library fails.
    pub fn encode(self, body: &[u8]) -> io::Result<Vec<u8>> {
        match self {
            Self::Identity => Ok(body.to_vec()),
            Self::Gzip => {
                let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
                encoder.write_all(body)?;
                encoder.finish()
            }
            Self::Zstd => zstd::bulk::compress(body, ZSTD_LEVEL),
        }
    }
}

/// The members of `Accept-Encoding`: codings in lower case, with their weights in thousandths.
struct Weights(Vec<(String, u16)>);

impl Weights {
    fn parse(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let members = values.flat_map(|value| value.split(',')).filter(|member| !member.trim().is_empty());
        let weight = |member: &str| match member.split_once(';') {
            None => (member.trim().to_ascii_lowercase(), 1000),
            // A weight that cannot be read may be a refusal.
            Some((name, weight)) => (name.trim().to_ascii_lowercase(), thousandths(weight.trim()).unwrap_or(0)),
        };
        Self(members.map(weight).collect())
    }

    /// Returns the weight of a coding with these `names`, or `None` if it is not listed. The lowest counts, so that
    /// nothing is sent that was refused once.
    fn of(&self, names: &[&str]) -> Option<u16> {
        self.0.iter().filter(|(name, _)| names.contains(&name.as_str())).map(|(_, weight)| *weight).min()
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use lambda_http::http::HeaderValue;

    use super::*;

    fn negotiate(values: &[&str]) -> Option<ContentEncoding> {
        let lines =
            values.iter().map(|value| (header::ACCEPT_ENCODING, HeaderValue::from_str(value).expect("a value")));
        ContentEncoding::negotiate(&lines.collect())
    }

    #[test]
    fn highest_q_value_wins() {
        assert_eq!(negotiate(&[]), Some(ContentEncoding::Identity));
        for (value, encoding) in [
            ("gzip, deflate, br, zstd", ContentEncoding::Zstd),
            ("gzip", ContentEncoding::Gzip),
            ("X-GZip", ContentEncoding::Gzip),
            ("GZIP;q=0.5", ContentEncoding::Gzip),
            ("gzip ; Q=0.001", ContentEncoding::Gzip),
            ("zstd;q=0.5, gzip;q=0.9", ContentEncoding::Gzip),
            ("zstd;q=0, gzip;q=0.1", ContentEncoding::Gzip),
            ("zstd;q=0.999, gzip;q=1.000", ContentEncoding::Gzip),
            ("br, identity", ContentEncoding::Identity),
            ("identity, gzip;q=0.5", ContentEncoding::Identity),
            ("Identity;q=0.2, gzip;q=0.1", ContentEncoding::Identity),
            ("gzip;q=0, zstd;q=0", ContentEncoding::Identity),
            ("", ContentEncoding::Identity),
            ("br", ContentEncoding::Identity),
        ] {
            assert_eq!(negotiate(&[value]), Some(encoding), "{value}");
        }
        assert_eq!(negotiate(&["gzip;q=0.1", "zstd;q=0.2"]), Some(ContentEncoding::Zstd), "two lines are one list");
    }

    #[test]
    fn asterisk_is_what_is_not_listed() {
        for (value, encoding) in [
            ("*", ContentEncoding::Gzip),
            ("gzip;q=0, *", ContentEncoding::Zstd),
            ("*, x-gzip;q=0", ContentEncoding::Zstd),
            ("gzip;q=0.5, *", ContentEncoding::Zstd),
            ("zstd;q=0.5, *;q=0.4", ContentEncoding::Zstd),
            ("*;q=0.3, identity;q=0.4", ContentEncoding::Identity),
            ("gzip;q=0, zstd;q=0, *", ContentEncoding::Identity),
            ("gzip, *;q=0", ContentEncoding::Gzip),
            ("identity, *;q=0", ContentEncoding::Identity),
            ("identity;q=0, *", ContentEncoding::Gzip),
        ] {
            assert_eq!(negotiate(&[value]), Some(encoding), "{value}");
        }
    }

    #[test]
    fn refused_coding_is_never_chosen() {
        for value in ["identity;q=0", "*;q=0", "identity;q=0.000, br", "br, *;q=0.0", "gzip;q=0, identity;q=0"] {
            assert_eq!(negotiate(&[value]), None, "{value}");
        }
        for value in [
            "gzip;q=high",
            "gzip;q=nan",
            "gzip;q=2",
            "gzip;q=-1",
            "gzip;q=",
            "gzip;x=1",
            "gzip, gzip;q=0",
            "gzip;q=0.0000",
        ] {
            assert_eq!(negotiate(&[value]), Some(ContentEncoding::Identity), "{value}");
        }
    }

    #[test]
    fn encoded_body_can_be_decoded() {
        let body = "õige vastus ".repeat(1000);
        assert_eq!(ContentEncoding::Identity.encode(body.as_bytes()).expect("unchanged"), body.as_bytes());
        let packed = ContentEncoding::Gzip.encode(body.as_bytes()).expect("gzip");
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
        assert_eq!(text, body);
        let packed = ContentEncoding::Zstd.encode(body.as_bytes()).expect("zstd");
        assert!(packed.len() < 100);
        assert_eq!(zstd::bulk::decompress(&packed, body.len()).expect("zstd"), body.as_bytes());
    }
}
