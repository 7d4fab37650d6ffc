//! Content encodings: negotiation by `Accept-Encoding`, and compression.

use std::io::{self, Write};

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
    /// Returns the encoding with the highest q-value in `Accept-Encoding`; among equal ones zstd before gzip.
    #[must_use]
    pub fn negotiate(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let accepted = values.flat_map(|value| value.split(',')).filter_map(|choice| {
            let (name, parameters) = choice.split_once(';').unwrap_or((choice, ""));
            let quality = parameters.trim().strip_prefix("q=").and_then(|quality| quality.parse().ok());
            let encoding = match name.trim().to_ascii_lowercase().as_str() {
                "zstd" => Self::Zstd,
                "gzip" | "x-gzip" | "*" => Self::Gzip,
                _ => return None,
            };
            Some((quality.unwrap_or(1.0_f32), encoding)).filter(|(quality, _)| *quality > 0.0)
        });
        let best = accepted.max_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        best.map_or(Self::Identity, |(_, encoding)| encoding)
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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use lambda_http::http::HeaderValue;

    use super::*;

    #[test]
    fn highest_q_value_wins() {
        let negotiate = |value| {
            ContentEncoding::negotiate(&HeaderMap::from_iter([(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static(value),
            )]))
        };
        assert_eq!(ContentEncoding::negotiate(&HeaderMap::new()), ContentEncoding::Identity);
        for (value, encoding) in [
            ("gzip, deflate, br, zstd", ContentEncoding::Zstd),
            ("gzip", ContentEncoding::Gzip),
            ("GZIP;q=0.5", ContentEncoding::Gzip),
            ("zstd;q=0.5, gzip;q=0.9", ContentEncoding::Gzip),
            ("zstd;q=0, gzip;q=0.1", ContentEncoding::Gzip),
            ("*", ContentEncoding::Gzip),
            ("br, identity", ContentEncoding::Identity),
            ("gzip;q=0, zstd;q=0", ContentEncoding::Identity),
            ("", ContentEncoding::Identity),
        ] {
            assert_eq!(negotiate(value), encoding, "{value}");
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
