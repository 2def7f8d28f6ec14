//! The floor under a world of accounts: the same members and accounts lived one after the other, each straight through,
//! by a plain loop. What they would have heard is on a tape, so that nothing has to be delivered and nobody waits for
//! anybody; the arithmetic is the same, and so is what comes of it.

use std::sync::Arc;

use super::{
    cohort::{Cohort, World},
    company::{Company, Post, Scene},
    direct::seated,
    exchange::Exchange,
    member::{self, Member},
    post::{Letter, Notice, Outbox, Tally},
};

/// All that was written in a world, by account.
#[derive(Debug, Default)]
pub struct Tape {
    /// The epochs.
    epochs: Vec<(u32, u32)>,
    accounts: Vec<Heard>,
    /// What came of the world.
    pub lived: Sum,
}

/// What one account and its members heard, with the epoch in which they did.
#[derive(Debug, Default)]
struct Heard {
    notices: Vec<(u32, Notice)>,
    letters: Vec<(u32, Letter)>,
    tallies: Vec<(u32, Tally)>,
}

/// What came of a world: the loop must agree with the engine on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// Sessions that were reported.
    pub sessions: u64,
    /// Letters that were written.
    pub letters: u64,
    /// Member-epochs that were lived.
    pub member_epochs: u64,
}

impl Sum {
    /// Counts what was written.
    pub fn count(&mut self, outbox: &Outbox) {
        self.sessions += outbox.tallies.iter().map(|tally| u64::from(tally.sessions)).sum::<u64>();
        self.letters += outbox.letters.len() as u64;
    }
}

/// Lives a world before its launch and keeps all that was written in it.
#[must_use]
pub fn taped(world: &Arc<World>) -> Tape {
    let (directory, mut cohorts) = seated(world);
    let mut exchange = Exchange::of(world, directory);
    let mut post = exchange.nothing();
    let mut tape = Tape { epochs: world.ground.epochs(), ..Tape::default() };
    tape.accounts.resize_with(world.population.accounts.len(), Heard::default);
    for (epoch, &days) in tape.epochs.iter().enumerate() {
        for inbox in &post {
            let epoch = epoch as u32;
            inbox.notices.iter().for_each(|one| tape.accounts[one.account as usize].hear_notice(epoch, one));
            inbox.letters.iter().for_each(|one| tape.accounts[one.account as usize].letters.push((epoch, *one)));
            inbox.tallies.iter().for_each(|one| tape.accounts[one.account as usize].tallies.push((epoch, *one)));
        }
        let written: Vec<Outbox> =
            cohorts.iter_mut().zip(&post).map(|(cohort, inbox)| cohort.advance(days, inbox)).collect();
        written.iter().for_each(|outbox| tape.lived.count(outbox));
        post = exchange.deliver(written, &world.ground, days);
    }
    tape.lived.member_epochs = cohorts.iter().map(Cohort::member_epochs).sum();
    tape
}

impl Heard {
    /// A notice reaches every block in which members live; it counts once.
    fn hear_notice(&mut self, epoch: u32, notice: &Notice) {
        if self.notices.last().is_none_or(|(last, _)| *last != epoch) {
            self.notices.push((epoch, *notice));
        }
    }
}

/// Lives every account and every member straight through.
#[must_use]
pub fn straight(world: &Arc<World>, tape: &Tape) -> Sum {
    let mut sum = Sum::default();
    let World { ground, luck, population, .. } = &**world;
    let mut companies = Vec::with_capacity(population.accounts.len());
    let mut members = Vec::with_capacity(population.places());
    for (newcomer, heard) in population.accounts.iter().zip(&tape.accounts) {
        let mut company = Company::of(newcomer, ground, luck);
        let first = company.first_notice();
        for place in 0..newcomer.places {
            let mut member = Member::drawn(ground, luck, newcomer.account, place, newcomer.modules, newcomer.weeks);
            member_through(&mut member, first, heard, world, &tape.epochs, &mut sum);
            members.push(member);
        }
        company_through(&mut company, heard, world, &tape.epochs);
        companies.push(company);
    }
    std::hint::black_box((&companies, &members));
    sum
}

fn member_through(
    member: &mut Member,
    first: Notice,
    heard: &Heard,
    world: &World,
    epochs: &[(u32, u32)],
    sum: &mut Sum,
) {
    let World { ground, luck, .. } = world;
    let (mut notice, mut news) = (first, heard.notices.iter().peekable());
    let mut letters = Vec::new();
    for (epoch, &days) in epochs.iter().enumerate() {
        while let Some((_, next)) = news.next_if(|(at, _)| *at as usize <= epoch) {
            notice = *next;
        }
        if member.place >= notice.seats {
            continue;
        }
        member.live(&member::Scene { ground, luck, days, notice: &notice }, &mut letters);
        sum.member_epochs += 1;
        if ground.ends_week(days.1) {
            let mut tally = Tally::default();
            member.end_week(days.1, &mut tally);
            sum.sessions += u64::from(tally.sessions);
        }
    }
    sum.letters += letters.len() as u64;
}

fn company_through(company: &mut Company, heard: &Heard, world: &World, epochs: &[(u32, u32)]) {
    let World { ground, luck, recorded, trial, .. } = world;
    let (mut letters, mut tallies) = (heard.letters.iter().peekable(), heard.tallies.iter().peekable());
    for (epoch, &days) in epochs.iter().enumerate() {
        let mut own = (Vec::new(), Vec::new());
        while let Some((_, letter)) = letters.next_if(|(at, _)| *at as usize <= epoch) {
            own.0.push(*letter);
        }
        while let Some((_, tally)) = tallies.next_if(|(at, _)| *at as usize <= epoch) {
            own.1.push(*tally);
        }
        let scene =
            Scene { ground, luck, days, beliefs: None, over: false, plays: 0, trial: *trial, recorded: *recorded };
        let post = Post { letters: &own.0, tallies: &own.1, grants: &[] };
        company.live(&scene, &post, None, &mut Outbox::default());
    }
}
