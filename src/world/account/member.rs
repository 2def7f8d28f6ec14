//! One member: comes to the product, takes modules up from colleagues, asks for help. The first member of an account is
//! its champion, who sets modules up and sponsors the product until leaving the company.

use super::{
    ground::Ground,
    post::{Letter, News, Notice, Tally},
};
use crate::{
    base::{
        float::{exp, exp32, expm1, normal_quantile},
        luck::{Luck, Purpose, uniform},
        units::UserId,
    },
    history::account::MODULES,
};

/// A member. What has been seen of them is part of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Member {
    /// Place among the members of the account; the first is the champion.
    pub place: u32,
    /// Pace against the role's \[1\].
    pub pace: f32,
    /// Modules taken up, one bit each.
    pub skills: u16,
    /// The place of the role.
    pub role: u8,
    /// The week that is not over yet.
    week: Week,
    /// What has been seen.
    pub seen: Seen,
}

/// A week that is not over yet.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Week {
    natural: bool,
    sessions: u16,
    modules: u16,
}

/// What has been seen of a member so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Modules used.
    pub modules: u16,
    /// Weeks with a session.
    pub active_weeks: u16,
    /// The end of the last of them \[day since the world began\]; 0 if there was none.
    pub last: u16,
    /// Sessions.
    pub sessions: u32,
}

/// One epoch of an account as its members live it.
#[derive(Debug)]
pub struct Scene<'a> {
    /// The laws.
    pub ground: &'a Ground,
    /// This world's chance.
    pub luck: &'a Luck,
    /// First day and the day after the last.
    pub days: (u32, u32),
    /// What members find there.
    pub notice: &'a Notice,
}

/// The number by which chance knows a member.
#[must_use]
pub const fn name(account: u32, place: u32) -> UserId {
    UserId((account as u64) << 32 | place as u64)
}

impl Member {
    /// A member before the first epoch, with the account's modules taken up as long as it has had them.
    #[must_use]
    pub fn drawn(ground: &Ground, luck: &Luck, account: u32, place: u32, modules: u16, weeks: f64) -> Self {
        let [role, pace, ..] = luck.block(name(account, place), Purpose::MemberBirth, 0);
        let taste = luck.block(name(account, place), Purpose::MemberBirth, 1);
        let sigma = ground.law.usage.member_sigma.value();
        let role = if place == 0 { 0.0 } else { uniform(role) };
        let adoption = &ground.law.adoption;
        // On the way about a fifth of the colleagues used it.
        let hazard = adoption.take_up.value() + adoption.peers.value() * 0.2;
        let knows = (-expm1(-hazard * weeks) * 256.0) as u32;
        let taken = (0..MODULES).filter(|&m| byte(&taste, m) < knows);
        let skills = taken.fold(0, |bits, m| bits | 1 << m) & modules | ground.core & modules;
        Self {
            place,
            pace: exp(sigma * normal_quantile(uniform(pace)) - sigma * sigma / 2.0) as f32,
            skills,
            role: ground.roles.iter().take_while(|&&bound| bound < role).count().min(ground.roles.len() - 1) as u8,
            week: Week::default(),
            seen: Seen::default(),
        }
    }

    /// Lives one epoch.
    #[inline]
    pub fn live(&mut self, scene: &Scene<'_>, letters: &mut Vec<Letter>) {
        let Scene { ground, luck, days: (from, to), notice } = scene;
        let length = (to - from) as f32;
        let who = name(notice.account, self.place);
        let [comes, takes, asks, how] = luck.block(who, Purpose::MemberWeek, *from);
        let own = ground.law.roles[self.role as usize].sessions_per_week.value() as f32 * self.pace * notice.pace;
        let pace = own * length / 7.0;
        let known = self.skills & notice.modules;
        let kept = self.skills & notice.natural;
        let mean = pace * ground.pace[known.count_ones() as usize];
        let u = uniform(comes) as f32;
        let none = exp32(-mean);
        self.week.natural |=
            if kept == known { u >= none } else { u >= exp32(-pace * ground.pace[kept.count_ones() as usize]) };
        if u >= none {
            self.come(poisson(mean, none, u), known, who, scene);
        }
        if notice.modules & !self.skills != 0 {
            self.take_up(notice, ground, length / 7.0, uniform(takes) as f32);
        }
        let asked = uniform(asks);
        let rate = f64::from(notice_rate(ground, notice)) * f64::from(length);
        if asked < rate {
            letters.push(self.ticket(scene, (asked / rate) as f32, how));
        }
        if self.place == 0 {
            champion(scene, who, letters);
        }
    }

    fn come(&mut self, sessions: u16, known: u16, who: UserId, scene: &Scene<'_>) {
        let words = scene.luck.block(who, Purpose::MemberModules, scene.days.0);
        let bounds = &scene.ground.touches[usize::from(sessions).min(scene.ground.touches.len() - 1)];
        let mut touched = 0;
        for (module, bound) in bounds.iter().enumerate() {
            touched |= u16::from(byte(&words, module) < u32::from(*bound)) << module;
        }
        self.week.sessions = self.week.sessions.saturating_add(sessions);
        self.week.modules |= touched & known;
    }

    /// At most one module an epoch.
    fn take_up(&mut self, notice: &Notice, ground: &Ground, weeks: f32, u: f32) {
        let adoption = &ground.law.adoption;
        let (alone, peers) = (adoption.take_up.value() as f32, adoption.peers.value() as f32);
        let missing = notice.modules & !self.skills;
        let hazard = |m: usize| if missing >> m & 1 == 1 { (alone + peers * notice.peers[m]) * weeks } else { 0.0 };
        let all: f32 = (0..MODULES).map(hazard).sum();
        let happens = 1.0 - exp32(-all);
        if u >= happens {
            return;
        }
        let mut left = u / happens * all;
        for m in 0..MODULES {
            left -= hazard(m);
            if left < 0.0 {
                self.skills |= 1 << m;
                return;
            }
        }
    }

    fn ticket(&self, scene: &Scene<'_>, which: f32, how: u32) -> Letter {
        let [minor, middle, _] = scene.ground.law.voices.severities.map(|share| share.value() as f32);
        let severity = if which < minor {
            1
        } else if which < minor + middle {
            2
        } else {
            3
        };
        let day = scene.days.0 + (how >> 16) * (scene.days.1 - scene.days.0) / 65_536;
        let news = News::Ticket { severity, judgement: how as u16 };
        Letter { day, account: scene.notice.account, from: self.place, news }
    }

    /// The end of a week: what it was goes into the account's tally.
    #[inline]
    pub fn end_week(&mut self, day: u32, tally: &mut Tally) {
        let week = std::mem::take(&mut self.week);
        tally.natural += u32::from(week.natural);
        if week.sessions == 0 {
            return;
        }
        tally.active += 1;
        tally.sessions += u32::from(week.sessions);
        let mut modules = week.modules;
        while modules != 0 {
            tally.users[modules.trailing_zeros() as usize] += 1;
            modules &= modules - 1;
        }
        self.seen.modules |= week.modules;
        self.seen.active_weeks += 1;
        self.seen.last = day.min(u32::from(u16::MAX)) as u16;
        self.seen.sessions += u32::from(week.sessions);
    }
}

/// One of the 16 bytes of a block of luck.
#[inline]
const fn byte(words: &[u32; 4], place: usize) -> u32 {
    words[place / 4] >> (8 * (place % 4)) & 255
}

/// Tickets of a member \[a day\].
fn notice_rate(ground: &Ground, notice: &Notice) -> f32 {
    ground.law.tiers[usize::from(notice.tier)].tickets_per_seat_year.value() as f32 / 365.25
}

/// A Poisson number by inversion, of one that is known not to be 0; the last term is 255.
#[inline]
fn poisson(mean: f32, none: f32, u: f32) -> u16 {
    let (mut term, mut sum, mut count) = (none, none, 0u16);
    while sum <= u && count < 255 {
        count += 1;
        term *= mean / f32::from(count);
        sum += term;
    }
    count
}

/// Sets modules up, drops them, and may leave the company.
fn champion(scene: &Scene<'_>, who: UserId, letters: &mut Vec<Letter>) {
    let Scene { ground, luck, days: (from, to), notice } = scene;
    let length = f64::from(to - from);
    let mut write = |news| letters.push(Letter { day: *from, account: notice.account, from: 0, news });
    if let Some(news) = modules(scene, who, length / 7.0) {
        write(news);
    }
    let leaves = uniform(luck.block(who, Purpose::Sponsor, *from)[0]);
    let rate = ground.law.voices.sponsor_changes_per_year.value() / 365.25 * length;
    if notice.sponsored && leaves < -expm1(-rate) {
        write(News::SponsorLeft);
    }
}

/// Every module has luck of its own, so that a play changes nothing but what it makes happen on top.
fn modules(scene: &Scene<'_>, who: UserId, weeks: f64) -> Option<News> {
    let Scene { ground, luck, days, notice } = scene;
    let adoption = &ground.law.adoption;
    let hazard = adoption.set_up.value() * f64::from(notice.drive) * weeks;
    let natural = -expm1(-hazard);
    let actual = -expm1(-hazard * f64::from(notice.adoption));
    let drop = -expm1(-adoption.drop.value() * weeks);
    let mut stream = luck.stream(who, Purpose::Modules, days.0);
    let mut bits = [0u16; 3];
    for m in 0..ground.law.modules.len() {
        let (sets_up, drops) = (stream.uniform(), stream.uniform());
        let (bit, needs) = (1 << m, ground.requires[m]);
        let may = |modules: u16| notice.sponsored && modules & bit == 0 && modules & needs == needs;
        bits[0] |= if may(notice.modules) && sets_up < actual { bit } else { 0 };
        bits[1] |= if may(notice.natural) && sets_up < natural { bit } else { 0 };
        bits[2] |= if notice.modules & bit & !ground.core != 0 && drops < drop { bit } else { 0 };
    }
    let [set_up, natural, dropped] = bits;
    (bits != [0; 3]).then_some(News::Modules { set_up, natural, dropped })
}
