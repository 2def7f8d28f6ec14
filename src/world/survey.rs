//! What simulated users say in the onboarding survey: what they believe of themselves, which is not quite what they do.

use super::{scenario::Survey, stage::Stage};
use crate::{
    base::{
        luck::{Luck, Purpose},
        units::UserId,
    },
    history::stated::Question,
    user::persona::Persona,
};

/// A survey made ready to be answered.
#[derive(Clone, Debug)]
pub struct Asked {
    answered: f64,
    noise: f64,
    questions: Vec<AskedFor>,
}

#[derive(Clone, Debug)]
struct AskedFor {
    question: Question,
    /// What may be said, as events have it.
    answers: Vec<String>,
    /// How much more often each is said than it is true.
    bias: Vec<f64>,
}

impl Asked {
    /// Prepares a survey for a world with these kinds of content and these first hours of the parts of the day.
    #[must_use]
    pub fn new(survey: &Survey, contents: &[String], hours: &[u8]) -> Self {
        let asked = |question: &Question| {
            let answers: Vec<String> = match question {
                Question::Daypart => hours.iter().map(ToString::to_string).collect(),
                Question::Content => contents.to_vec(),
            };
            let bias = answers.iter().map(|answer| survey.bias.get(answer).map_or(1.0, |bias| bias.value())).collect();
            AskedFor { question: *question, answers, bias }
        };
        Self {
            answered: survey.answered.value(),
            noise: survey.noise.value(),
            questions: survey.asks.iter().map(asked).collect(),
        }
    }

    /// What a user says, if they answer: each question and its answer.
    #[must_use]
    pub fn answers(&self, stage: &Stage, luck: &Luck, user: UserId, segment: u8) -> Vec<(Question, &str)> {
        let persona = Persona::draw(&stage.born, luck, user, segment);
        let mut said = Vec::new();
        for (ordinal, asked) in self.questions.iter().enumerate() {
            let mut stream = luck.stream(user, Purpose::Survey, ordinal as u32);
            if stream.uniform() < self.answered {
                said.push((asked.question, asked.answer(&persona, self.noise, stream.uniform())));
            }
        }
        said
    }
}

impl AskedFor {
    /// The favourite, or with some probability anything; what is good to say is said more often.
    fn answer(&self, persona: &Persona, noise: f64, uniform: f64) -> &str {
        let favourite = match self.question {
            Question::Daypart => favourite(&persona.daypart.shares()),
            Question::Content => favourite(&persona.content.shares()),
        };
        let guess = noise / self.answers.len() as f64;
        let weight = |kind: usize| self.bias[kind] * (guess + if kind == favourite { 1.0 - noise } else { 0.0 });
        let mut left = uniform * (0..self.answers.len()).map(weight).sum::<f64>();
        let passed = |kind: &usize| {
            left -= weight(*kind);
            left > 0.0
        };
        let chosen = (0..self.answers.len()).take_while(passed).count();
        self.answers.get(chosen).or(self.answers.last()).map_or("", String::as_str)
    }
}

fn favourite(shares: &[f64]) -> usize {
    let most = shares.iter().copied().fold(0.0, f64::max);
    shares.iter().position(|&share| share >= most).unwrap_or_default()
}
