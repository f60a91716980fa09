// A panic that is caught, with something to drop on its way.
use std::hint::black_box;
use std::panic;

struct Noisy(u32);

impl Drop for Noisy {
    fn drop(&mut self) {
        black_box(self.0);
    }
}

#[inline(never)]
fn boom(n: u32) -> u32 {
    let _noisy = Noisy(n);
    if n > 1 {
        panic!("boom {n}");
    }
    n
}

fn main() {
    panic::set_hook(Box::new(|_| {}));
    let first = panic::catch_unwind(|| boom(1)); // @mark first
    black_box(first.is_ok());
    let second = panic::catch_unwind(|| boom(2)); // @mark leaves_second
    black_box(second.is_err()); // @mark after
}
