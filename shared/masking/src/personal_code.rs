//! Estonian personal codes: sex and century, date of birth, serial number, check digit.

use jiff::civil::Date;

pub(crate) const MARKER: &str = "[personal code]";
pub(crate) const DIGITS: usize = 11;

const FIRST_WEIGHTS: [u32; 10] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 1];
const SECOND_WEIGHTS: [u32; 10] = [3, 4, 5, 6, 7, 8, 9, 1, 2, 3];

/// Returns true if `digits` are a personal code of an existing date with a valid check digit.
pub(crate) fn is_code(digits: &str) -> bool {
    let Some(digits) = digits.chars().map(|c| c.to_digit(10)).collect::<Option<Vec<u32>>>() else { return false };
    let &[century, y1, y2, m1, m2, d1, d2, _, _, _, check] = digits.as_slice() else { return false };
    if !(1..=8).contains(&century) {
        return false;
    }
    let year = 1800 + (century - 1) / 2 * 100 + y1 * 10 + y2;
    let (month, day) = (m1 * 10 + m2, d1 * 10 + d2);
    let date = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = date else { return false };
    Date::new(year, month, day).is_ok() && check == check_digit(&digits)
}

/// Computes the check digit of the first ten digits.
fn check_digit(digits: &[u32]) -> u32 {
    let sum = |weights: [u32; 10]| digits.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11;
    let first = sum(FIRST_WEIGHTS);
    if first < 10 { first } else { sum(SECOND_WEIGHTS) % 10 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_only_complete_codes_of_real_dates() {
        for good in ["60001019906", "37605030299", "47101010033", "50001029996", "49403136515"] {
            assert!(is_code(good), "{good}");
        }
        for bad in
            ["60001019907", "37602300299", "07605030299", "97605030299", "6000101990", "600010199066", "6000101990x"]
        {
            assert!(!is_code(bad), "{bad}");
        }
    }
}
