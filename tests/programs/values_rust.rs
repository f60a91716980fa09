// Values of every kind that Rust has, for their text and content.
#![allow(dead_code, unused_variables, unused_mut)]
use std::hint::black_box;

#[derive(Clone, Copy)]
struct Point {
    x: i32,
    y: i32,
}
struct Pair(u8, &'static str);
struct Unit;
struct Generic<T> {
    item: T,
    other: Option<T>,
}
enum Color {
    Red,
    Green = 5,
}
enum Shape {
    Circle(f64),
    Rectangle { width: i32, height: i32 },
    Nothing,
}
enum Single {
    Only(i32),
}
#[repr(u8)]
enum Small {
    A = 1,
    B = 200,
}
enum Nested {
    Inner(Option<Color>),
    Text(String),
    Pointer(Box<i32>),
}
union Mixed {
    i: i32,
    f: f32,
}
trait Area {
    fn area(&self) -> f64;
}
impl Area for Point {
    fn area(&self) -> f64 {
        (self.x * self.y) as f64
    }
}
impl Point {
    fn moved(&self, by: i32) -> Point {
        let result = Point { x: self.x + by, y: self.y };
        black_box(&result);
        result // @mark moved
    }
}
static GLOBAL: i32 = 42;

fn by_value(point: Point, pair: (i32, bool), text: &str, numbers: &[i32], maybe: Option<&Point>) -> usize {
    let total = text.len() + numbers.len();
    black_box(total) // @mark by_value
}

fn main() {
    let (i8_, i16_, i32_, i64_, i128_) = (-5i8, -300i16, -70000i32, -5_000_000_000i64, -(1i128 << 100));
    let (u8_, u16_, u32_, u64_, u128_) = (200u8, 60000u16, 4_000_000_000u32, u64::MAX, u128::MAX);
    let (size, isize_) = (7usize, -7isize);
    let (f32_, f64_) = (0.1f32, 0.1f64);
    let (yes, no) = (true, false);
    let (letter, accent, euro, newline) = ('a', 'é', '€', '\n');
    let unit = ();
    let text = "héllo";
    let empty_text = "";
    let string = String::from("owned");
    let mut boxed = Box::new(5);
    let boxed_point = Box::new(Point { x: 8, y: 9 });
    let tuple = (1, "two", 3.5, 'c');
    let single = (7,);
    let point = Point { x: 1, y: -2 };
    let pair = Pair(3, "pair");
    let unit_struct = Unit;
    let generic = Generic { item: 4i64, other: Some(5) };
    let array = [1, 2, 3];
    let zeros = [0u8; 20];
    let matrix = [[1, 2], [3, 4]];
    let points = [point, Point { x: 5, y: 6 }];
    let slice = &array[1..];
    let mut_array = &mut [4, 5];
    let byte_string = b"bytes";
    let byte_slice: &[u8] = b"slice";
    let strings = ["one", "two"];
    let color = Color::Green;
    let shapes = [Shape::Circle(1.5), Shape::Rectangle { width: 2, height: 3 }, Shape::Nothing];
    let only = Single::Only(9);
    let small = Small::B;
    let some: Option<i32> = Some(5);
    let none: Option<i32> = None;
    let some_reference: Option<&i32> = Some(&GLOBAL);
    let no_reference: Option<&i32> = None;
    let some_box: Option<Box<i32>> = Some(Box::new(6));
    let some_text: Option<&str> = Some("text");
    let some_string: Option<String> = Some(String::from("s"));
    let no_string: Option<String> = None;
    let ok: Result<i32, String> = Ok(1);
    let error: Result<i32, String> = Err(String::from("bad"));
    let some_some: Option<Option<bool>> = Some(None);
    let some_char: Option<char> = Some('x');
    let nested = [Nested::Inner(Some(Color::Red)), Nested::Text(String::from("t")), Nested::Pointer(Box::new(3))];
    let mixed = Mixed { i: 1 };
    let reference = &point;
    let reference_reference = &reference;
    let mut number = 11;
    let mutable = &mut number;
    let raw = &point as *const Point;
    let raw_mut = mutable as *mut i32;
    let function: fn(&Point, i32) -> Point = Point::moved;
    let object: &dyn Area = &point;
    let boxed_object: Box<dyn Area> = Box::new(point);
    let range = 1..5;
    let inclusive = 1..=5;
    let captured = 13;
    let closure = |n: i32| n + captured;
    let vector = vec![1, 2, 3];
    let ordering = 1.cmp(&2);
    let moved = point.moved(closure(1));
    let length = by_value(point, (3, true), text, slice, Some(&point));
    black_box((&string, &boxed, &boxed_point, &tuple, &generic, &zeros, &matrix, &points, &mut_array, &byte_string));
    black_box((&strings, &color, &shapes, &only, &small, &some, &none, &some_reference, &no_reference, &some_box));
    black_box((&some_text, &some_string, &no_string, &ok, &error, &some_some, &some_char, &nested, &function));
    black_box((&object, &boxed_object, &range, &inclusive, &vector, &ordering, &pair, &unit_struct, &single));
    black_box((&letter, &accent, &euro, &newline, &i128_, &u128_, &byte_slice, &moved, length, &reference_reference));
    black_box((raw, raw_mut, &mixed, size)); // @mark main
}
