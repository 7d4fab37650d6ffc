//! Weights of content negotiation (RFC 9110, section 12.4.2).

/// Reads the weight of a parameter `q=` in thousandths: a number from 0 to 1 with at most three decimals. None if the
/// parameter is another, or the number cannot be read.
#[must_use]
pub fn thousandths(parameter: &str) -> Option<u16> {
    let number = parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q="))?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals = format!("{decimals:0<3}").parse().ok()?;
    match (whole, decimals) {
        ("0", decimals) => Some(decimals),
        ("1", 0) => Some(1000),
        _ => None,
    }
}
