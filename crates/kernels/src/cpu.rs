//! Loops compiled for several generations of processors, chosen between at run time.

/// Makes functions that run their body with the widest vector instructions that the processor has. Closures that a body calls
/// become part of each copy, for they are inlined.
macro_rules! dispatched {
    ($($(#[$doc:meta])* $vis:vis fn $name:ident[$($generics:tt)*]($($arg:ident: $ty:ty),* $(,)?) $body:block)*) => {$(
        $(#[$doc])*
        #[allow(clippy::too_many_arguments)]
        $vis fn $name<$($generics)*>($($arg: $ty),*) {
            #[inline(always)]
            #[allow(clippy::too_many_arguments)]
            fn plain<$($generics)*>($($arg: $ty),*) $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn wide<$($generics)*>($($arg: $ty),*) {
                    plain($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                #[allow(clippy::too_many_arguments)]
                fn middle<$($generics)*>($($arg: $ty),*) {
                    plain($($arg),*)
                }
                if $crate::cpu::avx512() {
                    // SAFETY: the processor has the features that the function is compiled for.
                    return unsafe { wide($($arg),*) };
                }
                if $crate::cpu::avx2() {
                    // SAFETY: the processor has the features that the function is compiled for.
                    return unsafe { middle($($arg),*) };
                }
            }
            plain($($arg),*)
        }
    )*};
}
pub(crate) use dispatched;

/// True if the processor has AVX2 and fused multiplication and addition.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn avx2() -> bool {
    #[cfg(test)]
    if tests::LEVEL.get() < tests::Level::Middle {
        return false;
    }
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma")
}

/// True if the processor has the parts of AVX-512 that all server processors with it have.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn avx512() -> bool {
    #[cfg(test)]
    if tests::LEVEL.get() < tests::Level::Wide {
        return false;
    }
    std::arch::is_x86_feature_detected!("avx512f")
        && std::arch::is_x86_feature_detected!("avx512bw")
        && std::arch::is_x86_feature_detected!("avx512dq")
        && std::arch::is_x86_feature_detected!("avx512vl")
}

/// True if the processor has all that, and adds products of bytes.
#[cfg(target_arch = "x86_64")]
#[inline]
pub(crate) fn vnni() -> bool {
    avx512() && std::arch::is_x86_feature_detected!("avx512vnni")
}

#[cfg(test)]
pub(crate) mod tests {
    use std::cell::Cell;

    /// Which of the processor's vector instructions are used.
    #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
    pub enum Level {
        /// None.
        Plain,
        /// AVX2.
        Middle,
        /// All that are known.
        Wide,
    }

    thread_local! {
        /// What this thread uses at most.
        pub static LEVEL: Cell<Level> = const { Cell::new(Level::Wide) };
    }

    /// Runs a test with all of the processor's vector instructions, with fewer, and without.
    pub fn each_level(test: impl Fn()) {
        for level in [Level::Plain, Level::Middle, Level::Wide] {
            LEVEL.set(level);
            test();
        }
    }
}
