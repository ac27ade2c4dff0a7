//! Days of the calendar, for when an entry holds and how old a verification is; no clock.

use std::fmt;
use std::str::FromStr;

/// A day of the calendar, as "2026-11-23".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: i64,
    month: i64,
    of_month: i64,
}

impl Day {
    /// `None` when there is no such day.
    #[must_use]
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 => 28 + i64::from(leap),
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        ((1..=9999).contains(&year) && (1..=last).contains(&day)).then_some(Self {
            year,
            month,
            of_month: day,
        })
    }

    /// Days since 1970-01-01. Source: Howard Hinnant, "chrono-Compatible Low-Level Date
    /// Algorithms", `days_from_civil`.
    #[must_use]
    pub fn number(self) -> i64 {
        let year = if self.month <= 2 {
            self.year - 1
        } else {
            self.year
        };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.of_month - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }
}

impl Day {
    /// The day so many days after 1970-01-01, or before it. Source: the same,
    /// `civil_from_days`.
    ///
    /// ```
    /// use askwell::day::Day;
    /// assert_eq!(Day::from_number(20_780).unwrap().to_string(), "2026-11-23");
    /// ```
    #[must_use]
    pub fn from_number(number: i64) -> Option<Self> {
        let number = number.checked_add(719_468)?;
        let (era, of_era) = (number.div_euclid(146_097), number.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let of_month = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        Self::new(year + era * 400 + i64::from(month <= 2), month, of_month)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

/// The text is not a day as "2026-11-23".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a day as \"2026-11-23\"")]
pub struct NotADay;

impl FromStr for Day {
    type Err = NotADay;

    fn from_str(text: &str) -> Result<Self, NotADay> {
        let mut parts = text
            .split('-')
            .map(|it| it.parse::<i64>().map_err(|_| NotADay));
        let mut next = || parts.next().unwrap_or(Err(NotADay));
        let day = Self::new(next()?, next()?, next()?).ok_or(NotADay)?;
        if parts.next().is_none() {
            Ok(day)
        } else {
            Err(NotADay)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted_over_leap_years() {
        let number = |text: &str| text.parse::<Day>().unwrap().number();
        assert_eq!(number("1970-01-01"), 0);
        assert_eq!(number("2024-03-01") - number("2024-02-28"), 2);
        assert_eq!(number("2026-11-23") - number("2025-11-23"), 365);
        assert!("2026-02-29".parse::<Day>().is_err());
        assert!("2026-11-23-1".parse::<Day>().is_err());
    }
}
