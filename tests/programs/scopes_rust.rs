// Functions and variables of Rust in modules, impls, traits and closures, for names and scopes.
#![allow(dead_code)]
mod outer {
    pub mod inner {
        pub static COUNT: i32 = 1;
        pub fn free(value: i32) -> i32 {
            let doubled = value * 2;
            doubled + COUNT // @mark free
        }
    }
    pub struct Thing {
        pub value: i32,
    }
    impl Thing {
        pub fn new(value: i32) -> Thing {
            Thing { value }
        }
        pub fn method(&self, more: i32) -> i32 {
            let value = self.value; // shadowed by the next
            let value = value + more;
            value // @mark method
        }
    }
    pub trait Named {
        fn size(&self) -> usize;
    }
    impl Named for Thing {
        fn size(&self) -> usize {
            4 // @mark trait_method
        }
    }
    pub fn generic<T: Copy>(value: T, count: usize) -> [T; 2] {
        let pair = [value, value];
        let _ = count;
        pair // @mark generic
    }
}
use outer::Named;

static mut TOTAL: i32 = 0;

fn main() {
    let thing = outer::Thing::new(3);
    let offset = 10;
    let closure = |more: i32| {
        let sum = more + offset;
        sum // @mark closure
    };
    let numbers = outer::generic(1u8, 2);
    let words = outer::generic("a", 2);
    let mut total = outer::inner::free(1) + thing.method(2) + closure(3) + thing.size() as i32;
    {
        let total = numbers[0] as i32 + words.len() as i32;
        unsafe { TOTAL += total }; // @mark block
    }
    total += 1;
    println!("{}", total); // @mark main
}
