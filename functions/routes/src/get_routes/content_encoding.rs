//! Content codings: how a body is compressed for who asks for it.

use std::io::{self, Write};

use flate2::{Compression, write::GzEncoder};
use lambda_http::http::{HeaderMap, header};

/// Fast: a table is compressed while somebody waits.
const ZSTD_LEVEL: i32 = 1;

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coding {
    /// Not at all.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878: smaller, and faster to make.
    Zstd,
}

impl Coding {
    /// The coding that `Accept-Encoding` wants most; of two that it wants as much the better one.
    #[must_use]
    pub fn asked(headers: &HeaderMap) -> Self {
        let values = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        let wanted = values.flat_map(|value| value.split(',')).filter_map(|choice| {
            let (name, parameters) = choice.split_once(';').unwrap_or((choice, ""));
            let quality = parameters.trim().strip_prefix("q=").and_then(|quality| quality.parse().ok());
            let coding = match name.trim().to_ascii_lowercase().as_str() {
                "zstd" => Self::Zstd,
                "gzip" | "x-gzip" | "*" => Self::Gzip,
                _ => return None,
            };
            Some((quality.unwrap_or(1.0_f32), coding)).filter(|(quality, _)| *quality > 0.0)
        });
        let best = wanted.max_by(|one, other| one.0.total_cmp(&other.0).then(one.1.cmp(&other.1)));
        best.map_or(Self::Identity, |(_, coding)| coding)
    }

    /// Its name in `Content-Encoding`; none for [`Coding::Identity`].
    #[must_use]
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }

    /// `body` in this coding.
    ///
    /// # Errors
    /// When the library fails.
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
    fn what_is_asked_for_most_is_taken() {
        let asked =
            |value| Coding::asked(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]));
        assert_eq!(Coding::asked(&HeaderMap::new()), Coding::Identity);
        for (value, coding) in [
            ("gzip, deflate, br, zstd", Coding::Zstd),
            ("gzip", Coding::Gzip),
            ("GZIP;q=0.5", Coding::Gzip),
            ("zstd;q=0.5, gzip;q=0.9", Coding::Gzip),
            ("zstd;q=0, gzip;q=0.1", Coding::Gzip),
            ("*", Coding::Gzip),
            ("br, identity", Coding::Identity),
            ("gzip;q=0, zstd;q=0", Coding::Identity),
            ("", Coding::Identity),
        ] {
            assert_eq!(asked(value), coding, "{value}");
        }
    }

    #[test]
    fn what_is_coded_can_be_read() {
        let body = "õige vastus ".repeat(1000);
        assert_eq!(Coding::Identity.encode(body.as_bytes()).expect("as it is"), body.as_bytes());
        let packed = Coding::Gzip.encode(body.as_bytes()).expect("gzip");
        let mut text = String::new();
        flate2::read::GzDecoder::new(packed.as_slice()).read_to_string(&mut text).expect("gzip");
        assert_eq!(text, body);
        let packed = Coding::Zstd.encode(body.as_bytes()).expect("zstd");
        assert!(packed.len() < 100);
        assert_eq!(zstd::bulk::decompress(&packed, body.len()).expect("zstd"), body.as_bytes());
    }
}
