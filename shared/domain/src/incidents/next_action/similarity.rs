//! The similarity of incidents: the weighted Jaccard index of their tokens.

use std::collections::{BTreeMap, BTreeSet};

use super::features::Token;

/// The unit of the weights. They are integers, so that a sum does not depend on its order.
const UNIT: f64 = 1000.0;

/// The tokens of all incidents with their frequency.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    places: BTreeMap<Token, usize>,
    /// The number of incidents that have the token, by place.
    frequency: Vec<u32>,
    incidents: u32,
}

/// Tokens by their place in the vocabulary, rising.
pub(super) type Places = Vec<usize>;

/// The similarity of two incidents as a fraction: the weight of the tokens that both have, of the tokens that one has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Similarity {
    pub(super) common: u64,
    pub(super) union: u64,
}

impl Similarity {
    /// Returns whether it is at least `percent`.
    pub(super) fn reaches(self, percent: u64) -> bool {
        self.common * 100 >= percent * self.union && self.common > 0
    }

    /// Compares two fractions.
    pub(super) fn compare(self, other: Self) -> std::cmp::Ordering {
        (self.common * other.union).cmp(&(other.common * self.union))
    }
}

impl Vocabulary {
    /// Counts the tokens of an incident. Returns their places.
    pub(super) fn add(&mut self, tokens: &BTreeSet<Token>) -> Places {
        self.incidents += 1;
        let mut places: Places = tokens
            .iter()
            .map(|token| {
                let place = self.places.get(token).copied().unwrap_or_else(|| {
                    self.frequency.push(0);
                    self.places.insert(token.clone(), self.frequency.len() - 1);
                    self.frequency.len() - 1
                });
                if let Some(frequency) = self.frequency.get_mut(place) {
                    *frequency += 1;
                }
                place
            })
            .collect();
        places.sort_unstable();
        places
    }

    /// Returns the weight of each token by place.
    pub(super) fn weights(&self) -> Vec<u64> {
        self.frequency.iter().map(|frequency| weight(*frequency, self.incidents)).collect()
    }

    /// Returns the places of the known tokens, and the weight of the unknown ones.
    pub(super) fn look_up(&self, tokens: &BTreeSet<Token>) -> (Places, u64) {
        let mut places: Places = tokens.iter().filter_map(|token| self.places.get(token).copied()).collect();
        places.sort_unstable();
        let unknown = (tokens.len() - places.len()) as u64;
        (places, unknown * weight(0, self.incidents))
    }
}

/// Returns the weight of a token: the logarithm of the inverse of its frequency, smoothed so that a token of all
/// incidents still has a weight.
fn weight(frequency: u32, incidents: u32) -> u64 {
    let inverse = (f64::from(incidents) + 1.0) / (f64::from(frequency) + 1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 23 units")]
    let weight = (inverse.ln_1p() * UNIT).round() as u64;
    weight
}

/// Returns the similarity of two sets of places, both rising. `unknown` is the weight of further tokens of the first.
pub(super) fn similarity(one: &[usize], unknown: u64, other: &[usize], weights: &[u64]) -> Similarity {
    let weight = |place: &usize| weights.get(*place).copied().unwrap_or_default();
    let total = |places: &[usize]| places.iter().map(weight).sum::<u64>();
    let mut rest = other.iter().peekable();
    let mut common = 0;
    for place in one {
        while rest.next_if(|other| *other < place).is_some() {}
        if rest.next_if_eq(&place).is_some() {
            common += weight(place);
        }
    }
    Similarity { common, union: total(one) + unknown + total(other) - common }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn tokens(numbers: &BTreeSet<u8>) -> BTreeSet<Token> {
        numbers.iter().map(|number| Token::Template(number.to_string())).collect()
    }

    /// Returns the similarity of two incidents, where there are these and `all`.
    fn compare(all: &[BTreeSet<u8>], one: &BTreeSet<u8>, other: &BTreeSet<u8>) -> Similarity {
        let mut vocabulary = Vocabulary::default();
        for incident in all {
            vocabulary.add(&tokens(incident));
        }
        let (one, other) = (vocabulary.add(&tokens(one)), vocabulary.add(&tokens(other)));
        similarity(&one, 0, &other, &vocabulary.weights())
    }

    #[test]
    fn rare_token_weighs_more() {
        let all: Vec<BTreeSet<u8>> = (0..100).map(|number| BTreeSet::from([1, 100 + number])).collect();
        let base = BTreeSet::from([1, 100]);
        let (rare, frequent) = (BTreeSet::from([2, 100]), BTreeSet::from([1, 2]));
        let (rare, frequent) = (compare(&all, &base, &rare), compare(&all, &base, &frequent));
        assert!(rare.compare(frequent).is_gt(), "{rare:?}, {frequent:?}");
    }

    #[test]
    fn token_that_no_incident_had_lowers_the_similarity() {
        let mut vocabulary = Vocabulary::default();
        let places = vocabulary.add(&tokens(&BTreeSet::from([1, 2])));
        for (numbers, is_same) in [(vec![1, 2], true), (vec![1, 2, 3], false)] {
            let (known, unknown) = vocabulary.look_up(&tokens(&numbers.into_iter().collect()));
            assert_eq!(similarity(&known, unknown, &places, &vocabulary.weights()).reaches(100), is_same);
        }
    }

    #[test]
    fn incidents_without_tokens_are_not_similar() {
        assert!(!compare(&[], &BTreeSet::new(), &BTreeSet::new()).reaches(50));
    }

    fn sets() -> impl Strategy<Value = BTreeSet<u8>> {
        prop::collection::btree_set(0_u8..12, 0..8)
    }

    proptest! {
        #[test]
        fn similarity_is_the_share_of_the_common_weight(
            all in prop::collection::vec(sets(), 0..20),
            one in sets(),
            other in sets(),
        ) {
            let (there, back) = (compare(&all, &one, &other), compare(&all, &other, &one));
            prop_assert_eq!(there, back);
            prop_assert!(there.common <= there.union);
            prop_assert_eq!(there.common == 0, one.is_disjoint(&other));
            prop_assert_eq!(there.reaches(100), !one.is_empty() && one == other);
        }
    }
}
