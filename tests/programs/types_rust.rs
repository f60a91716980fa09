// Every kind of Rust type, one variable each, for the type reader and whoever prints values.
#![allow(dead_code, unused_variables)]
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt::Debug;
use std::rc::Rc;

mod shapes {
    #[derive(Clone, Debug)]
    pub struct Point {
        pub x: i32,
        pub y: i64,
        pub z: u8,
    }
    pub struct Pair(pub i32, pub &'static str);
    pub struct Unit;
    pub struct Generic<T> {
        pub value: T,
        pub count: usize,
    }
    impl<T: Copy> Generic<T> {
        pub fn get(&self) -> T {
            self.value // @mark method
        }
    }
    pub union Either {
        pub integer: i32,
        pub real: f32,
    }
    pub trait Area {
        fn area(&self) -> i64;
    }
    impl Area for Point {
        fn area(&self) -> i64 {
            self.x as i64 * self.y // @mark area
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Plain {
    First,
    Second = 5,
    Third,
}
#[repr(i8)]
#[derive(Clone, Copy)]
enum Signed {
    Below = -2,
    Above = 3,
}
enum Message {
    Quit,
    Move { x: i32, y: i32 },
    Write(String),
    Color(u8, u8, u8),
}
enum Single {
    Only(i32),
}
enum Niche {
    Some(&'static i32),
    Nothing,
}
enum Nested {
    Inner(Option<bool>),
    Other,
    Another,
}

static GLOBAL: i32 = 7;
static mut COUNTER: u64 = 0;
const LIMIT: usize = 9;
thread_local! { static PER_THREAD: Cell<i32> = Cell::new(3); }

fn generic<T: Debug>(value: T) -> usize {
    let text = format!("{:?}", value);
    text.len() // @mark generic
}

fn main() {
    let boolean = true;
    let character = 'ß';
    let byte: u8 = 200;
    let signed: i8 = -1;
    let integer: i32 = -3;
    let wide: i128 = -6;
    let unsigned_wide: u128 = 6;
    let size: usize = 4;
    let single: f32 = 1.5;
    let double: f64 = 2.5;
    let unit = ();
    let tuple = (1i32, 2.5f64, "three");
    let array = [1i16, 2, 3, 4];
    let matrix = [[1u8, 2], [3, 4], [5, 6]];
    let slice: &[i16] = &array[1..3];
    let text: &str = "text";
    let string = String::from("string");
    let vector = vec![1u32, 2, 3];
    let boxed = Box::new(5i32);
    let shared = Rc::new(RefCell::new(vec![1u8, 2]));
    let point = shapes::Point { x: 1, y: 2, z: 3 };
    let pair = shapes::Pair(4, "four");
    let unit_struct = shapes::Unit;
    let generic_value = shapes::Generic { value: 1.5f32, count: 2 };
    let either = shapes::Either { integer: 1 };
    let plain = Plain::Second;
    let negative = Signed::Below;
    let quit = Message::Quit;
    let moved = Message::Move { x: 1, y: -2 };
    let written = Message::Write(String::from("w"));
    let color = Message::Color(1, 2, 3);
    let only = Single::Only(6);
    let niche_some = Niche::Some(&GLOBAL);
    let niche_none = Niche::Nothing;
    let some: Option<i32> = Some(8);
    let none: Option<i32> = None;
    let optional_box: Option<Box<i32>> = None;
    let result: Result<u8, String> = Err(String::from("bad"));
    let nested = Nested::Inner(None);
    let other = Nested::Another;
    let ordering = 1.cmp(&2);
    let dynamic: Box<dyn shapes::Area> = Box::new(point.clone());
    let borrowed: &dyn shapes::Area = &point;
    let pointer: *const i32 = &integer;
    let mutable: *mut i32 = std::ptr::null_mut();
    let function: fn(i32) -> usize = generic::<i32>;
    let captured = 9;
    let closure = |more: i32| more + captured;
    let map: HashMap<i32, i32> = HashMap::new();
    unsafe { COUNTER += 1 };
    let total = generic(integer) as i64
        + generic("s") as i64
        + dynamic.area()
        + borrowed.area()
        + closure(1) as i64
        + generic_value.get() as i64
        + PER_THREAD.with(|cell| cell.get()) as i64
        + function(1) as i64;
    println!("{} {}", total, LIMIT); // @mark main
}
