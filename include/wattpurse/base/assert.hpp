// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Programmer errors stop the program, in release builds too: a purse that goes on with a broken
/// invariant is worse than one that stops. No output, because the wire column has no stdio; in a
/// constant expression a failing condition does not compile.
#if defined(__GNUC__) || defined(__clang__)
#define WATTPURSE_TRAP() __builtin_trap()
#else
#include <cstdlib>
#define WATTPURSE_TRAP() ::std::abort()
#endif

#define WATTPURSE_ASSERT(condition)                                                                \
    do {                                                                                           \
        if (!(condition)) [[unlikely]] {                                                           \
            WATTPURSE_TRAP();                                                                      \
        }                                                                                          \
    } while (false)

/// On kernels whose cost depends on a constant argument (a rounding mode) being seen.
#if defined(__GNUC__) || defined(__clang__)
#define WATTPURSE_INLINE [[gnu::always_inline]] inline
#else
#define WATTPURSE_INLINE inline
#endif
