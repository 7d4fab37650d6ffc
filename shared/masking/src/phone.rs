//! Phone numbers: checks of digits and their grouping.

pub(crate) const MARKER: &str = "[phone]";

/// The country code of Estonia.
const COUNTRY_CODE: &str = "372";

/// The usual groupings of Estonian numbers of seven and eight digits. Other groupings are dates and sums.
const GROUPS: [&[usize]; 15] = [
    &[7],
    &[3, 4],
    &[4, 3],
    &[3, 2, 2],
    &[2, 2, 3],
    &[2, 3, 2],
    &[1, 3, 3],
    &[8],
    &[4, 4],
    &[4, 2, 2],
    &[2, 3, 3],
    &[2, 2, 2, 2],
    &[3, 3, 2],
    &[3, 5],
    &[5, 3],
];

/// Returns true if `digits` after a plus sign, in this number of groups, are a phone number of up to 15 digits (E.164).
/// Estonian numbers are shorter, so that a further group belongs to other data.
pub(crate) fn is_international(digits: &str, groups: usize) -> bool {
    match digits.strip_prefix(COUNTRY_CODE) {
        Some(national) if groups > 1 => (7..=8).contains(&national.len()),
        _ => (7..=15).contains(&digits.len()) && !digits.starts_with('0'),
    }
}

/// Returns true if `digits` are an Estonian number with the country code, without a plus sign.
pub(crate) fn has_country_code(digits: &str) -> bool {
    match digits.strip_prefix("00") {
        Some(digits) => digits.strip_prefix(COUNTRY_CODE).is_some_and(|national| (7..=8).contains(&national.len())),
        None => digits.strip_prefix(COUNTRY_CODE).is_some_and(is_assigned),
    }
}

/// Returns true if `digits`, in groups of these lengths, are an Estonian number without the country code.
pub(crate) fn is_national(digits: &str, groups: &[usize]) -> bool {
    GROUPS.contains(&groups) && is_assigned(digits)
}

/// Returns true if Estonia's numbering plan assigns such numbers: mobile ones first, then geographic ones.
fn is_assigned(national: &str) -> bool {
    let begins = |first: &[u8], second: &[u8]| match national.as_bytes() {
        [one, two, ..] => first.contains(one) && second.contains(two),
        _ => false,
    };
    let any = b"0123456789";
    match national.len() {
        8 => begins(b"5", any) || begins(b"8", b"1234"),
        7 => {
            begins(b"56", any)
                || begins(b"3", b"23589")
                || begins(b"4", b"345678")
                || begins(b"7", b"123456789")
                || begins(b"8", b"8")
        }
        _ => false,
    }
}
