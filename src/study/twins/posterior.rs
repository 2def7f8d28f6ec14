//! Who a recorded user may be: a persona drawn from the posterior of their record, under a law.
//!
//! Every law of a world is conjugate to what is recorded: the rate is Gamma, paying Beta, the price level normal, tastes
//! Dirichlet (Gelman et al., *Bayesian Data Analysis*, 3rd ed., § 2.4–2.6, 3.4); segment and being there still are drawn
//! from their probabilities, and the hazard that a user can stand yet is exponential, for it has no memory.

use super::law::Law;
use crate::{
    base::{
        float::{log, normal_quantile, sqrt},
        gamma::Gamma,
        luck::Stream,
        units::Currency,
    },
    study::calibrate::{evidence::Seen, laws::level},
    user::{
        facet::{
            amount::AmountTrait, choice::Taste, churn::ChurnTrait, content::ContentTrait, daypart::DaypartTrait,
            gap::GapTrait, purchase::PurchaseTrait,
        },
        persona::Persona,
        population::PopulationLaw,
    },
    world::hazard::Hazard,
};

/// A law made ready for drawing twins.
#[derive(Debug)]
pub struct Twinning<'a> {
    /// What is known beforehand.
    pub law: &'a Law,
    /// The numbers of the draw.
    pub at: &'a [f64],
    /// The same as a population's law.
    pub population: &'a PopulationLaw,
    /// When users leave.
    pub hazard: &'a Hazard,
    /// Shares of the catalogue.
    pub catalogue: &'a [f64],
    /// Currency of all money.
    pub currency: Currency,
}

/// A recorded user as drawn, if they are there still.
#[derive(Clone, Copy, Debug)]
pub struct Twin {
    /// Who they are.
    pub persona: Persona,
    /// Hazard that they can stand in all.
    pub stands: f64,
}

impl Twinning<'_> {
    /// Draws the twin of a user who came so many days before the launch; none if they have left.
    #[must_use]
    pub fn draw(&self, seen: &Seen, tenure: f64, stream: &mut Stream) -> Option<Twin> {
        // The order of these lines is part of what a seed means.
        let (which, there) = (stream.uniform(), stream.uniform());
        let segment = picked(&self.law.form.membership(seen, self.at, self.law.segments), which);
        let mut hazards = Vec::new();
        let visits = self.law.form.visits_of(self.at, segment, &mut hazards);
        if there >= visits.alive(seen) {
            return None;
        }
        let rate = Gamma::of(visits.shape + seen.repeats).draw(stream) / (visits.shape / visits.rate + seen.watched);
        let purchase = self.paying(seen, segment, stream);
        let amount = self.amount(seen, segment, stream);
        let (churn, stands) = self.leaving(segment, tenure, stream);
        let gap = GapTrait::of(rate.max(1e-9));
        let (daypart, content) = (self.daypart(seen, stream), self.content(seen, stream));
        let persona = Persona { gap, daypart, content, purchase, amount, churn, segment: segment as u8 };
        Some(Twin { persona, stands })
    }

    fn paying(&self, seen: &Seen, segment: usize, stream: &mut Stream) -> PurchaseTrait {
        let mean = self.population.segments[segment].paid_prob.value();
        let Some(strength) = self.population.traits.paid_strength else {
            return PurchaseTrait::draw(mean, None, stream);
        };
        let sum = strength.value() + seen.repeats;
        PurchaseTrait::draw((mean * strength.value() + seen.paid) / sum, Some(sum), stream)
    }

    /// Normal around a normal level.
    fn amount(&self, seen: &Seen, segment: usize, stream: &mut Stream) -> AmountTrait {
        let (own, between) =
            (&self.population.segments[segment].amount, self.population.traits.price_level_sigma.value());
        let within = own.sigma.value().max(1e-3);
        let (centre, variance) = level(seen, own.mean.value(), within, between);
        // On the facet's scale, hundreds of minor units, and as much as was paid.
        let scale = log(self.currency.minor_per_major() as f64 / 100.0 * self.law.paid_over_expected[segment]);
        let level = centre + scale + sqrt(variance) * normal_quantile(stream.uniform());
        AmountTrait::of(level, own.sigma.value())
    }

    /// Their frailty, and the hazard that they can stand in all.
    fn leaving(&self, segment: usize, tenure: f64, stream: &mut Stream) -> (ChurnTrait, f64) {
        let stood = self.hazard.accumulated(segment, tenure);
        let frailty = self.population.traits.frailty_shape.map_or(1.0, |shape| {
            // Who has stood so much is the less frail.
            Gamma::of(shape.value()).draw(stream) / (shape.value() + stood)
        });
        (ChurnTrait::of(frailty), stood - log(stream.uniform()) / frailty.max(1e-9))
    }

    fn daypart(&self, seen: &Seen, stream: &mut Stream) -> DaypartTrait {
        let law = &self.population.traits.daypart;
        let shares = law.shares();
        let tastes = [0, 1].map(|day: usize| taste(&shares[day], law.strength.value(), &seen.dayparts[day]));
        DaypartTrait::draw(&tastes, stream)
    }

    fn content(&self, seen: &Seen, stream: &mut Stream) -> ContentTrait {
        let strength = self.population.traits.content_strength.value();
        ContentTrait::draw(&taste(self.catalogue, strength, &seen.contents), stream)
    }
}

/// The Dirichlet law of someone who has picked kinds so often; kinds without a share stay without.
fn taste(shares: &[f64], strength: f64, picked: &[f64]) -> Taste {
    let counts = shares.iter().zip(picked).map(|(share, n)| if *share > 0.0 { share * strength + n } else { 0.0 });
    let counts: Vec<f64> = counts.collect();
    let sum: f64 = counts.iter().sum();
    Taste::of(&counts.iter().map(|count| count / sum).collect::<Vec<_>>(), sum)
}

fn picked(shares: &[f64], uniform: f64) -> usize {
    let mut sum = 0.0;
    let below = |share: &&f64| {
        sum += **share;
        sum <= uniform
    };
    shares.iter().take(shares.len() - 1).take_while(below).count()
}
