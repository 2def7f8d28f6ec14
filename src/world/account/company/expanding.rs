//! Products on top: who is ready, and what is bought.

use super::{Company, Scene, contract::share_of};
use crate::{
    base::{
        float::expm1,
        luck::{Purpose, uniform},
        units::Money,
    },
    history::account::Happening,
    world::account::{book::TierBook, expansion::SKUS, ground::Shelf},
};

/// What an account has bought on top, and how long it has been using what makes it ready for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shop {
    /// Products held, one bit each.
    pub held: u8,
    /// Weeks in a row in which what each product asks for was used.
    weeks: [u8; SKUS],
}

impl Company {
    pub(super) fn shop_around(&mut self, scene: &Scene<'_>, book: &mut TierBook) {
        if scene.ground.ends_week(scene.days.0) {
            self.watch(scene);
        }
        let length = f64::from(scene.days.1 - scene.days.0);
        for (place, shelf) in scene.ground.shelves.iter().enumerate().take(SKUS) {
            let ready = self.is_ready(place, shelf);
            let hazard = shelf.hazard[usize::from(self.tier)]
                * if ready { shelf.ready_multiplier * self.playing.contact(scene.days.0) } else { 1.0 };
            let ordinal = scene.days.0 << 2 | place as u32;
            let [buys, ..] = scene.luck.block(self.name(), Purpose::Expansion, ordinal);
            if self.shop.held >> place & 1 == 0 && uniform(buys) < -expm1(-hazard * length) {
                self.buy(place, shelf, scene, book);
            }
        }
    }

    fn buy(&mut self, place: usize, shelf: &Shelf, scene: &Scene<'_>, book: &mut TierBook) {
        let Some(running) = &mut self.running else { return };
        let recurring = share_of(running.recurring, shelf.share[usize::from(self.tier)]);
        running.recurring += recurring;
        self.shop.held |= 1 << place;
        if self.opening > Money::ZERO {
            book.bridge.expansion += recurring;
        }
        self.playing.bought(scene.days.0, book);
        self.see(scene, scene.days.0, Happening::Expanded { sku: place as u8, recurring });
    }

    fn watch(&mut self, scene: &Scene<'_>) {
        for (place, shelf) in scene.ground.shelves.iter().enumerate().take(SKUS) {
            let used = shelf.used.iter().all(|&(module, share, _)| f64::from(self.peers[module]) >= share);
            self.shop.weeks[place] = if used { self.shop.weeks[place].saturating_add(1) } else { 0 };
        }
    }

    fn is_ready(&self, place: usize, shelf: &Shelf) -> bool {
        let long = shelf.used.iter().all(|&(_, _, weeks)| self.shop.weeks[place] >= weeks);
        long && self.modules.count_ones() >= shelf.modules
    }
}
