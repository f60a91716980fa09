// Two tasks that an executor polls in turn, on threads of its own with an argument; one that is dropped
// before it is ready.
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

struct Later(u32);

impl Future for Later {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        if self.0 == 0 {
            return Poll::Ready(7);
        }
        self.0 -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn read(n: u32) -> u32 {
    let first = Later(n).await; // @mark read
    let second = Later(n + 1).await; // @mark read_second
    first + second // @mark read_sum
}

async fn text(n: u32) -> String {
    let got = read(n).await; // @mark text
    format!("text {got}") // @mark text_made
}

async fn task(id: u32, log: Arc<Mutex<Vec<String>>>) {
    let one = text(id).await; // @mark first
    log.lock().unwrap().push(one); // @mark logged
    let two = text(id + 10).await; // @mark second
    log.lock().unwrap().push(two); // @mark logged_second
}

async fn lost() {
    Later(1).await; // @mark lost
    std::process::exit(3);
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

fn poll(mut task: Task) -> Option<Task> {
    let mut context = Context::from_waker(Waker::noop());
    if task.as_mut().poll(&mut context).is_pending() {
        return Some(task);
    }
    None
}

fn main() {
    let on_threads = std::env::args().count() > 1;
    let mut dropped: Task = Box::pin(lost());
    let _ = dropped.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    drop(dropped); // @mark dropped
    let log = Arc::new(Mutex::new(Vec::new())); // @mark after_drop
    let mut queue: VecDeque<Task> = VecDeque::new();
    queue.push_back(Box::pin(task(1, log.clone())));
    queue.push_back(Box::pin(task(2, log.clone())));
    while let Some(task) = queue.pop_front() {
        let left = if on_threads { std::thread::spawn(|| poll(task)).join().unwrap() } else { poll(task) };
        queue.extend(left);
    }
    assert_eq!(log.lock().unwrap().len(), 4);
}
