//! Landmarks: what was believed of an account some time before a decision, kept until the decision is over, so that
//! laws are learned from what could be seen then and nothing later.

use crate::{
    history::account::{AccountEvent, Happening},
    user::account::{AccountModel, Signals, law::Sample},
};

/// How long before the end of a contract the belief is kept, and how long after a landmark a purchase counts \[day\].
pub const AHEAD: i32 = 90;

/// What a lesson is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Whether the account renewed.
    Renewal,
    /// Whether it bought the product at this place.
    Expansion(u8),
}

/// A lesson, and the account it is from.
pub type Sampled = (Subject, Sample);

/// Landmarks that wait for what comes after them, and lessons that are over.
#[derive(Clone, Debug, Default)]
pub(super) struct Landmarks {
    renewal: Option<Box<(i32, Signals)>>,
    /// The day, what was believed, what was held, and what was bought since.
    expansion: Option<Box<(i32, Signals, u8, u8)>>,
    lessons: Vec<Sampled>,
}

impl Landmarks {
    pub fn hand_over(&mut self) -> Vec<Sampled> {
        let lessons = std::mem::take(&mut self.lessons);
        *self = Self::default();
        lessons
    }

    /// A decision that is over, or a purchase.
    pub fn settle(&mut self, tier: u8, event: &AccountEvent, skus: usize) {
        match &event.what {
            Happening::Renewed(_) | Happening::Left => {
                let happened = !event.what.ends();
                if let Some(mark) = self.renewal.take() {
                    let sample = Sample { tier, signals: mark.1, happened, day: event.day };
                    self.lessons.push((Subject::Renewal, sample));
                }
            }
            Happening::Expanded { sku, .. } => {
                self.expansion.iter_mut().for_each(|mark| mark.3 |= 1 << sku);
            }
            _ => {}
        }
        self.close(tier, event.day, skus);
    }

    /// What was not bought in time was not bought.
    fn close(&mut self, tier: u8, day: i32, skus: usize) {
        let Some(mark) = self.expansion.take_if(|mark| day > mark.0 + AHEAD) else { return };
        let (from, signals, held, bought) = *mark;
        for sku in (0..skus as u8).filter(|sku| held >> sku & 1 == 0) {
            let sample = Sample { tier, signals, happened: bought >> sku & 1 == 1, day: from + AHEAD };
            self.lessons.push((Subject::Expansion(sku), sample));
        }
    }

    /// Sets a landmark where one is due.
    pub fn pass(&mut self, today: i32, model: &AccountModel, held: u8) {
        let Some(terms) = model.terms() else { return };
        if self.renewal.is_none() && (1..=AHEAD).contains(&(terms.renewal - today)) {
            self.renewal = Some(Box::new((today, model.signals(today))));
        }
        if self.expansion.is_none() {
            self.expansion = Some(Box::new((today, model.signals(today), held, 0)));
        }
    }
}
