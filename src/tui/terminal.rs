//! The terminal: taken over, given back however the program ends, and the loop that waits for what happens.

use std::io::{self, Stdout, Write};
use std::os::fd::AsFd;
use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};

use base64::Engine as _;
use crossterm::event::{self, Event, KeyEventKind};
use crossterm::{cursor, execute, queue, terminal};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};

use crate::capture::Frames;
use crate::capture::confine;
use crate::error::Error;
use crate::tui::app::{App, Effect};
use crate::tui::chord::Chord;
use crate::tui::pump::{self, Shared};
use crate::tui::work::{Answer, Job, Lane, Newest, Worker};
use crate::tui::{Input, Options, panes, worker};

/// Something that the screen hears of.
enum Message {
    Event(Event),
    News,
    Answer(Box<Answer>),
    Signal(i32),
    Resized,
    /// The terminal is gone.
    Gone,
    /// The reading is over, its thread ends.
    Over,
}

/// So many messages may wait.
const WAITING: usize = 256;
/// The screen is drawn at most once in this time where only the input changed.
const PACE: Duration = Duration::from_millis(40);
/// The clock of a replay is drawn so often.
const CLOCK: Duration = Duration::from_millis(200);
/// The end of a live capture is waited for this long.
const FAREWELL: Duration = Duration::from_millis(700);
/// What copying may send: terminals take no more.
const CLIPBOARD: usize = 70_000;

/// Shows an input until the user ends.
///
/// # Errors
/// [`Error::Terminal`] where there is no terminal to speak of, [`Error::Usage`] where the options ask for what there
/// is not.
pub fn run(input: Input, options: &Options) -> Result<(), Error> {
    let shared = Arc::new(Shared::new(options.redaction));
    let mut app = options.app(&shared)?;
    confine::confine_screen(options.needs.live)?;
    let mouse = options.config.mouse.unwrap_or(true);
    let (sender, receiver) = mpsc::sync_channel(WAITING);
    let frames = input.frames.clone();
    let worker = worker(&shared, input.frames, &options.limits);
    let newest = Arc::clone(&worker.newest);
    signals(sender.clone())?;
    give_back_on_panic();
    let screen = Screen::take(mouse).map_err(Error::Terminal)?;
    let jobs = work(&worker, &sender, options)?;
    listen(sender.clone())?;
    read((input.reading, frames), Arc::clone(&shared), options, sender)?;
    // What was read is drawn by this thread, and by nobody who can open a file.
    confine::confine_to_terminal()?;
    let mut running = Loop {
        app: &mut app,
        receiver,
        jobs,
        shared: &shared,
        screen,
        mouse,
        newest: &newest,
        begun: Instant::now(),
    };
    let ended = running.run();
    let Loop { receiver, screen, .. } = running;
    drop(screen);
    shared.stop();
    if options.needs.live && !app.progress.done {
        farewell(&receiver);
    }
    match ended {
        // A terminal that went away needs no word.
        Err(error) if gone(&error) => Ok(()),
        Err(error) => Err(Error::Terminal(error)),
        Ok(()) => Ok(()),
    }
}

fn gone(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::EIO | libc::ENXIO | libc::ENOTTY | libc::EBADF))
        || error.kind() == io::ErrorKind::BrokenPipe
}

/// Waits until a live capture has written what it holds.
fn farewell(receiver: &Receiver<Message>) {
    let until = Instant::now() + FAREWELL;
    loop {
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(Message::Over) | Err(_) => return,
            Ok(_) => {}
        }
    }
}

/// The terminal while it is ours.
pub(super) struct Screen {
    pub(super) terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    pub(super) fn take(mouse: bool) -> io::Result<Screen> {
        enter(mouse)?;
        match Terminal::new(CrosstermBackend::new(io::stdout())) {
            Ok(terminal) => Ok(Screen { terminal }),
            Err(error) => {
                leave();
                Err(error)
            }
        }
    }
}

impl Screen {
    /// Everything is drawn anew the next time. (The library's own way asks the terminal where its cursor is, and would
    /// wait for the answer.)
    fn forget(&mut self) -> io::Result<()> {
        execute!(io::stdout(), terminal::Clear(terminal::ClearType::All))?;
        self.terminal = Terminal::new(CrosstermBackend::new(io::stdout()))?;
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    terminal::enable_raw_mode()?;
    let mut out = io::stdout();
    execute!(out, terminal::EnterAlternateScreen, event::EnableBracketedPaste, cursor::Hide)?;
    if mouse {
        execute!(out, event::EnableMouseCapture)?;
    }
    Ok(())
}

/// Gives the terminal back; where it is gone there is nothing to be done.
fn leave() {
    let mut out = io::stdout();
    let _ = execute!(
        out,
        event::DisableMouseCapture,
        event::DisableBracketedPaste,
        terminal::LeaveAlternateScreen,
        cursor::Show
    );
    let _ = terminal::disable_raw_mode();
}

/// A panic gives the terminal back before it is told.
fn give_back_on_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let told = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            leave();
            told(panic);
        }));
    });
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), Error> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run).map(drop).map_err(Error::Terminal)
}

fn signals(sender: SyncSender<Message>) -> Result<(), Error> {
    let all = [SIGINT, SIGTERM, SIGHUP, SIGTSTP, SIGCONT, SIGWINCH];
    let mut signals = signal_hook::iterator::Signals::new(all).map_err(Error::Terminal)?;
    spawn("signals", move || {
        for signal in signals.forever() {
            let message = if signal == SIGWINCH { Message::Resized } else { Message::Signal(signal) };
            if sender.send(message).is_err() {
                return;
            }
        }
    })
}

/// Where jobs are sent, by lane.
type Jobs = [mpsc::Sender<Job>; Lane::ALL.len()];

/// The threads that do jobs, one for each lane. What reads packets is confined and makes no files; what makes them
/// looks at no packet, and reads no files.
fn work(worker: &Worker, sender: &SyncSender<Message>, options: &Options) -> Result<Jobs, Error> {
    let lane = |lane: Lane| {
        let (jobs, todo) = mpsc::channel();
        let (mut worker, sender) = (worker.another(), sender.clone());
        let (needs, own) = (options.needs.clone(), options.config.place.clone());
        spawn(lane.name(), move || {
            behind();
            let confined = match lane {
                // What is not there yet is read where it will come to be.
                Lane::Save => {
                    let own =
                        own.as_deref().into_iter().flat_map(Path::ancestors).find(|place| place.exists());
                    confine::confine_to_making(own)
                }
                _ => confine::confine(&needs),
            };
            let refused = confined.err().map(|error| error.to_string());
            for job in todo {
                let answer = match &refused {
                    Some(why) => Some(Answer::Failed(why.clone())),
                    None => worker.work(job),
                };
                if let Some(answer) = answer
                    && sender.send(Message::Answer(Box::new(answer))).is_err()
                {
                    return;
                }
            }
        })?;
        Ok(jobs)
    };
    let [open, show, search, save] = Lane::ALL.map(lane);
    Ok([open?, show?, search?, save?])
}

/// Lets the screen and the reading go before this thread where the processor is short. (On Linux the calling thread
/// alone is meant; elsewhere nothing is done.)
fn behind() {
    #[cfg(target_os = "linux")]
    if let Ok(now) = rustix::process::getpriority_process(None) {
        // A thread may always step back; if it may not, it works as it is.
        let _ = rustix::process::setpriority_process(None, now + 5);
    }
}

/// The thread that reads the input.
fn read(
    (mut reading, frames): (crate::reading::Reading, Option<Frames>),
    shared: Arc<Shared>,
    options: &Options,
    sender: SyncSender<Message>,
) -> Result<(), Error> {
    let (count, needs, pace) = (options.count, options.needs.clone(), options.pace.clone());
    spawn("reading", move || {
        let tell = || sender.try_send(Message::News).is_ok();
        match confine::confine(&needs) {
            Ok(_) => pump::run(&mut reading, (&shared, frames.as_ref()), count, pace.as_ref(), tell),
            Err(error) => shared.fail(error.to_string()),
        }
        // What a live capture keeps is written when it is let go.
        drop(reading);
        let _ = sender.send(Message::Over);
    })
}

/// The threads that hear the keys, and that the terminal is gone: on one that is, reading keys would never end. Keys
/// are waited for inside of the library, which may lose a key where a changed size waits beside it.
fn listen(sender: SyncSender<Message>) -> Result<(), Error> {
    let keys = sender.clone();
    spawn("keys", move || {
        while let Ok(event) = event::read() {
            if keys.send(Message::Event(event)).is_err() {
                return;
            }
        }
        let _ = keys.send(Message::Gone);
    })?;
    let tty = std::fs::File::open("/dev/tty").ok();
    spawn("hang-up", move || {
        let stdin = io::stdin();
        let ours = nix::unistd::isatty(&stdin).unwrap_or(false);
        let descriptor = if ours { Some(stdin.as_fd()) } else { tty.as_ref().map(AsFd::as_fd) };
        let Some(descriptor) = descriptor else { return };
        // Nothing is asked for: only errors and a hang-up are told.
        let mut watched = [PollFd::new(descriptor, PollFlags::empty())];
        while poll(&mut watched, PollTimeout::NONE) == Err(nix::errno::Errno::EINTR) {}
        let _ = sender.send(Message::Gone);
    })
}

/// The loop and all that it has at hand.
struct Loop<'a> {
    app: &'a mut App,
    receiver: Receiver<Message>,
    jobs: Jobs,
    shared: &'a Shared,
    screen: Screen,
    mouse: bool,
    newest: &'a Newest,
    begun: Instant,
}

/// What a message asks of the loop.
#[derive(PartialEq, Eq)]
enum Then {
    /// Nothing to be drawn.
    Calm,
    /// Draw soon.
    Soon,
    /// Draw now: somebody waits.
    Now,
    End,
}

impl Loop<'_> {
    fn run(&mut self) -> io::Result<()> {
        self.resize()?;
        let mut drawn = Instant::now();
        self.draw()?;
        let mut news = false;
        // Whether something changed that nobody waits for.
        let mut calm = false;
        loop {
            let (due, end) = self.hear(drawn, &mut news, &mut calm)?;
            if end {
                return Ok(());
            }
            if news && !self.app.paused {
                let (summaries, progress, more) = self.shared.take();
                self.app.news(summaries, progress);
                (news, calm) = (more, true);
            }
            calm |= self.app.list.is_judging();
            self.app.list.work();
            calm |=
                self.app.live && !self.app.paused && self.app.list.pulse.tick(self.begun.elapsed().as_secs());
            self.app.open_first();
            self.app.tick(Instant::now());
            if self.effects()? {
                return Ok(());
            }
            calm |= self.app.is_replaying() && drawn.elapsed() >= CLOCK;
            if due || calm && drawn.elapsed() >= PACE {
                (drawn, calm) = (Instant::now(), false);
                self.draw()?;
            }
        }
    }

    /// Waits for messages and takes those that are there: whether to draw now, whether to end.
    fn hear(&mut self, drawn: Instant, news: &mut bool, calm: &mut bool) -> io::Result<(bool, bool)> {
        let mut due = false;
        let mut first = match self.wait(drawn, *news, *calm) {
            Some(wait) => match self.receiver.recv_timeout(wait) {
                Ok(message) => Some(message),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return Ok((false, true)),
            },
            None => match self.receiver.recv() {
                Ok(message) => Some(message),
                Err(_) => return Ok((false, true)),
            },
        };
        let began = Instant::now();
        while let Some(message) = first.take() {
            match self.take(message, news)? {
                Then::End => return Ok((due, true)),
                Then::Now => due = true,
                Then::Soon => *calm = true,
                Then::Calm => {}
            }
            if began.elapsed() > Duration::from_millis(20) {
                break;
            }
            first = self.receiver.try_recv().ok();
        }
        Ok((due, false))
    }

    /// How long to wait for a message; `None` for as long as it takes.
    fn wait(&self, drawn: Instant, news: bool, calm: bool) -> Option<Duration> {
        if self.app.list.is_judging() || news && !self.app.paused {
            return Some(Duration::ZERO);
        }
        let pace = calm.then(|| PACE.saturating_sub(drawn.elapsed()));
        let due = self.app.due().map(|at| at.saturating_duration_since(Instant::now()));
        // What was active fades at the turn of the second.
        let second = Duration::from_nanos(1_000_000_000 - u64::from(self.begun.elapsed().subsec_nanos()));
        let fade = (self.app.list.pulse.is_beating() && !self.app.paused).then_some(second);
        let replay = self.app.is_replaying().then(|| CLOCK.saturating_sub(drawn.elapsed()));
        pace.into_iter().chain(due).chain(fade).chain(replay).min()
    }

    fn take(&mut self, message: Message, news: &mut bool) -> io::Result<Then> {
        match message {
            Message::Event(Event::Key(key)) if key.kind != KeyEventKind::Release => {
                self.app.key(Chord::of(&key));
                if self.effects()? {
                    return Ok(Then::End);
                }
                self.app.settle();
            }
            Message::Event(Event::Mouse(mouse)) => {
                if matches!(mouse.kind, event::MouseEventKind::Moved) {
                    return Ok(Then::Calm);
                }
                self.app.mouse(mouse);
            }
            Message::Event(Event::Paste(text)) => self.app.paste(&text),
            Message::Event(Event::Resize(..)) | Message::Resized => self.resize()?,
            Message::Event(_) => return Ok(Then::Calm),
            Message::News | Message::Over => {
                *news = true;
                return Ok(Then::Calm);
            }
            Message::Answer(answer) => {
                let awaited = !matches!(*answer, Answer::Looked { .. } | Answer::Opened { .. });
                self.app.answer(*answer);
                return Ok(if awaited { Then::Now } else { Then::Soon });
            }
            Message::Signal(SIGTSTP) => self.suspend()?,
            Message::Signal(SIGCONT) => {
                enter(self.mouse)?;
                self.screen.forget()?;
                self.resize()?;
            }
            Message::Signal(_) | Message::Gone => return Ok(Then::End),
        }
        Ok(Then::Now)
    }

    /// Does what the state asks for; whether to end.
    fn effects(&mut self) -> io::Result<bool> {
        for effect in std::mem::take(&mut self.app.effects) {
            match effect {
                Effect::Job(job) => {
                    self.tell_newest();
                    if self.jobs[job.lane() as usize].send(job).is_err() {
                        return Ok(true);
                    }
                }
                Effect::Copy(text) => copy(&text)?,
                Effect::Suspend => self.suspend()?,
                Effect::Clear => self.screen.forget()?,
                Effect::Quit => return Ok(true),
            }
        }
        self.tell_newest();
        Ok(false)
    }

    fn tell_newest(&self) {
        self.newest.opening.store(self.app.beside.opening, Ordering::Relaxed);
        self.newest.layout.store(self.app.beside.layout, Ordering::Relaxed);
    }

    fn resize(&mut self) -> io::Result<()> {
        self.screen.terminal.autoresize()?;
        let size = self.screen.terminal.size()?;
        self.app.size = (size.width, size.height);
        Ok(())
    }

    fn draw(&mut self) -> io::Result<()> {
        self.resize()?;
        self.app.settle();
        let app = &*self.app;
        queue!(io::stdout(), terminal::BeginSynchronizedUpdate)?;
        self.screen.terminal.draw(|frame| panes::draw(frame.buffer_mut(), app))?;
        execute!(io::stdout(), terminal::EndSynchronizedUpdate)
    }

    /// To the shell, and back when it says so.
    fn suspend(&mut self) -> io::Result<()> {
        leave();
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        enter(self.mouse)?;
        self.screen.forget()?;
        self.resize()
    }
}

/// Puts text into the terminal's clipboard (OSC 52).
fn copy(text: &str) -> io::Result<()> {
    let end = (0..=text.len().min(CLIPBOARD)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let coded = base64::engine::general_purpose::STANDARD.encode(&text[..end]);
    let mut out = io::stdout();
    write!(out, "\x1b]52;c;{coded}\x07")?;
    out.flush()
}
