//! A column of times that the operator vouches for: of any unit, with a zone or without, or of days.
//!
//! Each value is read as the latest moment that it may mean, since it is to prove that something existed by then.

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, TimeUnit};

use super::input::InputError;

/// Microseconds of an hour.
const HOUR_US: i64 = 3_600_000_000;
/// By how much a local time of an unknown zone may be later than the same time in UTC (RULES 22a).
const UNKNOWN_ZONE_US: i64 = 14 * HOUR_US;

/// A column of times.
pub(super) struct Times<'a>(&'a ArrayRef);

impl<'a> Times<'a> {
    pub(super) fn of(column: &'static str, array: &'a ArrayRef) -> Result<Self, InputError> {
        match array.data_type() {
            DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 | DataType::Null => {
                Ok(Self(array))
            }
            found => {
                let expected = "a timestamp or a date";
                Err(InputError::WrongType { column, expected, found: found.clone() })
            }
        }
    }

    /// The latest moment that a value may mean, Unix microseconds; `None` for null, and beyond 64 bits.
    pub(super) fn latest_unix_us(&self, row: usize) -> Option<i64> {
        let array = self.0;
        if *array.data_type() == DataType::Null || !array.is_valid(row) {
            return None;
        }
        let (value, zone_us) = match array.data_type() {
            DataType::Timestamp(unit, zone) => {
                (self.timestamp_us(row, *unit)?, if zone.is_some() { 0 } else { UNKNOWN_ZONE_US })
            }
            // Some time of that day, somewhere.
            DataType::Date32 => {
                let days = i64::from(array.as_primitive::<Date32Type>().value(row));
                (days.checked_mul(24 * HOUR_US)?, UNKNOWN_ZONE_US + 24 * HOUR_US)
            }
            _ => {
                let milliseconds = array.as_primitive::<Date64Type>().value(row);
                (milliseconds.checked_mul(1_000)?, UNKNOWN_ZONE_US + 24 * HOUR_US)
            }
        };
        value.checked_add(zone_us)
    }

    fn timestamp_us(&self, row: usize, unit: TimeUnit) -> Option<i64> {
        let array = self.0;
        match unit {
            TimeUnit::Second => {
                array.as_primitive::<TimestampSecondType>().value(row).checked_mul(1_000_000)
            }
            TimeUnit::Millisecond => {
                array.as_primitive::<TimestampMillisecondType>().value(row).checked_mul(1_000)
            }
            TimeUnit::Microsecond => {
                Some(array.as_primitive::<TimestampMicrosecondType>().value(row))
            }
            TimeUnit::Nanosecond => {
                let value = array.as_primitive::<TimestampNanosecondType>().value(row);
                Some(value.div_euclid(1_000) + i64::from(value.rem_euclid(1_000) > 0))
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{
        Date32Array, Date64Array, Int64Array, NullArray, TimestampMicrosecondArray,
        TimestampMillisecondArray, TimestampNanosecondArray, TimestampSecondArray,
    };

    use super::*;

    #[test]
    fn vouched_time_of_any_unit_is_the_latest_that_it_may_mean() {
        let zone_us = 14 * HOUR_US;
        let arrays: [(ArrayRef, Option<i64>); 8] = [
            (Arc::new(TimestampSecondArray::from(vec![1]).with_timezone("UTC")), Some(1_000_000)),
            (
                Arc::new(TimestampMillisecondArray::from(vec![1]).with_timezone("+02:00")),
                Some(1_000),
            ),
            (Arc::new(TimestampMicrosecondArray::from(vec![-1])), Some(zone_us - 1)),
            (Arc::new(TimestampNanosecondArray::from(vec![1]).with_timezone("UTC")), Some(1)),
            (Arc::new(Date32Array::from(vec![1])), Some(48 * HOUR_US + zone_us)),
            (Arc::new(Date64Array::from(vec![0])), Some(24 * HOUR_US + zone_us)),
            (Arc::new(TimestampSecondArray::from(vec![i64::MAX])), None),
            (Arc::new(NullArray::new(1)), None),
        ];
        for (array, expected) in &arrays {
            let times = Times::of("vouched_time", array).unwrap_or_else(|_| unreachable!());
            assert_eq!(times.latest_unix_us(0), *expected, "{}", array.data_type());
        }
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        assert!(Times::of("vouched_time", &numbers).is_err());
    }
}
