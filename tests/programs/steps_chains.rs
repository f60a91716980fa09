// Chains of iterators.
#[inline(never)]
fn evens(v: &[i32]) -> i32 {
    v.iter()
        .filter(|n| *n % 2 == 0)
        .map(|n| n * n)
        .sum()
}
#[inline(never)]
fn words(text: &str) -> Vec<String> {
    text.split(' ')
        .map(|w| w.to_uppercase())
        .collect()
}
fn main() {
    let v: Vec<i32> = (1..7).collect();
    let sum = evens(&v);
    let mut total = 0;
    for (i, n) in v.iter().enumerate().skip(1).step_by(2) {
        total += i as i32 * n;
    }
    let w = words("a b c");
    let longest = w.iter().max_by_key(|w| w.len());
    std::hint::black_box((sum, total, &w, longest));
}
