//! A function for each operation, named as in Codewright's intermediate representation.
//!
//! Operands come first, by reference, then attributes. Axes count from the front. A result that depends on what the operands hold,
//! such as an index that may lie outside of an axis, is an [`Error`] and no panic.

mod activation;
mod attention;
mod axes;
mod cells;
mod computed;
mod constructor;
mod convolution;
mod deformable;
mod dropout;
mod einsum;
mod flow;
mod fourier;
mod gather;
mod layout;
mod loss;
mod matmul;
mod normalization;
mod padding;
mod pooling;
mod position;
mod recurrent;
mod reduction;
mod regions;
mod resampling;
mod sampling;
mod scan;
mod scatter;
mod selection;
mod transposed;
mod unpooling;
mod vectorizer;
mod vision;

pub use attention::{Mask, attention, attention_causal, attention_masked};
pub use axes::{dim, expand_dims, flip, numel, ravel, squeeze, stack, tile, tril, triu};
pub use computed::{
    expand_dims_at, expand_to, fill, logsumexp_over, max_over, mean_over, min_over, part, prod_over, reshape_rest, reshape_to, slice_by,
    squeeze_at, sum_over, tile_by,
};
pub use constructor::arange;
pub use convolution::conv;
pub(crate) use convolution::{Window, windows};
pub use deformable::deform_conv;
pub use dropout::dropout;
pub use einsum::einsum;
pub use flow::{collect, require};
pub use fourier::{dft, mel_weight_matrix, stft};
pub use gather::{gather_nd, take, take_along_axis};
pub use layout::{append, broadcast_to, concat, full, permute, reshape, slice, slice_within};
pub use loss::nll_loss_weighted;
pub use matmul::matmul;
pub use normalization::{batch_norm, layer_norm, layer_norm_plain, log_softmax, rms_norm, softmax};
pub use padding::{center_crop_pad, pad, pad_by};
pub use pooling::{average_pool, lp_pool, max_pool};
pub use position::{argmax, argmin};
pub use recurrent::{gru, lstm, rnn};
pub use reduction::{logsumexp, max, mean, min, prod, sum};
pub use regions::{max_roi_pool, roi_align};
pub use resampling::resize;
pub use sampling::{affine_grid, grid_sample};
pub use scan::{cumprod, cumprod_along, cumsum, cumsum_along};
pub use scatter::{reverse_sequence, scatter, scatter_nd, scatter_nd_reduce, scatter_reduce, tensor_scatter};
pub use selection::{compress, nonzero, top_k, unique};
pub use transposed::conv_transpose;
pub use unpooling::{max_pool_with_indices, max_unpool};
pub use vectorizer::tf_idf_vectorizer;
pub use vision::{col2im, det, non_max_suppression};
pub(crate) use {
    cells::{Cells, GRU, LSTM},
    recurrent::{gru_of, lstm_of},
};

use crate::{Error, Result};

/// Checks that memory for a shape that was computed can be asked for.
fn reserved<T>(op: &'static str, shape: &[usize]) -> Result<()> {
    let bytes = shape.iter().try_fold(size_of::<T>(), |n, d| n.checked_mul(*d)).filter(|bytes| *bytes <= isize::MAX as usize);
    bytes.map(|_| ()).ok_or_else(|| Error::operand(op, format!("a shape of {shape:?} is too large")))
}
