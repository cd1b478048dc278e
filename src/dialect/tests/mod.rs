mod compiled;
mod fixture;
mod library;
mod python;
mod rows;
mod rust;
mod tables;
mod truth;
