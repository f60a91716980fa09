// Bindings of patterns: in match, if let, while let, let else, for and arguments; guards, @, ref, slices, shadowing.
use std::hint::black_box;

struct Record {
    id: u32,
    label: &'static str,
    inner: (i16, Option<u8>),
}

#[inline(never)]
fn arguments(Record { id, label, .. }: Record, (a, b): (i32, &str), [x, y, _]: [u8; 3]) -> usize {
    let sum = id as usize + label.len() + a as usize + b.len() + x as usize + y as usize;
    black_box(&sum);
    sum // @mark arguments: id; label; a; b; x; y; sum
}

#[inline(never)]
fn matched(number: i32, list: &[i32]) -> i32 {
    let value = match number {
        n @ 1..=9 if n % 2 == 1 => {
            black_box(&n);
            n * 10 // @mark odd: n; number
        }
        0 | 2 => -1,
        other => {
            let other = other as i64 * 2;
            black_box(&other);
            other as i32 // @mark other: other; number
        }
    };
    match list {
        [] => value,
        [only] => *only,
        [first, .., last] => {
            let both = *first + *last;
            black_box((&both, &value));
            both // @mark ends: *first; *last; both; value; list
        }
    }
}

#[inline(never)]
fn conditional(record: &Record, maybe: Option<&str>) -> usize {
    if let (n, Some(small)) = &record.inner {
        black_box((n, small)); // @mark if_let: *n; *small; record.id
    }
    let Some(text) = maybe else {
        return record.id as usize; // @mark otherwise: record.label; *record
    };
    black_box(text);
    text.len() // @mark let_else: text; maybe
}

#[inline(never)]
fn shadowed(value: i32) -> usize {
    let value = value + 1;
    black_box(&value); // @mark once: value
    let value = value as f64 / 2.0;
    black_box(&value); // @mark twice: value
    {
        let value = "inner";
        black_box(value); // @mark inner: value
    }
    let value = [value; 2];
    black_box(&value);
    value.len() // @mark last: value; value[1]
}

fn main() {
    let record = Record { id: 7, label: "seven", inner: (-7, Some(70)) };
    let mut stack = vec![1, 2];
    let mut sum = arguments(Record { id: 1, label: "one", inner: (0, None) }, (2, "two"), [3, 4, 5]);
    while let Some(top) = stack.pop() {
        sum += top as usize;
        black_box(&sum); // @mark while_let: top; sum
    }
    for (position, &(letter, ref text)) in [('a', "x"), ('b', "yy")].iter().enumerate() {
        sum += position + text.len() + letter.len_utf8();
        black_box(&sum); // @mark for_loop: position; letter; *text; sum
    }
    sum += (matched(3, &[1, 2, 3]) + matched(20, &[5])) as usize;
    sum += conditional(&record, Some("given")) + conditional(&record, None) + shadowed(8);
    black_box((&record, &sum));
    black_box(sum); // @mark main: record; sum; record.inner.1; record.inner
}
