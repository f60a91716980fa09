// Closures, iterators, traits, matches, generic functions, early returns by `?`.
use std::hint::black_box;

trait Shape {
    fn area(&self) -> u64;
}

struct Square(u64);
struct Strip(u64, u64);

impl Shape for Square {
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}

impl Shape for Strip {
    fn area(&self) -> u64 {
        self.0 * self.1
    }
}

#[inline(never)]
fn largest<T: PartialOrd + Copy>(a: T, b: T) -> T {
    if a < b {
        return b;
    }
    a
}

#[inline(never)]
fn half(n: u64) -> Option<u64> {
    if n % 2 == 0 {
        Some(n / 2)
    } else {
        None
    }
}

#[inline(never)]
fn quarter(n: u64) -> Option<u64> {
    let once = half(n)?;
    let twice = half(once)?;
    Some(twice)
}

#[inline(never)]
fn name(n: u64) -> &'static str {
    match n {
        0 => "none",
        1 | 2 => "few",
        3..=9 => "some",
        _ => "many",
    }
}

fn main() {
    black_box(largest(1, 2));
    black_box(largest(2.5, 1.5));
    let shapes: [&dyn Shape; 2] = [&Square(3), &Strip(2, 5)];
    let mut sum = 0;
    for shape in black_box(&shapes) {
        sum += shape.area();
    }
    let add = |n: u64| n + sum;
    black_box(add(1));
    black_box(quarter(8));
    black_box(quarter(6));
    for n in [0u64, 2, 5, 20] {
        black_box(name(n));
    }
    let even: u64 = (0..6u64).filter(|n| n % 2 == 0).sum();
    black_box(even);
}
