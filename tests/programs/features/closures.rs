// Closures: that borrow, change, own, capture nothing; through generics, boxes and function pointers.
use std::hint::black_box;

#[inline(never)]
fn apply<F: Fn(i32) -> i32>(function: F, n: i32) -> i32 {
    let outcome = function(n);
    black_box(&outcome);
    outcome // @mark apply: n; outcome
}

#[inline(never)]
fn apply_mut(function: &mut dyn FnMut(i32), n: i32) {
    function(n);
    black_box(n); // @mark apply_mut: n
}

#[inline(never)]
fn plain(n: i32) -> i32 {
    n + 1
}

fn main() {
    let base = 10;
    let text = String::from("text");
    let mut count = 0u64;
    let mut list = [1, 2, 3];
    let sum = {
        let borrowed = |n: i32| {
            let local = n + base;
            black_box(&local);
            local + text.len() as i32 // @mark borrowed: n; local; base; text.vec.len
        };
        apply(&borrowed, 1) + apply(borrowed, 2)
    };
    {
        let mut counting = |n: i32| {
            count += n as u64;
            list[0] = n;
            black_box((&count, &list)); // @mark counting: n; count; list
        };
        apply_mut(&mut counting, 5);
        counting(6);
    }
    let pair = (7, "seven");
    let owning = move |n: i32| {
        black_box(&pair);
        pair.0 + n // @mark owning: n; pair; pair.0
    };
    let nothing = |n: i32| n * 2;
    let pointer: fn(i32) -> i32 = plain;
    let boxed: Box<dyn Fn(i32) -> i32> = Box::new(move |n| n + base);
    let nested = move |n: i32| {
        let inner = |m: i32| m + n + base;
        black_box(inner(1)) // @mark nested: n; base
    };
    let total = sum + apply(owning, 3) + apply(nothing, 4) + apply(pointer, 5) + apply(&*boxed, 6) + apply(nested, 7);
    black_box((&count, &list, &owning, &nothing, &pointer, &total));
    black_box(total); // @mark main: base; count; list; pair; total; pointer; owning; sum
}
