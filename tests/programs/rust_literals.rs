// Functions that are called with literals, slices and strings as a person writes them.
use std::hint::black_box;

#[inline(never)]
fn add(a: i32) -> i32 {
    a + 1
}
#[inline(never)]
fn octet(a: u8) -> u8 {
    a.wrapping_add(1)
}
#[inline(never)]
fn huge(a: u128) -> u128 {
    a + 1
}
#[inline(never)]
fn double(a: f64) -> f64 {
    a * 2.0
}
#[inline(never)]
fn single(a: f32) -> f32 {
    a * 2.0
}
#[inline(never)]
fn not(a: bool) -> bool {
    !a
}
#[inline(never)]
fn code(a: char) -> u32 {
    a as u32
}
#[inline(never)]
fn length(a: &str) -> usize {
    a.len()
}
#[inline(never)]
fn nth(a: &str, n: usize) -> u8 {
    a.as_bytes()[n]
}
#[inline(never)]
fn sum(a: &[u8]) -> usize {
    a.len() * 1000 + a.iter().map(|&one| one as usize).sum::<usize>()
}
#[inline(never)]
fn all(a: i32, s: &str, f: f64, c: char, b: bool) -> String {
    format!("{a} {s} {f} {c} {b}")
}
#[inline(never)]
fn text() -> &'static str {
    "static"
}

fn main() {
    let bytes = vec![1u8, 2, 3];
    let three = [4u8, 5, 6];
    let name = String::from("owned");
    let total = add(1) as usize + octet(2) as usize + huge(3) as usize + double(1.5) as usize;
    let total = total + single(1.5) as usize + not(true) as usize + code('c') as usize + length(&name);
    let total = total + nth("ab", 1) as usize + sum(&bytes) + sum(&three) + text().len();
    black_box(all(1, "s", 1.5, 'c', true));
    black_box(total); // @mark stop
    black_box((&bytes, &three, &name));
}
