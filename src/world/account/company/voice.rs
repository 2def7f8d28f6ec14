//! What an account says: reviews, surveys, and how tickets were judged. All of it is what it thinks, plus noise.

use super::{Company, Scene};
use crate::{
    base::{
        float::normal_quantile,
        luck::{Luck, Purpose, uniform},
        units::{Positive, UserId},
    },
    history::account::Happening,
    world::account::{
        book::TierBook,
        ground::{Ground, MONTH},
        population::Newcomer,
        post::Letter,
    },
};

/// When an account is asked next, and what it said last.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Voice {
    /// The next business review; none in a tier without.
    review: Option<u32>,
    /// The next survey.
    survey: u32,
    /// What the last review said, from 1 to 5; 3 without one.
    said: u8,
}

impl Voice {
    /// The first review and survey fall anywhere in their first period.
    pub fn begun(newcomer: &Newcomer, ground: &Ground, luck: &Luck) -> Self {
        let [review, survey, ..] = luck.block(UserId(newcomer.account.into()), Purpose::Voice, 0);
        let first = |months: f64, word: u32| newcomer.from + (months * MONTH * uniform(word)) as u32;
        let every = ground.law.tiers[usize::from(newcomer.tier)].review_every_months;
        Self {
            review: every.map(|months| first(months.value(), review)),
            survey: first(ground.law.voices.survey_every_months.value(), survey),
            said: 3,
        }
    }

    pub fn sentiment(&self) -> f64 {
        f64::from(self.said) - 3.0
    }
}

impl Company {
    pub(super) fn speak(&mut self, scene: &Scene<'_>, book: &mut TierBook) {
        self.review(scene, book);
        self.survey(scene);
    }

    /// What it thinks, in standard deviations: without a sponsor half of one less.
    fn thinks(&self) -> f64 {
        f64::from(self.persona.health) - if self.sponsored { 0.0 } else { 0.5 }
    }

    fn review(&mut self, scene: &Scene<'_>, book: &mut TierBook) {
        let Some(day) = self.voice.review.filter(|&day| day < scene.days.1) else { return };
        let tier = &scene.ground.law.tiers[usize::from(self.tier)];
        let months = tier.review_every_months.map_or(12.0, Positive::value);
        self.voice.review = Some(day + (months * MONTH).round().max(1.0) as u32);
        let [word, ..] = scene.luck.block(self.name(), Purpose::Voice, day << 2 | 1);
        let noise = tier.review_noise.value() * normal_quantile(uniform(word));
        let score = on_scale(3.0 + 0.8 * self.thinks() + noise, 1, 5);
        self.voice.said = score;
        book.reviews += 1;
        book.minutes += (scene.ground.law.review_hours.value() * 60.0).round() as u64;
        self.see(scene, day.max(scene.days.0), Happening::BusinessReview { score });
    }

    fn survey(&mut self, scene: &Scene<'_>) {
        let voices = &scene.ground.law.voices;
        if self.voice.survey >= scene.days.1 {
            return;
        }
        let day = self.voice.survey;
        self.voice.survey = day + (voices.survey_every_months.value() * MONTH).round().max(1.0) as u32;
        let [answers, says, ..] = scene.luck.block(self.name(), Purpose::Voice, day << 2 | 2);
        if uniform(answers) < voices.survey_response.value() {
            let score = on_scale(7.0 + 1.4 * self.thinks() + 1.8 * normal_quantile(uniform(says)), 0, 10);
            self.see(scene, day.max(scene.days.0), Happening::Recommendation { score });
        }
    }

    pub(super) fn ticket(
        &mut self,
        scene: &Scene<'_>,
        letter: &Letter,
        severity: u8,
        judgement: u16,
        book: &mut TierBook,
    ) {
        book.tickets[usize::from(severity.clamp(1, 3)) - 1] += 1;
        if severity >= 3 {
            self.severe[0] = self.severe[0].saturating_add(1);
        }
        self.see(scene, letter.day, Happening::Ticket { severity });
        // Four in ten tickets are judged, the graver the worse.
        let u = (f64::from(judgement) + 0.5) / 65_536.0;
        if u < 0.4 {
            let score = 4.2 - 0.4 * f64::from(severity) + 0.4 * self.thinks() + normal_quantile(u / 0.4);
            self.see(scene, letter.day, Happening::Satisfaction { score: on_scale(score, 1, 5) });
        }
    }
}

fn on_scale(value: f64, least: u8, most: u8) -> u8 {
    value.round().clamp(least.into(), most.into()) as u8
}
