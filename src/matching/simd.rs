//! The widest vector instructions that the processor at hand has, found at run time.

use std::sync::LazyLock;

use pulp::{Arch, NullaryFnOnce};

static ARCH: LazyLock<Arch> = LazyLock::new(Arch::new);

/// Calls `work`, an `inline(always)` function, compiled for AVX-512, AVX2 or what else there is. What is not inlined
/// gains nothing: closures, and `map`, `fold` or `sum` inside, often are not.
///
/// No result depends on which it is: nothing is fused or reordered.
#[inline]
pub(super) fn widest<A, R>(work: impl FnOnce(A) -> R, arguments: A) -> R {
    ARCH.dispatch(Call(work, arguments))
}

struct Call<F, A>(F, A);

impl<A, R, F: FnOnce(A) -> R> NullaryFnOnce for Call<F, A> {
    type Output = R;

    #[inline(always)]
    #[expect(
        clippy::inline_always,
        reason = "else `work` is compiled for the oldest processor"
    )]
    fn call(self) -> R {
        (self.0)(self.1)
    }
}
