//! What the state has done beside the screen: what it asks for, and what it makes of the answers. Answers to what is no
//! longer wanted carry an old ticket.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::model::diagram::{Key, View};
use crate::model::filter::Filter;
use crate::model::trace::Trace;
use crate::safe;
use crate::tui::app::{App, Effect, Focus, Screen};
use crate::tui::ladder::Ladder;
use crate::tui::panes;
use crate::tui::work::{Answer, Job, Laid, Read};

/// What is being done beside the screen, and when it may be done again.
#[derive(Default)]
pub struct Beside {
    /// The newest ticket.
    ticket: u64,
    /// The tickets of the newest opening, layout, search and filter.
    pub opening: u64,
    pub layout: u64,
    pub search: u64,
    filter: u64,
    /// Which connections are being opened and not yet shown.
    pub to_show: Option<Vec<u32>>,
    /// How far the opened connections are read; further than the screen shows them, this trace.
    pub read: Read,
    fresh: Option<Arc<Trace>>,
    /// When they may be read on, and since when they are being read.
    read_at: Option<Instant>,
    reading: Option<Instant>,
    /// Since when a layout is being made, and for which row.
    laying: Option<(Instant, Option<Key>)>,
    /// Likewise the order of the table.
    sort_at: Option<Instant>,
    sorting: Option<Instant>,
    /// Likewise what the filter finds in connections.
    look_at: Option<Instant>,
    looking: Option<Instant>,
}

/// What goes on by itself takes a fifth of the time, no more: it rests so many times as long as it took, and this.
const REST: (u32, Duration) = (4, Duration::from_millis(100));

fn rested(began: Option<Instant>) -> Instant {
    let took = began.map_or(Duration::ZERO, |began| began.elapsed());
    Instant::now() + took * REST.0 + REST.1
}

impl Beside {
    fn ticket(&mut self) -> u64 {
        self.ticket += 1;
        self.ticket
    }

    /// Whether a layout is being made.
    pub fn is_laying(&self) -> bool {
        self.laying.is_some()
    }

    /// Whether the connections that are open are read on at once.
    pub fn is_reading(&self) -> bool {
        self.read.packets < self.read.of
    }
}

impl App {
    fn job(&mut self, job: Job) {
        self.effects.push(Effect::Job(job));
    }

    /// Opens connections.
    pub fn open(&mut self, ids: Vec<u32>) {
        self.close();
        self.beside.opening = self.beside.ticket();
        self.beside.to_show = Some(ids);
        self.read_on();
    }

    /// Lets go what is open, or being opened.
    pub fn close(&mut self) {
        let beside = &mut self.beside;
        beside.opening = beside.ticket();
        beside.layout = beside.ticket();
        (beside.to_show, beside.fresh, beside.read) = (None, None, Read::default());
        (beside.read_at, beside.reading, beside.laying) = (None, None, None);
        self.job(Job::Close);
        if let Some(ladder) = self.ladder.take() {
            self.job(Job::Forget(ladder.trace, ladder.outline));
        }
    }

    /// Puts two connections side by side.
    pub fn put_side_by_side(&mut self, ids: [u32; 2]) {
        let ticket = self.beside.ticket();
        self.beside.opening = ticket;
        self.beside.to_show = Some(ids.to_vec());
        // What is open is read on later.
        self.beside.reading = None;
        self.beside.read_at = self.ladder.as_ref().filter(|_| !self.beside.read.over).map(|_| Instant::now());
        self.job(Job::Compare { ids, lang: self.lang, ticket });
    }

    /// Gives up what is being opened.
    pub fn give_up(&mut self) -> bool {
        let opening = self.beside.to_show.is_some();
        if opening && self.ladder.is_none() {
            self.close();
        } else if opening {
            self.beside.to_show = None;
            self.beside.opening = self.beside.ticket();
        }
        opening
    }

    /// Searches in the opened connections.
    pub fn seek(&mut self, needle: &str) {
        self.beside.search = self.beside.ticket();
        if let Some(ladder) = &mut self.ladder {
            ladder.seek(needle);
        }
        self.search_on();
    }

    fn search_on(&mut self) {
        let Some(ladder) = self.ladder.as_ref().filter(|ladder| !ladder.needle.is_empty()) else { return };
        let (trace, from, needle) = (Arc::clone(&ladder.trace), ladder.searched, ladder.needle.clone());
        if from == 0 || from < trace.events.len() {
            let (lang, ticket) = (self.lang, self.beside.search);
            self.job(Job::Search { trace, from, needle, lang, ticket });
        }
    }

    /// Looks in the table for a line, in this order.
    pub fn find(&mut self, ids: Vec<u32>) {
        self.beside.search = self.beside.ticket();
        let (needle, lang, ticket) = (self.list.needle.clone(), self.lang, self.beside.search);
        self.say(lang.pick("searching …", "찾는 중 …"));
        self.job(Job::Find { ids, needle, lang, ticket });
    }

    /// Narrows the table and what is open to what fits a filter.
    pub fn narrow(&mut self, filter: Option<Filter>) {
        self.beside.filter = self.beside.ticket();
        (self.beside.looking, self.beside.look_at) = (None, None);
        self.list.set_filter(filter.clone());
        if let Some(ladder) = &self.ladder {
            let mut view = ladder.view.clone();
            view.only = filter.map(Filter::only);
            self.lay(view);
        }
    }

    /// Lays the diagram out anew.
    pub fn lay(&mut self, view: View) {
        let Some(ladder) = &mut self.ladder else { return };
        ladder.view = view.clone();
        let trace = Arc::clone(self.beside.fresh.as_ref().unwrap_or(&ladder.trace));
        self.lay_out(trace, view);
    }

    /// Lays out a view of this trace for what the cursor is on.
    fn lay_out(&mut self, trace: Arc<Trace>, mut view: View) {
        let anchor = self.ladder.as_ref().and_then(Ladder::key);
        self.beside.layout = self.beside.ticket();
        self.beside.laying = Some((Instant::now(), anchor));
        let anchor = match &self.ladder {
            // Events have other numbers there.
            Some(ladder) if ladder.is_anew(&trace) => {
                view.toggled.clear();
                anchor.map(|key| ladder.by_frame(key))
            }
            _ => anchor,
        };
        let ticket = self.beside.layout;
        self.job(Job::Outline { trace, view, anchor, ticket });
    }

    /// Lays out what was read last, unless a layout is being made.
    fn lay_fresh(&mut self) {
        let Some(trace) = self.beside.fresh.clone().filter(|_| !self.beside.is_laying()) else { return };
        match &self.ladder {
            Some(ladder) => {
                let view = ladder.view.clone();
                self.lay_out(trace, view);
            }
            None => self.lay_out(trace, self.view(self.level)),
        }
    }

    fn read_on(&mut self) {
        let shown = self.ladder.as_ref().map(|ladder| &ladder.ids);
        let Some(ids) = shown.or(self.beside.to_show.as_ref()).cloned() else { return };
        self.beside.read_at = None;
        self.beside.reading = Some(Instant::now());
        let ticket = self.beside.opening;
        self.job(Job::Open { ids, ticket });
    }

    /// Notes that opened connections have grown, or that no more can come.
    pub fn has_news(&mut self) {
        if self.ladder.is_some() && !self.beside.read.over && self.beside.reading.is_none() {
            self.beside.read_at.get_or_insert_with(Instant::now);
        }
    }

    /// When there is something to be done next.
    pub fn due(&self) -> Option<Instant> {
        let beside = &self.beside;
        let read = beside.read_at.filter(|_| beside.reading.is_none());
        let sort = beside.sort_at.filter(|_| beside.sorting.is_none() && self.list.is_unsorted());
        let look = beside.look_at.filter(|_| beside.looking.is_none() && self.list.left() > 0);
        read.into_iter().chain(sort).chain(look).min()
    }

    /// Asks for what it is time for.
    pub fn tick(&mut self, now: Instant) {
        if self.beside.reading.is_none() && self.beside.read_at.is_some_and(|at| at <= now) {
            self.read_on();
        }
        let is_time = |at: Option<Instant>| at.is_none_or(|at| at <= now);
        let sorts = self.list.is_awaited() || self.list.is_unsorted() && is_time(self.beside.sort_at);
        if sorts && self.beside.sorting.is_none() {
            self.beside.sorting = Some(now);
            let (ids, sort) = (self.list.take_unsorted(), self.list.sort);
            self.job(Job::Sort { ids, sort });
        }
        // What a file that is still being read says of a connection is soon out of date.
        let ready = (self.live || self.progress.done) && !self.list.is_judging() && self.list.left() > 0;
        if ready && self.beside.looking.is_none() && is_time(self.beside.look_at) {
            let batch = self.list.batch(usize::from(panes::areas(self).rows.height));
            self.beside.look_at = Some(now + REST.1);
            if let Some(filter) = self.list.filter.clone().filter(|_| !batch.is_empty()) {
                self.beside.looking = Some(now);
                let ticket = self.beside.filter;
                self.job(Job::Look { ids: batch, filter, ticket });
            }
        }
    }

    /// Takes what came of a job.
    pub fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Opened { trace, read, ticket } if ticket == self.beside.opening => {
                self.opened(trace, read)
            }
            Answer::Outlined { trace, view, laid, ticket } if ticket == self.beside.layout => {
                self.outlined(trace, view, laid);
            }
            Answer::Found { hits, searched, ticket } if ticket == self.beside.search => {
                if let Some(ladder) = self.ladder.as_mut().filter(|ladder| ladder.searched == searched.start)
                {
                    let first = ladder.hits.is_empty();
                    ladder.found(&hits, searched.end);
                    if searched.start == 0 || first && !hits.is_empty() {
                        self.found();
                    }
                    self.search_grown();
                }
            }
            Answer::Line { id, ticket } if ticket == self.beside.search => match id {
                Some(id) => {
                    self.said = None;
                    self.list.go_to(id);
                }
                None => self.say(self.lang.pick("not found", "없습니다")),
            },
            Answer::Sorted { ids, sort } => {
                self.beside.sort_at = Some(rested(self.beside.sorting.take()));
                self.list.sorted(ids, sort);
            }
            Answer::Looked { fits, ticket } if ticket == self.beside.filter => {
                let began = self.beside.looking.take();
                self.beside.look_at = Some(if self.progress.done { Instant::now() } else { rested(began) });
                self.list.looked(&fits);
            }
            Answer::Bytes(number, bytes) => {
                if let Some(ladder) = &mut self.ladder {
                    ladder.detail.take(number, bytes);
                }
            }
            Answer::Gone { ticket } if ticket == self.beside.opening => {
                // What is open stays as it is.
                (self.beside.reading, self.beside.read.over) = (None, true);
                if self.beside.to_show.take().is_some() {
                    self.say(self.lang.pick(
                        "let go to keep within --spool-limit: it cannot be opened any more",
                        "--spool-limit을 지키려고 버린 연결이라 더 이상 열 수 없습니다",
                    ));
                }
            }
            Answer::Compared(compared, ticket) if ticket == self.beside.opening => {
                (self.compared, self.compared_top) = (Some(*compared), 0);
                (self.screen, self.beside.to_show) = (Screen::Compare, None);
            }
            Answer::Drawn(path, bytes) => self.job(Job::SaveBytes { path, bytes }),
            Answer::Made(making, file) => self.job(Job::Fill(making, file)),
            Answer::Unsaved(path, why) => {
                self.job(Job::Discard(path));
                self.said = Some((safe::line(&why), true));
            }
            Answer::Saved(path) => {
                let path = safe::line(&path.to_string_lossy());
                self.say(self.lang.pick(format!("saved {path}"), format!("{path} 저장함")));
            }
            Answer::Failed(why) => {
                (self.beside.to_show, self.beside.reading) = (None, None);
                self.said = Some((safe::line(&why), true));
            }
            _ => {}
        }
        self.want_bytes();
    }

    fn opened(&mut self, trace: Arc<Trace>, read: Read) {
        let began = self.beside.reading.take();
        let packets = |of: &crate::connection::Connection| of.packets[0] + of.packets[1];
        let has_grown = |known: &crate::connection::Connection| {
            let now = self.list.get(known.id);
            now.is_some_and(|now| packets(&now) > packets(known))
        };
        let grown = trace.connections.iter().any(has_grown);
        (self.beside.read, self.beside.fresh) = (read, Some(trace));
        self.beside.read_at = match () {
            () if read.over => None,
            () if read.packets < read.of || self.progress.done => Some(Instant::now()),
            () => grown.then(|| rested(began)),
        };
        self.lay_fresh();
    }

    fn outlined(&mut self, trace: Arc<Trace>, view: View, laid: Laid) {
        let Some((began, anchor)) = self.beside.laying.take() else { return };
        if self.beside.fresh.as_ref().is_some_and(|fresh| Arc::ptr_eq(fresh, &trace)) {
            self.beside.fresh = None;
        }
        if let Some(ladder) = &mut self.ladder {
            if ladder.is_anew(&trace) {
                ladder.forget_places();
            }
            let (trace, outline) = ladder.lay(trace, laid, anchor);
            self.job(Job::Forget(trace, outline));
            self.search_grown();
        } else if let Some(ids) = self.beside.to_show.take() {
            let mut ladder = Ladder::new(ids, view, trace, laid);
            ladder.follow = self.live && !self.progress.done;
            self.ladder = Some(ladder);
            (self.screen, self.focus) = (Screen::Ladder, Focus::Diagram);
        }
        if !self.beside.is_reading()
            && let Some(at) = &mut self.beside.read_at
        {
            *at = (*at).max(rested(Some(began)));
        }
        self.lay_fresh();
    }

    /// Searches in what has come since the last search.
    fn search_grown(&mut self) {
        if self.ladder.as_ref().is_some_and(|ladder| ladder.searched > 0) {
            self.search_on();
        }
    }
}
