// Numbers of all widths, u128, floats, characters, units; constants, statics, thread-locals; casts and arithmetic.
use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicI16, AtomicU64, Ordering};

const LIMIT: u16 = 300;
static GREETING: &str = "hello";
static TABLE: [i32; 3] = [10, 20, 30];
static COUNTER: AtomicU64 = AtomicU64::new(5);
static mut CHANGED: i8 = -1;
thread_local! {
    static PER_THREAD: Cell<u32> = const { Cell::new(40) };
}

mod inner {
    pub static TABLE: u8 = 77;
    #[inline(never)]
    pub fn shown(n: u8) -> u8 {
        static CALLS: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(2);
        let sum = n + TABLE + CALLS.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        std::hint::black_box(&sum);
        sum // @mark shown: n; sum; TABLE; GREETING
    }
}

#[inline(never)]
fn widened(a: u8, b: i16, c: u32, d: i64, e: u128, f: f32, g: f64, h: bool, i: char, j: usize) -> i128 {
    let sum = a as i128 + b as i128 + c as i128 + d as i128 + e as i128 + f as i128 + g as i128;
    black_box((&sum, &h, &i, &j));
    sum // @mark widened: a; b; c; d; e; f; g; h; i; j; sum; a + 1; b as i32; -d; c / 2; i as u32
}

fn main() {
    let octet = 255u8;
    let signed = -128i8;
    let short = i16::MIN;
    let word = 4_000_000_000u32;
    let long = i64::MIN;
    let most = u64::MAX;
    let wide = u128::MAX / 3;
    let negative = -(1i128 << 100);
    let half = 0.5f32;
    let tenth = 0.1f64;
    let infinite = f64::INFINITY;
    let nan = f32::NAN;
    let letter = '\u{1F600}';
    let newline = '\n';
    let unit = ();
    let atomic = AtomicI16::new(-5);
    let size = usize::MAX;
    let sum = widened(octet, short, word, long, wide, half, tenth, true, letter, 12) + inner::shown(3) as i128;
    unsafe { CHANGED = -2 };
    COUNTER.fetch_add(LIMIT as u64, Ordering::Relaxed);
    PER_THREAD.with(|one| one.set(41));
    black_box((&octet, &signed, &short, &word, &long, &most, &wide, &negative, &half, &tenth, &infinite, &nan));
    black_box((&letter, &newline, &unit, &atomic, &size, &sum, &GREETING, &TABLE, &COUNTER));
    black_box(sum); // @mark main: GREETING; TABLE; TABLE[1]; CHANGED; numbers::inner::TABLE; octet as i8; word + 1; most; half * 2.0; signed as u8; size; octet == 255; !octet; short - 1
}
