// Async functions and blocks: their arguments and locals across await points; a small executor that drives them.
use std::future::Future;
use std::hint::black_box;
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};

struct Ready {
    left: u8,
}
impl Future for Ready {
    type Output = u8;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u8> {
        if self.left == 0 {
            return Poll::Ready(7);
        }
        self.left -= 1;
        context.waker().wake_by_ref();
        black_box(self.left); // @mark polled
        Poll::Pending
    }
}

async fn inner(n: i32, text: &str) -> i64 {
    let before = n as i64 * 2;
    black_box(&before); // @mark before: n; text; before
    let got = Ready { left: 1 }.await;
    let after = before + got as i64 + text.len() as i64;
    black_box(&after);
    after // @mark after: n; text; before; got; after
}

async fn outer(count: i32) -> i64 {
    let mut sum = 0;
    for i in 0..count {
        let label = if i == 0 { "zero" } else { "more" };
        sum += inner(i, label).await;
        black_box(&sum); // @mark looped: i; label; sum; count
    }
    let block = async {
        black_box(&sum);
        sum + 1
    };
    block.await + sum
}

fn main() {
    let mut future = pin!(outer(2));
    let mut context = Context::from_waker(Waker::noop());
    let mut polls = 0;
    let outcome = loop {
        polls += 1;
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut context) {
            break outcome;
        }
    };
    black_box((&polls, &outcome));
    black_box(outcome); // @mark main: polls; outcome
}
