// A Rust program: `counted::step` runs five times; the exit code is 5.
#[inline(never)]
#[no_mangle]
pub fn rust_step(n: i32) -> i32 {
    n + 1
}

fn main() {
    let mut n = 0;
    for _ in 0..5 {
        n = rust_step(n);
    }
    std::process::exit(n);
}
