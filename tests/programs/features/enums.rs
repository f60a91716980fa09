// Enums: without data, with data, niches of references, boxes, bools, chars and nested enums; Option and Result.
use std::hint::black_box;
use std::num::NonZeroU32;

#[derive(Clone, Copy, PartialEq)]
enum Plain {
    First,
    Second = 10,
    Third,
}

#[repr(u8)]
#[allow(dead_code)]
enum Sized {
    A(u32) = 3,
    B { x: i16, y: bool } = 7,
    C,
}

#[allow(dead_code)]
enum Message {
    Quit,
    Move { x: i32, y: i64 },
    Write(String),
    Color(u8, u16, u32),
    Nested(Option<Box<Message>>),
}

#[allow(dead_code)]
enum Single {
    Only(i32, char),
}

#[inline(never)]
fn matched(message: &Message, plain: Plain, maybe: Option<&i32>) -> i64 {
    let found = match message {
        Message::Quit => 0,
        Message::Move { x, y } => {
            let sum = *x as i64 + *y;
            black_box(&sum); // @mark moved: x; y; sum; *x; *y
            sum
        }
        Message::Write(text) => text.len() as i64,
        Message::Color(r, _, b) => *r as i64 + *b as i64,
        Message::Nested(inner) => inner.is_some() as i64,
    };
    black_box(&maybe);
    found + plain as i64 // @mark matched: found; plain; maybe; *message
}

fn main() {
    let first = Plain::First;
    let second = Plain::Second;
    let third = Plain::Third;
    let a = Sized::A(5);
    let b = Sized::B { x: -1, y: true };
    let c = Sized::C;
    let quit = Message::Quit;
    let moved = Message::Move { x: -3, y: 4 };
    let write = Message::Write(String::from("written"));
    let color = Message::Color(1, 2, 3);
    let nested = Message::Nested(Some(Box::new(Message::Move { x: 9, y: 8 })));
    let only = Single::Only(6, 'z');
    let number = 11;
    let some = Some(number);
    let none: Option<i32> = None;
    let some_reference = Some(&number);
    let no_reference: Option<&i32> = None;
    let some_boxed = Some(Box::new(7u8));
    let some_bool = Some(true);
    let no_bool: Option<bool> = None;
    let deep = Some(Some(false));
    let some_char = Some('x');
    let no_char: Option<char> = None;
    let nonzero = NonZeroU32::new(5);
    let no_nonzero = NonZeroU32::new(0);
    let ok: Result<i32, String> = Ok(1);
    let err: Result<i32, String> = Err(String::from("bad"));
    let unit: Result<(), u8> = Ok(());
    let ordering = 1.cmp(&2);
    let sum = matched(&moved, second, Some(&number)) + matched(&quit, third, None);
    black_box((&a, &b, &c, &write, &color, &nested, &only, &first, &some, &none));
    black_box((&some_reference, &no_reference, &some_boxed, &some_bool, &no_bool, &deep, &some_char));
    black_box((&no_char, &nonzero, &no_nonzero, &ok, &err, &unit, &ordering, &sum));
    black_box(sum); // @mark main: first; second as i32; sum + 1; &number; *some_reference.0
}
