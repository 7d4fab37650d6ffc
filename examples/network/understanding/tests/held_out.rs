//! Held-out sentences: at least 90 % are understood, in each bot and language.
#![expect(clippy::expect_used, reason = "a failed setup must stop the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use network_understanding::training::Training;
use network_understanding::{Bot, Decision, Language, Vectorizer};

const BOTS: [&str; 3] = ["raamatukogu", "maks", "ilm"];
/// The highest share of held-out sentences that may be taken for another intent. Those in doubt are asked about.
const MOST_WRONG: f64 = 0.05;

fn folder(bot: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../bots").join(bot)
}

fn held_out(bot: &str, language: Language) -> Training {
    let path = folder(bot).join(format!("held-out.{language}.yml"));
    Training::parse(&std::fs::read_to_string(path).expect("a file")).expect("valid")
}

fn share(part: usize, whole: usize) -> f64 {
    f64::from(u32::try_from(part).expect("small")) / f64::from(u32::try_from(whole).expect("small"))
}

#[test]
fn nine_tenths_of_held_out_sentences_are_understood_in_each_bot_and_language() {
    let mut missed = Vec::new();
    for name in BOTS {
        let bot = Bot::load(&folder(name)).expect("a bot");
        for language in Language::ALL {
            let (sentences, mut understood, mut asked, mut wrong) = (held_out(name, language).sentences, 0, 0, 0);
            for sentence in &sentences {
                match bot.interpret(&sentence.text, Some(language)).decision {
                    Decision::Understood(first) if first.label == sentence.intent => understood += 1,
                    Decision::Understood(first) => {
                        wrong += 1;
                        println!("  wrong: {:?} is {}, taken for {first:?}", sentence.text, sentence.intent);
                    }
                    doubt => {
                        asked += 1;
                        println!("  asked: {:?} is {}: {doubt:?}", sentence.text, sentence.intent);
                    }
                }
            }
            let total = sentences.len();
            println!("{name} {language}: {understood} of {total} understood, {asked} asked about, {wrong} wrong");
            if share(understood, total) < 0.9 || share(wrong, total) > MOST_WRONG {
                missed.push((name, language));
            }
        }
    }
    assert!(missed.is_empty(), "below the bar: {missed:?}");
}

#[test]
fn each_intent_has_fifteen_training_and_four_held_out_sentences_and_none_is_a_near_copy() {
    for name in BOTS {
        let bot = Bot::load(&folder(name)).expect("a bot");
        for language in Language::ALL {
            let (training, held_out) = (&bot.knowledge(language).training, held_out(name, language));
            let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
            training.sentences.iter().for_each(|sentence| counts.entry(&sentence.intent).or_default().0 += 1);
            held_out.sentences.iter().for_each(|sentence| counts.entry(&sentence.intent).or_default().1 += 1);
            assert_eq!(counts.len(), 12, "{name} {language}");
            assert!(counts.values().all(|counts| counts.0 >= 15 && counts.1 >= 4), "{name} {language}: {counts:?}");
            let unique: BTreeSet<_> = training.sentences.iter().map(|sentence| sentence.text.to_lowercase()).collect();
            assert_eq!(unique.len(), training.sentences.len(), "{name} {language}: a training sentence stands twice");
            assert_no_near_copy(name, training, &held_out);
        }
    }
}

/// A greeting is too short to be anything but similar.
fn assert_no_near_copy(name: &str, training: &Training, held_out: &Training) {
    let labelled = training.sentences.iter();
    let vectorizer = Vectorizer::new(labelled.map(|sentence| (sentence.intent.as_str(), sentence.text.as_str())));
    let mut copies = Vec::new();
    for sentence in held_out.sentences.iter().filter(|sentence| sentence.intent != "greet") {
        let vector = vectorizer.vector(&sentence.text);
        let is_copy = |example: &str| vectorizer.vector(example).cosine(&vector) >= 0.9;
        let near = training.sentences.iter().find(|example| is_copy(&example.text));
        copies.extend(near.map(|example| (&sentence.text, &example.text)));
    }
    assert!(copies.is_empty(), "{name}: copies {copies:#?}");
}

#[test]
fn sentences_out_of_scope_are_never_understood() {
    let sentences = [
        (Language::Et, "Kuidas küpsetada pannkooke moosiga?"),
        (Language::Et, "Miks on elu nii keeruline?"),
        (Language::Et, "Minu koer haugub naabri kassi peale"),
        (Language::Et, "Kes võitis jalgpalli maailmameistrivõistlused?"),
        (Language::Et, "asdf qwerty zzz"),
        (Language::En, "How do I bake pancakes with jam?"),
        (Language::En, "Who won the football championship?"),
        (Language::En, "My dog barks at the neighbour's cat"),
        (Language::En, "Translate this poem into Latin"),
        (Language::En, "asdf qwerty zzz"),
    ];
    for name in BOTS {
        let bot = Bot::load(&folder(name)).expect("a bot");
        for (language, text) in sentences {
            let decision = bot.interpret(text, Some(language)).decision;
            assert!(!matches!(decision, Decision::Understood(_)), "{name}: {text:?} became {decision:?}");
        }
    }
}

#[test]
fn language_is_recognised_without_being_named() {
    for name in BOTS {
        let bot = Bot::load(&folder(name)).expect("a bot");
        for language in Language::ALL {
            let sentences = held_out(name, language).sentences;
            let right = sentences.iter().filter(|one| bot.interpret(&one.text, None).language == language).count();
            assert!(share(right, sentences.len()) >= 0.95, "{name} {language}: {right} of {}", sentences.len());
        }
    }
}
