// Functions that give enums back in each of the ways that rustc has for them.
#[derive(Debug)]
#[allow(dead_code)]
enum Error {
    Bad(u8),
    Worse,
}
#[allow(dead_code)]
enum Shape {
    Point,
    Circle(f64),
    Named(f64),
}
#[allow(dead_code)]
enum Mixed {
    Number(u32),
    Ratio(f32),
}
#[allow(dead_code)]
enum Wide {
    None,
    Pair(u16, u16),
    One(u8),
}

#[derive(Clone, Copy)]
#[allow(dead_code)]
struct Holder {
    given: Option<u32>,
}
#[derive(Clone, Copy)]
#[allow(dead_code)]
struct Beside {
    tag: u8,
    given: Option<bool>,
}
#[derive(Clone, Copy)]
#[allow(dead_code)]
enum Single {
    Pair(u32, u32),
}

#[inline(never)]
fn held(_first: u64, given: Holder) -> u32 {
    given.given.unwrap_or(3)
}
#[inline(never)]
fn seen(given: Option<u32>) -> u32 {
    given.unwrap_or(1)
}
#[inline(never)]
fn told(given: Result<u8, Error>) -> u8 {
    given.unwrap_or(2)
}

macro_rules! functions {
    ($($name:ident: $type:ty = $none:expr, $some:expr;)*) => {
        $(#[inline(never)] fn $name(n: i64) -> $type { if n == 0 { $none } else { $some } })*
        fn main() {
            assert_eq!(held(0, Holder { given: None }), 3);
            assert_eq!(seen(None) + u32::from(told(Ok(3))), 4);
            for n in [0, 1] {
                $(let $name = $name(n);)*
                std::hint::black_box(($(&$name,)*)); // @mark stop
            }
        }
    };
}

functions! {
    small: Option<u8> = None, Some(7);
    number: Option<u32> = None, Some(70_000);
    large: Option<i64> = None, Some(-5);
    ratio: Option<f64> = None, Some(2.5);
    character: Option<char> = None, Some('x');
    truth: Option<bool> = None, Some(true);
    text: Option<&'static str> = None, Some("text");
    owned: Option<String> = None, Some("owned".to_string());
    boxed: Option<Box<i32>> = None, Some(Box::new(3));
    nested: Option<Option<u32>> = None, Some(Some(9));
    unit: Result<(), Error> = Ok(()), Err(Error::Bad(3));
    byte: Result<u8, Error> = Ok(4), Err(Error::Worse);
    same: Result<u32, u32> = Ok(1), Err(2);
    signs: Result<i32, u32> = Ok(-1), Err(2);
    kinds: Mixed = Mixed::Number(5), Mixed::Ratio(0.5);
    shape: Shape = Shape::Point, Shape::Circle(1.5);
    wide: Wide = Wide::Pair(1, 2), Wide::One(3);
    order: std::cmp::Ordering = std::cmp::Ordering::Less, std::cmp::Ordering::Greater;
    maybe: Option<std::cmp::Ordering> = None, Some(std::cmp::Ordering::Equal);
    failed: Result<u64, std::num::ParseIntError> = Ok(8), "x".parse::<u64>();
    holder: Holder = Holder { given: None }, Holder { given: Some(5) };
    beside: Beside = Beside { tag: 7, given: None }, Beside { tag: 8, given: Some(true) };
    single: Single = Single::Pair(1, 2), Single::Pair(3, 4);
    mixed: (u32, Option<std::cmp::Ordering>) = (4, None), (5, Some(std::cmp::Ordering::Less));
    nothing: Option<()> = None, Some(());
    tuple: Option<(u8, u8)> = None, Some((1, 2));
}
