//! A block of accounts and of members that live side by side: plain data and plain functions; the actor is only its
//! mailbox. Members of an account may live in other blocks than it.

use std::sync::Arc;

use super::{
    book::Book,
    company::{Beliefs, Company, Post, Sampled, Scene},
    ground::Ground,
    member::{self, Member},
    population::Population,
    post::{Inbox, Notice, Outbox, Tally},
};
use crate::base::{
    luck::Luck,
    partition::{PARTITIONS, partition},
    units::UserId,
};

/// Members that live in one block: what fits a core's cache.
const BLOCK: u32 = 4_096;

/// Who lives where; results do not depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Seating {
    /// Members with their account, blocks filled one after the other: only a large account spreads over several.
    #[default]
    Together,
    /// Accounts and members each by their own number, into so many blocks.
    Scattered(u32),
}

impl Seating {
    /// How many blocks there are.
    #[must_use]
    pub fn blocks(self, population: &Population) -> u32 {
        match self {
            Self::Together => (population.places() as u32).div_ceil(BLOCK).max(1),
            Self::Scattered(blocks) => blocks.clamp(1, PARTITIONS),
        }
    }

    /// The block of a member.
    #[must_use]
    pub fn of_member(self, population: &Population, account: u32, place: u32) -> u32 {
        match self {
            Self::Together => (population.first[account as usize] + place) / BLOCK,
            Self::Scattered(_) => self.hashed(member::name(account, place)),
        }
    }

    /// The block of an account.
    #[must_use]
    pub fn of_account(self, population: &Population, account: u32) -> u32 {
        match self {
            Self::Together => self.of_member(population, account, 0),
            Self::Scattered(_) => self.hashed(UserId(account.into())),
        }
    }

    fn hashed(self, user: UserId) -> u32 {
        let Self::Scattered(blocks) = self else { return 0 };
        partition(user) * blocks.clamp(1, PARTITIONS) / PARTITIONS
    }
}

/// What all blocks of one world share.
#[derive(Debug)]
pub struct World {
    /// The laws.
    pub ground: Arc<Ground>,
    /// This world's chance.
    pub luck: Luck,
    /// Who there is.
    pub population: Population,
    /// Who lives where.
    pub seating: Seating,
    /// Whether what happens is kept.
    pub recorded: bool,
    /// The play whose eligible accounts are randomised.
    pub trial: Option<u8>,
}

/// Members of one account that live in one block.
#[derive(Clone, Debug)]
struct Group {
    /// What they find there.
    notice: Notice,
    /// The first of them among the block's members, and the one after the last.
    members: (u32, u32),
}

/// One block.
#[derive(Clone, Debug)]
pub struct Cohort {
    world: Arc<World>,
    companies: Vec<Company>,
    groups: Vec<Group>,
    members: Vec<Member>,
    /// After the launch: what is added up.
    book: Option<Book>,
    /// After the horizon: of this only what came of plays counts.
    late: Book,
    beliefs: Option<Arc<Beliefs>>,
    plays: u8,
    /// Member-epochs lived.
    member_epochs: u64,
}

impl Cohort {
    /// A block before the first day.
    #[must_use]
    pub fn new(world: Arc<World>, companies: &[u32], groups: &[(u32, Vec<u32>)]) -> Self {
        let World { ground, luck, population, .. } = &*world;
        let companies: Vec<Company> = companies
            .iter()
            .map(|&account| Company::of(&population.accounts[account as usize], ground, luck))
            .collect();
        let mut members = Vec::new();
        let mut own = Vec::with_capacity(groups.len());
        for (account, places) in groups {
            let newcomer = &population.accounts[*account as usize];
            let begin = members.len() as u32;
            let draw = |&place| Member::drawn(ground, luck, *account, place, newcomer.modules, newcomer.weeks);
            members.extend(places.iter().map(draw));
            let notice = Company::of(newcomer, ground, luck).first_notice();
            own.push(Group { notice, members: (begin, members.len() as u32) });
        }
        Self {
            companies,
            groups: own,
            members,
            book: None,
            late: Book::of(ground),
            beliefs: None,
            plays: 0,
            member_epochs: 0,
            world,
        }
    }

    /// Lives an epoch, given what has come since the last; returns what is written in it.
    pub fn advance(&mut self, days: (u32, u32), inbox: &Inbox) -> Outbox {
        let mut outbox = Outbox::default();
        for notice in &inbox.notices {
            if let Ok(place) = self.groups.binary_search_by_key(&notice.account, |group| group.notice.account) {
                self.groups[place].notice = *notice;
            }
        }
        self.accounts_live(days, inbox, &mut outbox);
        self.members_live(days, &mut outbox);
        outbox
    }

    fn accounts_live(&mut self, days: (u32, u32), inbox: &Inbox, outbox: &mut Outbox) {
        let Self { world, companies, book, late, beliefs, plays, .. } = self;
        let World { ground, luck, recorded, trial, .. } = &**world;
        let over = days.0 >= ground.horizon;
        let beliefs = beliefs.as_deref();
        let scene = Scene { ground, luck, days, beliefs, over, plays: *plays, trial: *trial, recorded: *recorded };
        let (mut letters, mut tallies, mut grants) = (&inbox.letters[..], &inbox.tallies[..], &inbox.grants[..]);
        for company in companies {
            let account = company.account;
            let post = Post {
                letters: take(&mut letters, |letter| letter.account == account),
                tallies: take(&mut tallies, |tally| tally.account == account),
                grants: take(&mut grants, |grant| grant.account == account),
            };
            let book = book.as_mut().map(|book| if over { &mut *late } else { book });
            let own = book.map(|book| &mut book.tiers[usize::from(company.tier)]);
            company.live(&scene, &post, own, outbox);
        }
        self.note_recurring(days.1);
    }

    fn note_recurring(&mut self, day: u32) {
        let Some(book) = &mut self.book else { return };
        let ground = &self.world.ground;
        if day > ground.horizon {
            return;
        }
        let week = (day - ground.launch).div_ceil(7) as usize - 1;
        for company in &self.companies {
            if (day - ground.launch).is_multiple_of(7) || day == ground.horizon {
                let recurring = company.recurring(day - 1);
                book.tiers[usize::from(company.tier)].recurring[week] += recurring;
            }
        }
    }

    fn members_live(&mut self, days: (u32, u32), outbox: &mut Outbox) {
        let World { ground, luck, .. } = &*self.world;
        let week_ends = ground.ends_week(days.1);
        for Group { notice, members } in &self.groups {
            if notice.seats == 0 {
                continue;
            }
            let scene = member::Scene { ground, luck, days, notice };
            let mut tally = Tally { account: notice.account, ..Tally::default() };
            for member in &mut self.members[members.0 as usize..members.1 as usize] {
                if member.place >= notice.seats {
                    break;
                }
                member.live(&scene, &mut outbox.letters);
                self.member_epochs += 1;
                if week_ends {
                    member.end_week(days.1, &mut tally);
                }
            }
            if week_ends {
                outbox.tallies.push(tally);
            }
        }
    }

    /// Lessons of decisions that are over, with the account each is from.
    pub fn lessons(&mut self) -> Vec<(u32, Sampled)> {
        let of = |company: &mut Company| {
            let account = company.account;
            company.lessons().into_iter().map(move |lesson| (account, lesson)).collect::<Vec<_>>()
        };
        self.companies.iter_mut().flat_map(of).collect()
    }

    /// The launch: from here on the block belongs to an arm, and books are kept.
    pub fn launch(&mut self, beliefs: Arc<Beliefs>, plays: u8) {
        let mut book = Book::of(&self.world.ground);
        for company in &mut self.companies {
            company.open(self.world.ground.launch, &mut book.tiers[usize::from(company.tier)]);
        }
        self.book = Some(book);
        self.beliefs = Some(beliefs);
        self.plays = plays;
    }

    /// The end: the book, and the block as it stands.
    #[must_use]
    pub fn close(mut self) -> (Book, Self) {
        let mut book = self.book.take().unwrap_or_default();
        for (tier, late) in book.tiers.iter_mut().zip(&self.late.tiers) {
            tier.plays.iter_mut().zip(&late.plays).for_each(|(own, late)| *own += *late);
        }
        (book, self)
    }

    /// Its accounts.
    #[must_use]
    pub fn companies(&self) -> &[Company] {
        &self.companies
    }

    /// Its members, with the account of each.
    pub fn members(&self) -> impl Iterator<Item = (u32, &Member)> {
        let of = |group: &Group| (group.notice.account, group.members);
        self.groups.iter().map(of).flat_map(|(account, (from, to))| {
            self.members[from as usize..to as usize].iter().map(move |member| (account, member))
        })
    }

    /// Member-epochs lived so far.
    #[must_use]
    pub const fn member_epochs(&self) -> u64 {
        self.member_epochs
    }

    /// Memory it takes \[byte\].
    #[must_use]
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.companies.capacity() * size_of::<Company>()
            + self.groups.capacity() * size_of::<Group>()
            + self.members.capacity() * size_of::<Member>()
    }
}

/// Takes what stands in front and belongs together.
fn take<'a, T>(from: &mut &'a [T], belongs: impl Fn(&T) -> bool) -> &'a [T] {
    let count = from.iter().take_while(|item| belongs(item)).count();
    let (front, rest) = from.split_at(count);
    *from = rest;
    front
}
