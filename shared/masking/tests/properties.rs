//! Properties of masking for any text.
#![expect(clippy::expect_used, reason = "a test stops at the first surprise")]

use std::net::{Ipv4Addr, Ipv6Addr};

use centops_masking::mask;
use proptest::prelude::*;

/// Generates personal codes, with the check digit of the published rule.
fn personal_code() -> impl Strategy<Value = String> {
    (1_u32..=8, 0_u32..100, 1_u32..=12, 1_u32..=28, 0_u32..1000).prop_map(|(century, year, month, day, number)| {
        let ten = format!("{century}{year:02}{month:02}{day:02}{number:03}");
        let sum = |weights: &str| {
            let products = ten
                .chars()
                .zip(weights.chars())
                .map(|(digit, weight)| digit.to_digit(10).expect("a digit") * weight.to_digit(10).expect("a digit"));
            products.sum::<u32>() % 11
        };
        let check = match (sum("1234567891"), sum("3456789123")) {
            (10, 10) => 0,
            (10, second) => second,
            (first, _) => first,
        };
        format!("{ten}{check}")
    })
}

fn phone() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\+3725[0-9]{6,7}",
        "00372 5[0-9]{3} [0-9]{4}",
        "5[0-9]{6,7}",
        "6[0-9]{2} [0-9]{4}",
        "\\+[1-9][0-9]{7,13}"
    ]
}

/// Generates the text before and after a piece of data, with a delimiter next to it.
fn context() -> impl Strategy<Value = (String, String)> {
    ("\\PC{0,20}[ \"'(),;<>=/\n„”]", "[ \"'(),;<>=/\n„”]\\PC{0,20}")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn masking_is_idempotent(text in "\\PC{0,80}") {
        let once = mask(&text);
        prop_assert_eq!(mask(&once), once);
    }

    #[test]
    fn masking_is_idempotent_for_texts_similar_to_data(
        pieces in prop::collection::vec(
            prop_oneof![
                personal_code(), phone(), "[a-zõ.+]{1,5}@[a-z]{1,4}\\.[a-z]{2,3}", "[0-9a-f:.]{1,12}", "[0-9 -]{1,12}",
                "(Bearer |token=|\"password\":\"|eyJ|Authorization: )[a-z0-9.\"]{0,8}", "%[0-9A-F]{2}", "[\\[\\] &=@:+%\"\\\\]",
                "\\[(token|ip|phone|e-mail|personal code)\\]",
            ],
            0..10,
        )
    ) {
        let once = mask(&pieces.concat());
        prop_assert_eq!(mask(&once), once);
    }

    #[test]
    fn masks_every_personal_code(code in personal_code(), (before, after) in context()) {
        let masked = mask(&format!("{before}{code}{after}"));
        prop_assert!(!masked.contains(&code), "{}", masked);
    }

    #[test]
    fn masks_every_phone_number(phone in phone(), (before, after) in context()) {
        // A preceding currency sign or decimal comma marks a sum or a decimal, which is not masked.
        prop_assume!(!before.trim_end().ends_with(['€', '$', '£']));
        prop_assume!(!before.strip_suffix(',').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit())));
        let masked = mask(&format!("{before}{phone}; {after}"));
        prop_assert!(!masked.contains(&phone), "{}", masked);
    }

    #[test]
    fn masks_every_email_address(
        email in "[a-zõäöü0-9]{1,10}([.+_-][a-z0-9]{1,6}){0,2}@[a-zõ0-9-]{1,12}(\\.[a-z]{2,6}){1,2}",
        (before, after) in context(),
    ) {
        let masked = mask(&format!("{before}{email}{after}"));
        prop_assert!(!masked.contains(&email), "{}", masked);
    }

    #[test]
    fn masks_every_ip_address(four in any::<u32>(), six in any::<u128>(), (before, after) in context()) {
        let (four, six) = (Ipv4Addr::from(four).to_string(), Ipv6Addr::from(six).to_string());
        let masked = mask(&format!("{before}{four}{after}{before}{six}{after}"));
        prop_assert!(!masked.contains(&four), "{}", masked);
        prop_assert!(!masked.contains(&six), "{}", masked);
    }

    #[test]
    fn text_without_digits_and_keywords_is_unchanged(text in "[a-zA-ZõäöüÕÄÖÜšž ,.;!?()/=+-]{0,200}") {
        let lower = text.to_lowercase();
        let words = ["token", "bearer", "key", "secret", "pass", "parool", "session", "signature", "authorization", "eyj"];
        prop_assume!(!words.iter().any(|word| lower.contains(word)));
        prop_assert_eq!(mask(&text), text);
    }

    #[test]
    fn masks_every_bearer_token(token in "[A-Za-z0-9._~+/-]{12,40}", (before, after) in context()) {
        for form in ["Bearer ", "Authorization: ", "access_token=", "\"token\": \"", "api_key="] {
            let masked = mask(&format!("{before}{form}{token}{after}"));
            prop_assert!(!masked.contains(&token), "{}", masked);
        }
    }
}
