// Functions that take and give what Rust passes in its own way.
#![allow(dead_code)]
use std::hint::black_box;

#[derive(Clone, Copy)]
struct Pair {
    x: i32,
    y: i32,
}
#[derive(Clone, Copy)]
struct Mixed {
    count: u8,
    ratio: f64,
}
#[derive(Clone, Copy)]
struct Three {
    a: u8,
    b: u8,
    c: u16,
}
#[derive(Clone, Copy)]
struct Large {
    words: [u64; 4],
}
#[derive(Clone, Copy)]
struct Wrapped(i64);

impl Pair {
    #[inline(never)]
    fn new(x: i32, y: i32) -> Pair {
        Pair { x, y }
    }
    #[inline(never)]
    fn sum(&self) -> i32 {
        self.x + self.y
    }
    #[inline(never)]
    fn plus(self, other: Pair) -> Pair {
        Pair { x: self.x + other.x, y: self.y + other.y }
    }
}

#[inline(never)]
fn scaled(mixed: Mixed, by: f64) -> Mixed {
    Mixed { count: mixed.count + 1, ratio: mixed.ratio * by }
}
#[inline(never)]
fn turned(three: Three) -> Three {
    Three { a: three.b, b: three.a, c: three.c + 1 }
}
#[inline(never)]
fn grown(large: Large, by: u64) -> Large {
    Large { words: [large.words[0] + by, large.words[1], large.words[2], large.words[3] * 2] }
}
#[inline(never)]
fn unwrapped(wrapped: Wrapped) -> i64 {
    wrapped.0
}
#[inline(never)]
fn strlen(text: &str) -> usize {
    text.len() * 10
}
#[inline(never)]
fn last(numbers: &[i32]) -> i32 {
    numbers[numbers.len() - 1]
}

fn main() {
    let pair = Pair::new(1, 2);
    let mixed = scaled(Mixed { count: 3, ratio: 1.5 }, 2.0);
    let three = turned(Three { a: 1, b: 2, c: 3 });
    let large = grown(Large { words: [1, 2, 3, 4] }, 5);
    let wrapped = Wrapped(7);
    let text = "abc";
    let numbers = vec![4, 5, 6];
    let slice = &numbers[..2];
    let names = std::collections::HashMap::from([("one".to_string(), 1)]);
    let other = pair.plus(pair);
    black_box((&pair, &mixed, &three, &large, &wrapped, &text, &numbers, &slice, &names, &other));
    black_box((unwrapped(wrapped), strlen(text), last(slice), pair.sum())); // @mark main
}
