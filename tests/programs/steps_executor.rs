// Futures by hand, and an executor that polls them.
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Waker};
struct Later { polls: u32 }
impl Future for Later {
    type Output = u32;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        self.polls += 1;
        if self.polls < 2 {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(self.polls)
    }
}
async fn inner(n: u32) -> u32 {
    let got = Later { polls: 0 }.await;
    got + n
}
async fn outer() -> u32 {
    let a = inner(1).await; // @mark leaves
    let b = inner(a).await;
    a * b
}
fn noop(_: *const ()) {}
fn clone(_: *const ()) -> RawWaker { RawWaker::new(std::ptr::null(), &TABLE) }
static TABLE: RawWakerVTable = RawWakerVTable::new(clone, noop, noop, noop);
fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = Box::pin(future);
    let waker = unsafe { Waker::from_raw(clone(std::ptr::null())) };
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => continue,
        }
    }
}
fn main() {
    let result = block_on(outer());
    std::hint::black_box(result);
}
