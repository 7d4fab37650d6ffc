//! TF-IDF over character n-grams.

use std::collections::{HashMap, HashSet};

/// The lengths of n-grams.
const LENGTHS: std::ops::RangeInclusive<usize> = 2..=4;

/// Weights of n-grams by index, of length 1.
#[derive(Clone, Debug, Default)]
pub struct Vector(HashMap<usize, f64>);

impl Vector {
    /// Returns the sum of vectors, scaled to length 1.
    #[must_use]
    pub fn centroid<'a>(vectors: impl Iterator<Item = &'a Self>) -> Self {
        let mut sum: HashMap<usize, f64> = HashMap::new();
        for vector in vectors {
            for (index, weight) in &vector.0 {
                *sum.entry(*index).or_default() += weight;
            }
        }
        let length = sum.values().map(|weight| weight * weight).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
        for weight in sum.values_mut() {
            *weight /= length;
        }
        Self(sum)
    }

    /// Returns the cosine of the angle between two vectors: 0 to 1.
    #[must_use]
    pub fn cosine(&self, other: &Self) -> f64 {
        let (small, large) = if self.0.len() < other.0.len() { (&self.0, &other.0) } else { (&other.0, &self.0) };
        small.iter().filter_map(|(index, weight)| Some(weight * large.get(index)?)).sum()
    }
}

/// Knows the n-grams of a training set and how rare each is.
///
/// The weight of an n-gram is its inverse document frequency over sentences times that over labels: words of questions
/// ("how much is", "kui palju") stand with most labels and decide little.
#[derive(Clone, Debug)]
pub struct Vectorizer {
    rarity: HashMap<String, (usize, f64)>,
    /// The weight of an n-gram that was never seen.
    unseen: f64,
}

impl Vectorizer {
    /// Learns from pairs of a label and a sentence.
    #[must_use]
    pub fn new<'a>(sentences: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut found: HashMap<String, (u32, HashSet<&str>)> = HashMap::new();
        let (mut total, mut labels) = (0_u32, HashSet::new());
        for (label, sentence) in sentences {
            total += 1;
            labels.insert(label);
            for gram in count(sentence).into_keys() {
                let (times, with) = found.entry(gram).or_default();
                *times += 1;
                with.insert(label);
            }
        }
        let labels = size(labels.len());
        let weight = |times: u32, with: u32| inverse(total, times) * inverse(labels, with);
        let rarity = found
            .into_iter()
            .enumerate()
            .map(|(index, (gram, (times, with)))| (gram, (index, weight(times, size(with.len())))));
        Self { rarity: rarity.collect(), unseen: weight(1, 1) }
    }

    /// Returns the vector of a sentence. N-grams that were never seen in training count for its length, so that a
    /// sentence of other words is similar to nothing.
    #[must_use]
    pub fn vector(&self, sentence: &str) -> Vector {
        let (mut weights, mut square) = (HashMap::new(), 0.0);
        for (gram, times) in count(sentence) {
            let known = self.rarity.get(&gram);
            let weight = (1.0 + f64::from(times).ln()) * known.map_or(self.unseen, |(_, rarity)| *rarity);
            square += weight * weight;
            if let Some((index, _)) = known {
                weights.insert(*index, weight);
            }
        }
        let length = if square > 0.0 { square.sqrt() } else { 1.0 };
        for weight in weights.values_mut() {
            *weight /= length;
        }
        Vector(weights)
    }
}

/// Returns the smoothed inverse frequency: 1 if `times` is `total`, and more the rarer it is.
fn inverse(total: u32, times: u32) -> f64 {
    (f64::from(1 + total) / f64::from(1 + times)).ln() + 1.0
}

fn size(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Returns the words of a text in small letters.
pub(crate) fn words(text: &str) -> Vec<String> {
    let separated = text.to_lowercase().replace(|letter: char| !letter.is_alphanumeric() && letter != '-', " ");
    separated.split_whitespace().map(str::to_owned).collect()
}

/// Counts the n-grams of each word, with a blank on both sides that marks where it begins and ends.
fn count(sentence: &str) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for word in words(sentence) {
        let letters: Vec<char> = std::iter::once(' ').chain(word.chars()).chain([' ']).collect();
        for length in LENGTHS {
            for gram in letters.windows(length) {
                *counts.entry(gram.iter().collect()).or_default() += 1;
            }
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_of_a_word_are_similar_and_other_words_are_not() {
        let texts = ["raamatukogu", "raamatukogus", "lumi"];
        let vectorizer = Vectorizer::new(texts.into_iter().map(|text| (text, text)));
        let [library, in_library, snow] = texts.map(|text| vectorizer.vector(text));
        assert!(library.cosine(&in_library) > 0.6);
        assert!(library.cosine(&snow) < 0.05);
        assert!((library.cosine(&library) - 1.0).abs() < 1e-9);
        assert!(vectorizer.vector("xyzzy").cosine(&library) < 0.05);
        assert!(vectorizer.vector("").cosine(&library).abs() < f64::EPSILON);
    }
}
