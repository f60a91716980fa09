// Async functions, polled by hand.
use std::future::Future;
use std::hint::black_box;
use std::pin::{pin, Pin};
use std::task::{Context, Poll, Waker};

struct Later(bool);

impl Future for Later {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        if self.0 {
            return Poll::Ready(7);
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

async fn inner(n: u32) -> u32 {
    let got = Later(false).await; // @mark leaves: not ready yet
    black_box(got + n)
} // @mark leaves_inner: the caller waits for another future

async fn outer() -> u32 { // @mark leaves_piece
    let one = inner(1).await; // @mark leaves_outer
    let two = inner(2).await; // @mark leaves_second
    one + two
}

fn main() {
    let mut context = Context::from_waker(Waker::noop());
    let mut future = pin!(outer());
    let mut polls = 0;
    loop {
        polls += 1;
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            black_box(value);
            break;
        }
    }
    black_box(polls);
}
