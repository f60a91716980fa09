// Slices, strings, arrays: of several elements, mutable, empty, of slices, of references; bytes and characters.
use std::hint::black_box;

#[derive(Clone, Copy)]
struct Pair {
    left: u8,
    right: i32,
}

#[inline(never)]
fn taken(numbers: &[i32], text: &str, pairs: &mut [Pair], bytes: &[u8], array: [u16; 3]) -> i64 {
    let mut sum = 0i64;
    for number in numbers {
        sum += *number as i64;
        black_box(&sum); // @mark looped: sum; number; *number
    }
    pairs[0].right += 1;
    let (head, tail) = numbers.split_at(1);
    let piece = &text[1..3];
    black_box((head, tail, piece, bytes));
    black_box(&array);
    sum + pairs[0].right as i64 // @mark taken: numbers; text; pairs; bytes; array; head; tail; piece; numbers[1]; array[2]; sum; pairs[0].left
}

fn main() {
    let array = [1i32, -2, 3, -4];
    let slice = &array[1..3];
    let empty: &[u64] = &[];
    let text = "text with \"quotes\" and \n and é";
    let bytes = b"bytes\0\xff";
    let character = 'é';
    let ascii = b'a';
    let floats = [0.5f32, f32::MAX];
    let nested = [[1u8, 2], [3, 4], [5, 6]];
    let of_slices: &[&[i32]] = &[&array[..1], &array[2..]];
    let of_strings = ["one", "two", ""];
    let zeros = [0u8; 40];
    let mut pairs = [Pair { left: 1, right: 2 }, Pair { left: 3, right: 4 }];
    let tuple_array = [(1, 'a'), (2, 'b')];
    let bools = [true, false, true];
    let sum = taken(slice, text, &mut pairs, bytes, [7, 8, 9]);
    let pointer: *const i32 = &array[2];
    black_box((&array, slice, empty, text, bytes, &character, &ascii, &floats, &nested, of_slices));
    black_box((&of_strings, &zeros, &pairs, &tuple_array, &bools, &pointer, &sum));
    black_box(sum); // @mark main: array[1]; slice[0]; nested[1]; nested[2][1]; pairs[1].right; tuple_array[1].1; *pointer; floats[0]; &array[1..3]; bools[2]
}
