//! A block of users that live side by side: plain data and plain functions; the actor is only its mailbox.
//!
//! Before the launch there is one world; at the launch it forks into one for each arm, user by user the same. With
//! keyed luck each fork is exactly the counterfactual of the others.

use std::sync::Arc;

use super::super::{
    arm::{ArmPlan, Lot},
    arrivals::{Arrivals, Newborn},
    book::Book,
    ledger::{ArmBook, DayCell, Ledger, Pair, RunId, Shape},
    life::{Scene, User},
    mail::Mail,
    stage::{SECONDS, Stage},
};
use crate::user::self_model::SelfModel;

/// What all cohorts of one world share.
#[derive(Clone, Debug)]
pub struct World {
    /// What is the same in every world.
    pub stage: Arc<Stage>,
    /// This world's chance.
    pub lot: Arc<Lot>,
    /// Who comes.
    pub arrivals: Arc<Arrivals>,
    /// Names this world's results.
    pub run: RunId,
    /// What was recorded on each day before the launch, where the world goes on from a record.
    pub past: Arc<Vec<DayCell>>,
}

impl World {
    /// The shape of its books.
    #[must_use]
    pub fn shape(&self) -> Shape {
        Shape {
            days: self.stage.days as usize,
            interventions: self.lot.arms.iter().map(|arm| arm.edits.len()).collect(),
            segments: self.stage.segments.len(),
        }
    }

    /// What users live in: the world in one of its arms; in none, that before the launch.
    #[must_use]
    pub fn scene(&self, arm: Option<usize>) -> Scene<'_> {
        let arm: Option<&ArmPlan> = arm.map(|arm| &self.lot.arms[arm]);
        Scene { stage: &self.stage, lot: &self.lot, arm }
    }
}

/// Users of one cohort in one arm, and when each is due.
#[derive(Clone, Debug, Default)]
struct Slab {
    /// In the order in which they came.
    users: Vec<User>,
    /// How many have come, those who had left before the launch included.
    came: usize,
    /// When each is due; kept only where days are lived one by one.
    due: Due,
}

/// One block of users, in every arm.
#[derive(Debug)]
pub struct Cohort {
    world: World,
    index: u32,
    /// Before the launch one slab; afterwards one an arm.
    slabs: Vec<Slab>,
    forked: bool,
    /// Lived up to here \[s\].
    now: u32,
    ledger: Ledger,
}

/// Letters, by arm.
pub type Post = Vec<Vec<Mail>>;

impl Cohort {
    /// A cohort before anybody has come.
    #[must_use]
    pub fn new(world: World, index: u32) -> Self {
        let mut ledger = Ledger::new(world.run, &world.shape());
        world.arrivals.deal.partitions_of(index).for_each(|partition| ledger.cover(partition));
        if index == 0 {
            // One cohort keeps the record's books for all.
            ledger.before.days.iter_mut().zip(world.past.iter()).for_each(|(day, past)| *day = *past);
        }
        let users = Vec::with_capacity(world.arrivals.in_cohort(index));
        let slabs = vec![Slab { users, ..Slab::default() }];
        let mut cohort = Self { world, index, slabs, forked: false, now: 0, ledger };
        if cohort.world.stage.launch == 0 {
            cohort.fork();
        }
        cohort
    }

    /// Memory it takes, all its users in all arms included \[byte\].
    #[must_use]
    pub fn bytes(&self) -> usize {
        let books = self.ledger.arms.iter().chain([&self.ledger.before]).map(ArmBook::bytes).sum::<usize>();
        size_of::<Self>() + books + self.slabs.iter().map(Slab::bytes).sum::<usize>()
    }

    /// Lives up to a second, given the letters of the last epoch; returns those of this one.
    pub fn advance(&mut self, until: u32, post: &Post) -> Post {
        let mut outbox = vec![Vec::new(); self.slabs.len()];
        let newborns = self.newborns(until, self.slabs.len());
        for (arm, outbox) in outbox.iter_mut().enumerate() {
            let mail = post.get(arm).map_or(&[][..], Vec::as_slice);
            self.advance_arm(arm, until, &newborns, mail, outbox);
        }
        self.now = until;
        outbox
    }

    /// Those who come before a second, drawn once for all arms; where there is but one it draws its own.
    fn newborns(&self, until: u32, arms: usize) -> Vec<User> {
        if arms == 1 {
            return Vec::new();
        }
        let (arrivals, scene) = (&self.world.arrivals, self.world.scene(None));
        let came = self.slabs.first().map_or(0, |slab| slab.came);
        let coming = (came..arrivals.in_cohort(self.index)).map(|order| arrivals.in_order(self.index, order));
        let coming = coming.take_while(|newborn| newborn.day * SECONDS < until);
        coming.map(|newborn| User::drawn(&newborn, &scene)).collect()
    }

    fn advance_arm(&mut self, arm: usize, until: u32, newborns: &[User], mail: &[Mail], outbox: &mut Vec<Mail>) {
        let Self { world, slabs, ledger, forked, now, index } = self;
        let arm_of = forked.then_some(arm);
        let scene = world.scene(arm_of);
        let mut book = ledger.open(arm_of, &world.stage, outbox, &world.arrivals);
        let slab = &mut slabs[arm];
        let (by_day, first_new, mut drawn) = (until - *now <= SECONDS, slab.users.len(), newborns.iter());
        if !by_day {
            slab.due = Due::default();
            slab.users.iter_mut().for_each(|user| user.live(until, &scene, &mut book));
        }
        while let Some(newborn) = world.arrivals.next_of(*index, slab.came, until) {
            let comes = world.arrivals.comes(newborn.index, arm_of);
            let user = slab.receive(&newborn, drawn.next(), comes, &scene, &mut book);
            if !by_day {
                // While they are still in the nearest cache.
                user.live(until, &scene, &mut book);
            }
        }
        for letter in mail {
            // Who had left before the launch gets no letters.
            if let Ok(slot) = slab.users.binary_search_by_key(&letter.to.index, User::index) {
                let waited = slab.users[slot].is_waiting();
                slab.users[slot].answer(letter, &scene, &mut book);
                if waited && !slab.users[slot].is_waiting() && slab.due.days() > 0 {
                    slab.file(slot as u32, 0);
                }
            }
        }
        if by_day {
            slab.live_day(*now / SECONDS, first_new, until, &scene, &mut book);
        }
    }

    /// The launch: from here on one world an arm.
    pub fn fork(&mut self) {
        let warm = self.settle_departures();
        let arms = self.world.lot.arms.len();
        let mut slabs: Vec<Slab> = (1..arms).map(|arm| self.entered(arm, self.copied(&warm))).collect();
        // The control takes the warm world itself: a world with one arm is never copied.
        slabs.insert(0, self.entered(0, warm));
        self.slabs = slabs;
        self.forked = true;
    }

    /// Takes the warm world out, its departures seen up to the launch.
    fn settle_departures(&mut self) -> Slab {
        let (launch, end) = (self.world.stage.launch * SECONDS, self.world.stage.days * SECONDS);
        let mut warm = self.slabs.pop().unwrap_or_default();
        let scene = self.world.scene(None);
        let mut nobody = Vec::new();
        let mut book = self.ledger.open(None, &self.world.stage, &mut nobody, &self.world.arrivals);
        for user in &mut warm.users {
            user.settle_departure(launch, &scene, &mut book);
            if user.is_gone() {
                // A month counts once it is over for those who stay, and they are watched to the world's end.
                user.book_life(end, &mut book);
            }
        }
        // Who has left can only be reached by messages that may bring them back.
        if !self.world.lot.wins_back() {
            warm.users.retain(|user| !user.is_gone());
        }
        warm.due = Due::default();
        warm
    }

    /// The warm world once more, with room for those to come.
    fn copied(&self, warm: &Slab) -> Slab {
        let coming = self.world.arrivals.in_cohort(self.index) - warm.came;
        let mut users = Vec::with_capacity(warm.users.len() + coming);
        users.extend_from_slice(&warm.users);
        Slab { users, came: warm.came, due: Due::default() }
    }

    /// The warm world as it enters an arm.
    fn entered(&mut self, arm: usize, mut slab: Slab) -> Slab {
        let scene = self.world.scene(Some(arm));
        let mut nobody = Vec::new();
        let mut book = self.ledger.open(Some(arm), &self.world.stage, &mut nobody, &self.world.arrivals);
        slab.users.iter_mut().for_each(|user| user.enter(&scene, &mut book));
        slab
    }

    /// The end: departures are settled, lives and differences between arms are booked.
    #[must_use]
    pub fn close(mut self) -> Ledger {
        if !self.forked {
            self.fork();
        }
        let mut control = Vec::new();
        for arm in 0..self.slabs.len() {
            self.end_arm(arm);
            let windows: Vec<i64> = self.slabs[arm].users.iter().map(User::window).collect();
            if arm == 0 {
                control.clone_from(&windows);
            }
            self.ledger.pairs[arm] = differences(&windows, &control);
        }
        self.ledger.users = self.slabs[0].came as u64;
        self.ledger
    }

    fn end_arm(&mut self, arm: usize) {
        let Self { world, slabs, ledger, now, .. } = self;
        let scene = world.scene(Some(arm));
        let mut nobody = Vec::new();
        let mut book = ledger.open(Some(arm), &world.stage, &mut nobody, &world.arrivals);
        slabs[arm].users.iter_mut().for_each(|user| user.end(*now, &scene, &mut book));
    }

    /// Lives a whole world in one go, one arm after the other, so that only one is in memory at a time: for worlds
    /// in which nobody hears of anybody.
    #[must_use]
    pub fn whole(world: World, index: u32) -> Ledger {
        let (launch, end) = (world.stage.launch * SECONDS, world.stage.days * SECONDS);
        let mut cohort = Self::new(world, index);
        cohort.advance(launch, &Post::new());
        cohort.now = launch;
        let warm = cohort.settle_departures();
        cohort.slabs = vec![Slab { came: warm.came, ..Slab::default() }];
        let newborns = cohort.newborns(end, cohort.world.lot.arms.len());
        let mut control = Vec::new();
        for arm in 0..cohort.world.lot.arms.len() {
            cohort.slabs = vec![Slab::default(); arm];
            let copied = cohort.copied(&warm);
            let entered = cohort.entered(arm, copied);
            cohort.slabs.push(entered);
            cohort.forked = true;
            cohort.now = launch;
            cohort.advance_arm(arm, end, &newborns, &[], &mut Vec::new());
            cohort.now = end;
            cohort.end_arm(arm);
            let windows: Vec<i64> = cohort.slabs[arm].users.iter().map(User::window).collect();
            if arm == 0 {
                control.clone_from(&windows);
            }
            cohort.ledger.pairs[arm] = differences(&windows, &control);
        }
        cohort.ledger.users = cohort.slabs.last().map_or(warm.came, |slab| slab.came) as u64;
        cohort.ledger
    }

    /// A user of an arm by place among all arrivals, if born and, before the launch, not gone.
    #[must_use]
    pub fn user(&self, arm: usize, index: u32) -> Option<&User> {
        let users = &self.slabs.get(arm)?.users;
        users.binary_search_by_key(&index, User::index).ok().map(|slot| &users[slot])
    }

    /// The same user, to be changed.
    fn user_mut(&mut self, arm: usize, index: u32) -> Option<&mut User> {
        let users = &mut self.slabs.get_mut(arm)?.users;
        users.binary_search_by_key(&index, User::index).ok().map(|slot| &mut users[slot])
    }

    /// The self-model of a user, for an event source of its own.
    pub fn model_mut(&mut self, arm: usize, index: u32) -> Option<&mut SelfModel> {
        self.user_mut(arm, index).map(User::model_mut)
    }

    /// Puts a user that was away back in its place.
    pub fn put_back(&mut self, arm: usize, index: u32, user: User) {
        if let Some(place) = self.user_mut(arm, index) {
            *place = user;
        }
    }
}

/// Money of the primary window against the control's, user by user.
fn differences(windows: &[i64], control: &[i64]) -> Pair {
    let mut pair = Pair { users: windows.len() as u64, ..Pair::default() };
    for (money, same) in windows.iter().zip(control) {
        let difference = i128::from(money - same);
        pair.sum += difference;
        pair.squares += difference * difference;
        pair.money += i128::from(*money);
        pair.alone += i128::from(*money) * i128::from(*money);
    }
    pair
}

/// How many users ahead of the one that lives are brought into the cache.
const AHEAD: usize = 12;

impl Slab {
    /// Takes in a newborn, drawn already or not.
    fn receive(
        &mut self,
        newborn: &Newborn,
        drawn: Option<&User>,
        comes: bool,
        scene: &Scene<'_>,
        book: &mut Book<'_>,
    ) -> &mut User {
        let founder = scene.lot.founders.at(newborn.index).is_some();
        self.came += 1;
        let slot = self.users.len();
        match drawn {
            Some(user) => self.users.push(user.clone()),
            None => self.users.push(User::drawn(newborn, scene)),
        }
        let user = &mut self.users[slot];
        if founder {
            user.enter(scene, book);
        } else if comes {
            book.born(newborn);
            user.arrive(scene);
        } else {
            user.wait();
        }
        user
    }

    /// Lives one day: only those who are due, in the order of their slots.
    fn live_day(&mut self, day: u32, first_new: usize, until: u32, scene: &Scene<'_>, book: &mut Book<'_>) {
        if self.due.days() == 0 {
            self.due = Due::of_days(scene.stage.days as usize + 1, self.users.capacity());
            (0..self.users.len() as u32).for_each(|slot| self.file(slot, 0));
        } else {
            (first_new as u32..self.users.len() as u32).for_each(|slot| self.file(slot, 0));
        }
        let slots = self.due.take(day);
        for (i, &slot) in slots.iter().enumerate() {
            if let Some(&next) = slots.get(i + AHEAD) {
                self.users[next as usize].touch();
            }
            self.users[slot as usize].live(until, scene, book);
            self.file(slot, day + 1);
        }
        self.due.give_back(slots);
    }

    /// Notes the day on which a user is due.
    fn file(&mut self, slot: u32, not_before: u32) {
        let day = (self.users[slot as usize].due() / SECONDS).max(not_before);
        self.due.file(slot, day);
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + self.users.capacity() * size_of::<User>() + self.due.bytes()
    }
}

/// Who is due on which day: chains of slots, four bytes a user.
#[derive(Clone, Debug, Default)]
struct Due {
    /// By day: the slot filed last.
    heads: Vec<u32>,
    /// By slot: the one filed before it for the same day.
    before: Vec<u32>,
    /// Room for the slots of one day.
    today: Vec<u32>,
}

/// The end of a chain.
const NOBODY: u32 = u32::MAX;

impl Due {
    fn of_days(days: usize, users: usize) -> Self {
        Self { heads: vec![NOBODY; days], before: Vec::with_capacity(users), today: Vec::new() }
    }

    fn days(&self) -> usize {
        self.heads.len()
    }

    /// Notes a day for a slot that is on no list; a day after the last is never.
    #[inline]
    fn file(&mut self, slot: u32, day: u32) {
        let Some(head) = self.heads.get_mut(day as usize) else { return };
        if self.before.len() <= slot as usize {
            self.before.resize(slot as usize + 1, NOBODY);
        }
        self.before[slot as usize] = std::mem::replace(head, slot);
    }

    /// The slots of a day, ascending; to be given back.
    fn take(&mut self, day: u32) -> Vec<u32> {
        let mut slots = std::mem::take(&mut self.today);
        let mut slot = std::mem::replace(&mut self.heads[day as usize], NOBODY);
        while slot != NOBODY {
            slots.push(slot);
            slot = self.before[slot as usize];
        }
        slots.sort_unstable();
        slots
    }

    fn give_back(&mut self, mut slots: Vec<u32>) {
        slots.clear();
        self.today = slots;
    }

    fn bytes(&self) -> usize {
        (self.heads.capacity() + self.before.capacity() + self.today.capacity()) * size_of::<u32>()
    }
}
