// Iterators and ranges, of the library and of our own; adapters with closures; collections that are looped over.
use std::hint::black_box;
use std::ops::{Range, RangeInclusive};

struct Fibonacci {
    current: u32,
    next: u32,
}
impl Iterator for Fibonacci {
    type Item = u32;
    #[inline(never)]
    fn next(&mut self) -> Option<u32> {
        let given = self.current;
        self.current = self.next;
        self.next += given;
        black_box(&given);
        Some(given) // @mark next: given; self.current; *self
    }
}

#[inline(never)]
fn summed(range: Range<i32>, inclusive: RangeInclusive<u8>, step: usize) -> i64 {
    let mut sum = 0;
    for i in range.clone() {
        sum += i as i64;
        black_box(&sum); // @mark ranged: i; sum; range
    }
    for i in inclusive.step_by(step) {
        sum += i as i64;
        black_box(&sum); // @mark stepped: i; sum
    }
    sum
}

#[inline(never)]
fn adapted(numbers: &[i32]) -> i64 {
    let doubled: Vec<i64> = numbers.iter().filter(|n| **n > 0).map(|n| *n as i64 * 2).collect();
    let mut total = 0;
    for (at, one) in doubled.iter().enumerate().skip(1) {
        total += *one * at as i64;
        black_box(&total); // @mark enumerated: at; *one; total
    }
    let folded = numbers.windows(2).fold(0, |sum, pair| {
        let product = pair[0] * pair[1];
        black_box(&product);
        sum + product as i64 // @mark folded: sum; pair; product
    });
    black_box(&folded);
    total + folded // @mark adapted: total; folded; doubled.len; numbers
}

fn main() {
    let fibonacci = Fibonacci { current: 0, next: 1 };
    let first: u32 = fibonacci.take(4).sum();
    let range = 3..7;
    let open = ..5;
    let from = 2u8..;
    let sum = summed(1..4, 1..=9, 4) + adapted(&[1, -2, 3, 4]) + first as i64;
    let mapped = [1u8, 2].into_iter().map(u16::from);
    let mut letters = "abc".chars().rev();
    let last = letters.next();
    black_box((&range, &open, &from, &first, &last, &sum, &letters, &mapped));
    black_box(sum); // @mark main: range; range.start; open; from; first; last; sum
}
