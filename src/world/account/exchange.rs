//! The post between blocks: sorts what was written in an epoch to where it is read in the next, and the team's desk,
//! which takes up as many accounts as it has room for.

use super::{
    cohort::{Seating, World},
    company::room,
    ground::Ground,
    population::Population,
    post::{Application, Grant, Inbox, Outbox},
};

/// Where everybody lives.
#[derive(Clone, Debug)]
pub struct Directory {
    /// The block of each account.
    accounts: Vec<u32>,
    /// The blocks in which members of an account live: from where in the list below, and one more.
    from: Vec<u32>,
    blocks: Vec<u32>,
    /// How many blocks there are.
    pub count: u32,
}

/// Accounts of a block, and the places of the members who live there by account.
pub type Residents = (Vec<u32>, Vec<(u32, Vec<u32>)>);

impl Directory {
    /// Of a population.
    #[must_use]
    pub fn of(population: &Population, seating: Seating) -> Self {
        let count = seating.blocks(population);
        let mut directory = Self { accounts: Vec::new(), from: vec![0], blocks: Vec::new(), count };
        for newcomer in &population.accounts {
            directory.accounts.push(seating.of_account(population, newcomer.account));
            let mut blocks: Vec<u32> =
                (0..newcomer.places).map(|place| seating.of_member(population, newcomer.account, place)).collect();
            blocks.sort_unstable();
            blocks.dedup();
            directory.blocks.extend(blocks);
            directory.from.push(directory.blocks.len() as u32);
        }
        directory
    }

    /// Who lives in each block, in the order of accounts and places.
    #[must_use]
    pub fn residents(&self, population: &Population, seating: Seating) -> Vec<Residents> {
        let mut all = vec![Residents::default(); self.count as usize];
        for newcomer in &population.accounts {
            let account = newcomer.account;
            all[self.accounts[account as usize] as usize].0.push(account);
            for place in 0..newcomer.places {
                let groups = &mut all[seating.of_member(population, account, place) as usize].1;
                match groups.last_mut().filter(|(last, _)| *last == account) {
                    Some((_, places)) => places.push(place),
                    None => groups.push((account, vec![place])),
                }
            }
        }
        all
    }

    fn blocks_of(&self, account: u32) -> &[u32] {
        let (from, to) = (self.from[account as usize], self.from[account as usize + 1]);
        &self.blocks[from as usize..to as usize]
    }
}

/// The post office of one arm.
#[derive(Clone, Debug)]
pub struct Exchange {
    directory: Directory,
    /// Room that is left from epoch to epoch, by play.
    room: Vec<f64>,
}

impl Exchange {
    /// Of a world.
    #[must_use]
    pub fn of(world: &World, directory: Directory) -> Self {
        Self { directory, room: vec![0.0; world.ground.law.plays.len()] }
    }

    /// Nothing for anybody.
    #[must_use]
    pub fn nothing(&self) -> Vec<Inbox> {
        vec![Inbox::default(); self.directory.count as usize]
    }

    /// Sorts what was written in an epoch to those who read it in the next.
    pub fn deliver(&mut self, written: Vec<Outbox>, ground: &Ground, days: (u32, u32)) -> Vec<Inbox> {
        let mut inboxes = self.nothing();
        let mut applications = Vec::new();
        for outbox in written {
            for letter in outbox.letters {
                inboxes[self.home(letter.account)].letters.push(letter);
            }
            for tally in outbox.tallies {
                inboxes[self.home(tally.account)].tallies.push(tally);
            }
            for notice in outbox.notices {
                for &block in self.directory.blocks_of(notice.account) {
                    inboxes[block as usize].notices.push(notice);
                }
            }
            applications.extend(outbox.applications);
        }
        for grant in self.decide(applications, ground, days) {
            inboxes[self.home(grant.account)].grants.push(grant);
        }
        for inbox in &mut inboxes {
            inbox.letters.sort_unstable();
            inbox.tallies.sort_unstable();
            inbox.grants.sort_unstable();
        }
        inboxes
    }

    fn home(&self, account: u32) -> usize {
        self.directory.accounts[account as usize] as usize
    }

    /// Whom the team takes up: the first in the order of priority, as far as there is room.
    fn decide(&mut self, mut applications: Vec<Application>, ground: &Ground, days: (u32, u32)) -> Vec<Grant> {
        applications.sort_unstable_by(|a, b| {
            a.play.cmp(&b.play).then(b.priority.total_cmp(&a.priority)).then(a.account.cmp(&b.account))
        });
        let mut grants = Vec::new();
        for (place, play) in ground.law.plays.iter().enumerate() {
            let asked = applications.iter().filter(|application| usize::from(application.play) == place);
            let since = days.0.saturating_sub(ground.launch + play.day);
            let started = days.1 >= ground.launch + play.day;
            let most = match room(play, since, days.1 - days.0) {
                Some(more) if started => {
                    // What is not used now is not there later, but for the fraction of an account.
                    self.room[place] = self.room[place].fract() + more;
                    self.room[place] as usize
                }
                Some(_) => 0,
                None => usize::MAX,
            };
            grants
                .extend(asked.take(most).map(|application| Grant { account: application.account, play: place as u8 }));
        }
        grants
    }
}
