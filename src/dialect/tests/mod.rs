mod compiled;
mod fixture;
mod python;
mod rows;
mod rust;
mod tables;
mod truth;
