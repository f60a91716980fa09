// `?`: results and options that end a function.
use std::fmt;
use std::num::ParseIntError;
#[derive(Debug)]
enum Failure { Number(ParseIntError), Negative(i64) }
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, "{:?}", self) }
}
impl From<ParseIntError> for Failure {
    fn from(error: ParseIntError) -> Self {
        Failure::Number(error)
    }
}
fn parse(text: &str) -> Result<i64, Failure> {
    let number: i64 = text.trim().parse()?;
    if number < 0 {
        return Err(Failure::Negative(number));
    }
    Ok(number)
}
fn sum(texts: &[&str]) -> Result<i64, Failure> {
    let mut total = 0;
    for text in texts {
        total += parse(text)?;
    }
    Ok(total)
}
fn first_char(text: &str) -> Option<u32> {
    let c = text.chars().next()?;
    Some(c as u32)
}
fn main() {
    let good = sum(&["1", " 2"]);
    let bad = sum(&["1", "x", "3"]);
    let worse = sum(&["1", "-3"]);
    let c = first_char("abc");
    let none = first_char("");
    std::hint::black_box((good.is_ok(), bad.is_err(), worse.is_err(), c, none));
}
