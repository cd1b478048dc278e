//! What is known of library functions by their path: data, and lookups in it.
//!
//! A function that is not listed may do anything. Random functions are not listed: they change the generator's state.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use Effect::{Context, Fresh, Number, Text, Ufunc, Unsure, View, Writes};

/// What a call of a library function does and returns. None but `Writes` changes its arguments, unless by an output argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// A NumPy-style ufunc of so many operands; the next positional argument is an output.
    Ufunc(usize),
    /// A new array; the number of the positional argument, if there is one, that asks for an output in place.
    Fresh(Option<usize>),
    /// May share memory with its arguments.
    View,
    /// Changes its first argument.
    Writes,
    /// Returns a Python number.
    Number,
    /// Returns a value that holds no array: a string, a type, a range.
    Text,
    /// Changes nothing; returns an argument, a container of them, or whatever their methods return.
    Unsure,
    /// A context manager that changes no value.
    Context,
}

/// The effect of a function; `None` if it is not known.
pub fn effect(path: &str) -> Option<Effect> {
    static TABLE: LazyLock<FxHashMap<String, Effect>> = LazyLock::new(|| {
        let row = |&(effect, module, names): &(Effect, &'static str, &'static str)| {
            names.split_whitespace().map(move |name| (format!("{module}.{name}"), effect))
        };
        FUNCTIONS.iter().flat_map(row).collect()
    });
    if let Some(effect) = TABLE.get(path) {
        return Some(*effect);
    }
    let (ufunc, method) = path.rsplit_once('.')?;
    match (TABLE.get(ufunc)?, method) {
        (Ufunc(_), "at") => Some(Writes),
        (Ufunc(_), "reduce" | "accumulate") => Some(Fresh(Some(3))),
        (Ufunc(_), "outer") => Some(Fresh(None)),
        _ => None,
    }
}

/// What a method of an array or tensor does to its receiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MethodEffect {
    /// Nothing; the result is new.
    Fresh,
    /// Nothing; the result may share its memory.
    View,
    /// Changes it.
    Writes,
}

/// The effect of a method; `None` if it is not known.
pub fn method(name: &str) -> Option<MethodEffect> {
    static TABLE: LazyLock<FxHashMap<&str, MethodEffect>> = LazyLock::new(|| {
        let rows = [(FRESH_METHODS, MethodEffect::Fresh), (VIEW_METHODS, MethodEffect::View), (WRITING_METHODS, MethodEffect::Writes)];
        rows.into_iter().flat_map(|(names, effect)| names.split_whitespace().map(move |name| (name, effect))).collect()
    });
    if is_in_place_name(name) {
        return Some(MethodEffect::Writes);
    }
    TABLE.get(name).copied()
}

/// PyTorch's way to name what works in place: `add_`, but neither `__add__` nor `_private`.
pub fn is_in_place_name(name: &str) -> bool {
    name.ends_with('_') && !name.ends_with("__") && name.len() > 1
}

/// After this method the receiver may have another shape or dtype.
pub fn changes_type(method: &str) -> bool {
    matches!(
        method,
        "resize"
            | "resize_"
            | "squeeze_"
            | "unsqueeze_"
            | "t_"
            | "transpose_"
            | "swapaxes_"
            | "swapdims_"
            | "set_"
            | "resize_as_"
            | "as_strided_"
    )
}

/// An attribute of an array that is an array of the same memory.
pub fn is_view_attribute(name: &str) -> bool {
    VIEW_ATTRIBUTES.split(' ').any(|attribute| attribute == name)
}

/// An attribute of an array that shares nothing with it.
pub fn is_plain_attribute(name: &str) -> bool {
    matches!(
        name,
        "shape"
            | "ndim"
            | "size"
            | "dtype"
            | "device"
            | "itemsize"
            | "nbytes"
            | "strides"
            | "is_cuda"
            | "requires_grad"
            | "layout"
            | "flags"
    )
}

/// A name of Python's builtins.
pub fn is_builtin(name: &str) -> bool {
    static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| BUILTINS.split_whitespace().collect());
    NAMES.contains(name)
}

/// A module of Python's own library.
pub fn is_standard(module: &str) -> bool {
    static NAMES: LazyLock<FxHashSet<&str>> = LazyLock::new(|| STANDARD.split_whitespace().collect());
    NAMES.contains(module)
}

/// `from module import *` binds no name by which libraries are customarily imported.
pub fn binds_no_alias(module: &str) -> bool {
    let root = module.split('.').next().unwrap_or(module);
    matches!(
        root,
        "numpy"
            | "torch"
            | "math"
            | "typing"
            | "scipy"
            | "os"
            | "sys"
            | "collections"
            | "itertools"
            | "functools"
            | "dataclasses"
            | "enum"
            | "abc"
    )
}

const BUILTINS: &str = "ArithmeticError AssertionError AttributeError BaseException Exception FileNotFoundError FloatingPointError \
    ImportError IndexError KeyError NameError NotImplemented NotImplementedError OSError OverflowError RuntimeError StopIteration \
    TypeError ValueError Warning ZeroDivisionError abs all any ascii bin bool bytearray bytes callable chr classmethod compile complex \
    delattr dict dir divmod enumerate eval exec filter float format frozenset getattr globals hasattr hash hex id input int isinstance \
    issubclass iter len list locals map max memoryview min next object oct open ord pow print property range repr reversed round set \
    setattr slice sorted staticmethod str sum super tuple type vars zip";

const STANDARD: &str = "abc aifc antigravity argparse array ast asynchat asyncio asyncore atexit audioop base64 bdb binascii bisect builtins bz2 \
    cProfile calendar cgi cgitb chunk cmath cmd code codecs codeop collections colorsys compileall concurrent configparser \
    contextlib contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis distutils doctest \
    email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput fnmatch fractions ftplib functools gc genericpath \
    getopt getpass gettext glob graphlib grp gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io \
    ipaddress itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math mimetypes mmap \
    modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath nturl2path numbers opcode operator optparse os \
    ossaudiodev pathlib pdb pickle pickletools pipes pkgutil platform plistlib poplib posix posixpath pprint profile pstats pty \
    pwd py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource rlcompleter runpy sched \
    secrets select selectors shelve shlex shutil signal site smtpd smtplib sndhdr socket socketserver spwd sqlite3 sre_compile \
    sre_constants sre_parse ssl stat statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny \
    tarfile telnetlib tempfile termios textwrap this threading time timeit tkinter token tokenize tomllib trace traceback \
    tracemalloc tty turtle turtledemo types typing unicodedata unittest urllib uu uuid venv warnings wave weakref webbrowser \
    winreg winsound wsgiref xdrlib xml xmlrpc zipapp zipfile zipimport zlib zoneinfo";

/// Functions by their effect, module and names.
const FUNCTIONS: &[(Effect, &str, &str)] = &[
    (
        Ufunc(1),
        "numpy",
        "abs absolute fabs negative positive sign sqrt square cbrt reciprocal exp exp2 expm1 log log2 log10 log1p sin cos tan \
        arcsin arccos arctan sinh cosh tanh arcsinh arccosh arctanh floor ceil trunc rint degrees radians deg2rad rad2deg isnan \
        isinf isfinite signbit logical_not invert bitwise_not bitwise_invert conj conjugate spacing acos asin atan acosh asinh \
        atanh fix isneginf isposinf",
    ),
    (
        Ufunc(2),
        "numpy",
        "add subtract multiply divide true_divide floor_divide power float_power mod remainder fmod maximum minimum fmax fmin \
        arctan2 hypot logaddexp logaddexp2 copysign nextafter ldexp heaviside bitwise_and bitwise_or bitwise_xor left_shift \
        right_shift greater greater_equal less less_equal equal not_equal logical_and logical_or logical_xor gcd lcm matmul \
        vecdot atan2 pow bitwise_left_shift bitwise_right_shift",
    ),
    (Fresh(Some(1)), "numpy", "nan_to_num"),
    (
        Fresh(Some(2)),
        "numpy",
        "dot outer max min amax amin all any argmax argmin round around median ptp nanmax nanmin nanargmax nanargmin nanmedian \
        concatenate concat stack",
    ),
    (
        Fresh(Some(3)),
        "numpy",
        "sum prod mean cumsum cumprod std var clip take compress nansum nanprod nanmean nanstd nanvar nancumsum nancumprod \
        percentile quantile nanpercentile nanquantile",
    ),
    (Fresh(Some(5)), "numpy", "trace"),
    (
        Fresh(None),
        "numpy",
        "array copy arange zeros ones empty full eye identity linspace logspace geomspace zeros_like ones_like empty_like \
        full_like tile repeat vstack hstack dstack column_stack row_stack block where nonzero argwhere flatnonzero argsort \
        argpartition partition sort lexsort searchsorted digitize histogram histogram2d bincount unique cross inner vdot \
        tensordot kron einsum tri tril triu diff ediff1d gradient interp convolve correlate cov corrcoef average isclose \
        allclose array_equal array_equiv pad roll delete insert append indices count_nonzero trapezoid trapz vander sinc i0 isin \
        in1d intersect1d union1d setdiff1d setxor1d packbits unpackbits unravel_index ravel_multi_index tril_indices \
        triu_indices diag_indices polyfit polyval roots poly polyder polyint isscalar ndim shape size result_type promote_types \
        can_cast finfo iinfo dtype issubdtype iscomplexobj isrealobj iscomplex isreal \
        angle unwrap take_along_axis select \
        extract cumulative_sum cumulative_prod bartlett blackman hamming hanning kaiser resize diagflat mask_indices \
        tril_indices_from triu_indices_from",
    ),
    (
        View,
        "numpy",
        "float16 float32 float64 double single half int8 int16 int32 \
        int64 uint8 uint16 uint32 uint64 bool_ intp complex64 complex128 asarray ascontiguousarray asanyarray asfortranarray asarray_chkfinite require reshape ravel transpose permute_dims \
        matrix_transpose squeeze expand_dims swapaxes moveaxis rollaxis atleast_1d atleast_2d atleast_3d broadcast_to \
        broadcast_arrays split array_split hsplit vsplit dsplit diagonal diag real imag flip fliplr flipud rot90 real_if_close \
        meshgrid unstack frombuffer lib.stride_tricks.as_strided lib.stride_tricks.sliding_window_view linalg.diagonal \
        linalg.matrix_transpose",
    ),
    (Writes, "numpy", "copyto put place putmask fill_diagonal put_along_axis"),
    (
        Fresh(None),
        "numpy.linalg",
        "inv pinv det slogdet solve lstsq norm cholesky qr svd svdvals eig eigh eigvals eigvalsh matrix_power matrix_rank cond \
        multi_dot tensorsolve tensorinv trace outer cross matmul tensordot vecdot vector_norm matrix_norm",
    ),
    (
        Fresh(None),
        "numpy.fft",
        "fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift",
    ),
    (
        Fresh(None),
        "scipy.linalg",
        "inv pinv pinvh det solve cholesky cho_factor cho_solve lu lu_factor lu_solve qr svd svdvals eig eigh eigvals eigvalsh \
        expm logm sqrtm solve_triangular norm lstsq block_diag toeplitz circulant hadamard null_space orth schur solve_toeplitz \
        solve_banded",
    ),
    (
        Ufunc(1),
        "scipy.special",
        "erf erfc erfcx erfinv erfcinv gamma gammaln loggamma digamma psi expit logit log_expit entr ndtr log_ndtr ndtri exp2 \
        exp10 expm1 log1p cbrt j0 j1 y0 y1 i0 i0e i1 i1e k0 k0e k1 k1e rgamma",
    ),
    (Ufunc(2), "scipy.special", "beta betaln xlogy xlog1py rel_entr kl_div gammainc gammaincc binom iv ive kv kve jv yv huber"),
    (Fresh(None), "scipy.special", "logsumexp softmax log_softmax comb factorial perm polygamma multigammaln"),
    (
        Number,
        "math",
        "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist erf erfc exp exp2 expm1 fabs \
        factorial floor fma fmod frexp fsum gamma gcd hypot isclose isfinite isinf isnan isqrt lcm ldexp lgamma log log10 log1p \
        log2 modf nextafter perm pow prod radians remainder sin sinh sqrt sumprod tan tanh trunc ulp",
    ),
    (Number, "builtins", "len int float bool hash id ord isinstance issubclass callable hasattr"),
    (Text, "builtins", "str repr chr bin hex oct ascii format range type slice bytes complex"),
    (
        Unsure,
        "builtins",
        "abs round min max sum divmod pow any all tuple list dict set frozenset zip enumerate reversed sorted getattr object",
    ),
    (
        Unsure,
        "builtins",
        "ValueError TypeError RuntimeError NotImplementedError AssertionError KeyError IndexError Exception ArithmeticError \
        AttributeError ZeroDivisionError OverflowError FloatingPointError ImportError OSError",
    ),
    (Context, "torch", "no_grad enable_grad inference_mode"),
    (Context, "numpy", "errstate"),
    (
        Fresh(None),
        "torch",
        "abs absolute acos arccos acosh add addcdiv addcmul addmm addmv addr baddbmm angle asin arcsin asinh atan arctan atanh \
        atan2 arctan2 bmm bitwise_and bitwise_not bitwise_or bitwise_xor ceil clamp clamp_min clamp_max clip clone cos cosh \
        cross cummax cummin cumprod cumsum deg2rad det diag diag_embed diff digamma dist div divide dot eq equal erf erfc erfinv \
        exp exp2 expm1 fix float_power floor floor_divide flip fliplr flipud fmax fmin fmod frac gather gcd ge greater \
        greater_equal gt heaviside histc hypot i0 index_select inner inverse isclose isfinite isinf isnan isneginf isposinf \
        isreal kron kthvalue lcm le less less_equal lerp lgamma log log10 log1p log2 logaddexp logaddexp2 logcumsumexp logdet \
        logical_and logical_not logical_or logical_xor logit log_softmax logsumexp lt masked_select matmul matrix_exp \
        matrix_power max maximum mean median min minimum mm mode mul multiply mv nanmean nanmedian nansum ne neg negative \
        nonzero norm not_equal numel outer ger pinverse polygamma pow prod qr quantile nanquantile rad2deg reciprocal relu \
        remainder renorm repeat_interleave roll rot90 round rsqrt scatter scatter_add searchsorted sigmoid sign signbit sgn sin \
        sinc sinh slogdet softmax sort argsort sqrt square std std_mean sub subtract sum svd take take_along_dim tan tanh \
        tensordot topk trace tril triu true_divide trunc unique unique_consecutive var var_mean vdot where xlogy all any amax \
        amin aminmax argmax argmin argwhere allclose bincount bucketize cdist count_nonzero cov corrcoef nan_to_num masked_fill \
        masked_scatter index_add index_copy index_fill index_put tile copysign ldexp arange cat concat concatenate column_stack \
        stack hstack vstack dstack block_diag cartesian_prod combinations einsum empty empty_like eye full full_like linspace \
        logspace ones ones_like zeros zeros_like scalar_tensor tensor tril_indices triu_indices trapezoid vander chain_matmul \
        conv1d conv2d conv3d conv_transpose1d conv_transpose2d layer_norm group_norm cosine_similarity selu celu bilinear \
        is_tensor is_floating_point finfo iinfo result_type promote_types can_cast Size device hamming_window hann_window",
    ),
    (
        View,
        "torch",
        "as_tensor asarray from_numpy reshape transpose permute squeeze unsqueeze flatten unflatten ravel t swapaxes swapdims \
        movedim moveaxis narrow select split chunk unbind tensor_split hsplit vsplit dsplit broadcast_to broadcast_tensors \
        diagonal real imag view_as_real view_as_complex conj resolve_conj atleast_1d atleast_2d atleast_3d meshgrid positive \
        as_strided adjoint detach",
    ),
    (
        Fresh(None),
        "torch.linalg",
        "inv pinv det slogdet solve lstsq norm cholesky qr svd svdvals eig eigh eigvals eigvalsh matrix_power matrix_rank cond \
        multi_dot tensorsolve tensorinv cross matmul vecdot vector_norm matrix_norm matrix_exp solve_triangular lu lu_factor",
    ),
    (View, "torch.linalg", "diagonal"),
    (
        Fresh(None),
        "torch.special",
        "erf erfc erfinv expit expm1 exp2 gammaln digamma psi log1p log_ndtr ndtr ndtri logit logsumexp log_softmax softmax xlogy \
        xlog1py entr i0 i0e i1 i1e sinc polygamma multigammaln round",
    ),
    (
        Fresh(None),
        "torch.fft",
        "fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft fftfreq rfftfreq fftshift ifftshift",
    ),
    (Fresh(Some(1)), "torch.nn.functional", "relu silu mish hardswish relu6 hardsigmoid selu"),
    (Fresh(Some(2)), "torch.nn.functional", "elu leaky_relu celu"),
    (Fresh(Some(3)), "torch.nn.functional", "hardtanh embedding"),
    (
        Fresh(None),
        "torch.nn.functional",
        "gelu softmax softmin log_softmax sigmoid logsigmoid tanh softplus softsign tanhshrink hardshrink softshrink prelu glu \
        linear bilinear conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d max_pool1d max_pool2d max_pool3d \
        avg_pool1d avg_pool2d avg_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_max_pool1d adaptive_max_pool2d \
        layer_norm group_norm rms_norm local_response_norm mse_loss l1_loss smooth_l1_loss huber_loss cross_entropy nll_loss \
        binary_cross_entropy binary_cross_entropy_with_logits kl_div cosine_similarity cosine_embedding_loss margin_ranking_loss \
        triplet_margin_loss poisson_nll_loss gaussian_nll_loss hinge_embedding_loss pairwise_distance normalize pad interpolate \
        one_hot unfold fold pixel_shuffle pixel_unshuffle grid_sample affine_grid scaled_dot_product_attention",
    ),
];

/// Methods of arrays and tensors that return a new value.
const FRESH_METHODS: &str = "sum mean prod std var min max argmin argmax all any cumsum cumprod dot round clip copy argsort searchsorted \
    nonzero repeat take tolist item trace ptp tobytes choose compress abs absolute acos arccos acosh addcdiv addcmul addmm addmv \
    addr baddbmm angle asin arcsin asinh atan arctan atanh atan2 arctan2 bmm bitwise_and bitwise_not bitwise_or bitwise_xor ceil \
    clamp clamp_min clamp_max clone cos cosh cross cummax cummin deg2rad det diag diag_embed diff digamma dist div divide eq \
    equal erf erfc erfinv exp exp2 expm1 fix float_power floor floor_divide flip fliplr flipud fmax fmin fmod frac gather gcd ge \
    greater greater_equal gt heaviside histc hypot i0 index_select inner inverse isclose isfinite isinf isnan isneginf isposinf \
    isreal kron kthvalue lcm le less less_equal lerp lgamma log log10 log1p log2 logaddexp logaddexp2 logcumsumexp logdet \
    logical_and logical_not logical_or logical_xor logit log_softmax logsumexp lt masked_select matmul matrix_exp matrix_power \
    maximum median minimum mm mode mul multiply mv nanmean nanmedian nansum ne neg negative norm not_equal numel outer ger \
    pinverse polygamma pow qr quantile nanquantile rad2deg reciprocal relu remainder renorm repeat_interleave roll rot90 rsqrt \
    scatter scatter_add sigmoid sign signbit sgn sin sinc sinh slogdet softmax sqrt square std_mean sub subtract svd \
    take_along_dim tan tanh tensordot topk tril triu true_divide trunc unique unique_consecutive var_mean vdot where xlogy amax \
    amin aminmax argwhere allclose bincount bucketize cdist count_nonzero cov corrcoef nan_to_num masked_fill masked_scatter \
    index_add index_copy index_fill index_put tile copysign ldexp dim size element_size nelement stride storage_offset \
    is_contiguous get_device is_floating_point new_zeros new_ones new_full new_empty new_tensor __len__ ndimension";

/// Methods of arrays and tensors whose value may share the receiver's memory.
const VIEW_METHODS: &str = "conj conjugate reshape ravel transpose swapaxes view squeeze diagonal astype flatten permute unsqueeze expand expand_as view_as reshape_as \
    t narrow select split chunk unbind unfold detach to float double half bfloat16 int long short bool cpu numpy contiguous type \
    type_as swapdims movedim moveaxis unflatten broadcast_to tensor_split adjoint resolve_conj positive";

/// Methods that change their receiver, be it an array, a list or a dictionary.
const WRITING_METHODS: &str = "sort fill put resize partition itemset setfield setflags byteswap append extend insert pop remove clear update add discard \
    reverse setdefault popitem";

/// Attributes of arrays and tensors that are arrays themselves and share memory.
const VIEW_ATTRIBUTES: &str = "T mT H mH real imag data grad flat base";
