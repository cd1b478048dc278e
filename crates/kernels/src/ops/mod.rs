//! A function for each operation, named as in Codewright's intermediate representation.
//!
//! Operands come first, by reference, then attributes. Axes count from the front. A result that depends on what the operands hold,
//! such as an index that may lie outside of an axis, is an [`Error`](crate::Error) and no panic.

mod activation;
mod constructor;
mod convolution;
mod deformable;
mod dropout;
mod fourier;
mod gather;
mod layout;
mod loss;
mod matmul;
mod normalization;
mod pooling;
mod recurrent;
mod reduction;
mod regions;
mod resampling;
mod sampling;
mod transposed;
mod unpooling;
mod vectorizer;

pub use constructor::arange;
pub use convolution::conv;
pub use deformable::deform_conv;
pub use dropout::dropout;
pub use fourier::{dft, mel_weight_matrix, stft};
pub use gather::take;
pub use layout::{broadcast_to, concat, full, permute, reshape, slice};
pub use loss::nll_loss_weighted;
pub use matmul::matmul;
pub use normalization::{batch_norm, layer_norm, layer_norm_plain, log_softmax, rms_norm, softmax};
pub use pooling::{average_pool, lp_pool, max_pool};
pub use recurrent::{gru, lstm, rnn};
pub use reduction::{max, mean, min, prod, sum};
pub use regions::{max_roi_pool, roi_align};
pub use resampling::resize;
pub use sampling::{affine_grid, grid_sample};
pub use transposed::conv_transpose;
pub use unpooling::{max_pool_with_indices, max_unpool};
pub use vectorizer::tf_idf_vectorizer;
