//! `linreg_angle(x, n)`: the angle of the least-squares line.

use super::kernel::{Sliding, Trend};
use super::operator::columns;
use super::{Function, Group, Parameter};

pub(super) static FUNCTION: Function = Function {
    name: "linreg_angle",
    group: Group::Statistics,
    summary: "Angle in degrees, -90 to 90, of the least-squares line through the last n \
              values, one unit of x being as long as one bar: the arc tangent of slope(x, \
              n). It depends on the unit of x.",
    parameters: &[Parameter::number("x"), Parameter::window("n", 2)],
    implicit: &[],
    outputs: &[],
    condition: false,
    first: |c| c[0] as usize - 1,
    build: |c| {
        let mut window = Sliding::<Trend>::new(c[0] as usize);
        columns(move |[x], out| {
            window.run(x, out, |window| libm::atan(window.slope()).to_degrees());
        })
    },
    fold: None,
    example: "linreg_angle(100 * log(close), 20) > 10",
};
