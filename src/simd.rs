//! The widest vector instructions that the processor at hand has, found at run time.

use std::sync::LazyLock;

use pulp::Arch;
pub(crate) use pulp::{NullaryFnOnce as Kernel, Simd, WithSimd};

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Runs a kernel compiled for AVX-512, AVX2 or what else there is.
///
/// Its `call` must be `inline(always)`, and so must what that calls; closures, and with them `map`, `fold` and `sum`,
/// gain nothing. A [`Kernel`] leaves it to the compiler to make vectors of its loops, a [`WithSimd`] names them. No result depends on the instructions: nothing is reordered, and what is fused is fused everywhere.
#[inline]
pub(crate) fn widest<K: WithSimd>(kernel: K) -> K::Output {
    ARCH.dispatch(kernel)
}
