// SPDX-License-Identifier: Apache-2.0
#pragma once

/// A named point at which a test can end the process as a power cut would. Nothing at all in
/// builds without WATTPURSE_FAILPOINTS.
#if defined(WATTPURSE_FAILPOINTS) && WATTPURSE_FAILPOINTS
#define WATTPURSE_FAILPOINT(name) ::wattpurse::port::failpoint(name)
#else
#define WATTPURSE_FAILPOINT(name) static_cast<void>(0)
#endif

#if defined(WATTPURSE_FAILPOINTS) && WATTPURSE_FAILPOINTS
namespace wattpurse::port {

/// Passes the point `name`, a string literal.
///
/// Environment, looked at on every pass:
///   WATTPURSE_FAILPOINT="name" or "name:n"  the first (n-th) pass of that point kills the process
///                                           with SIGKILL: nothing is flushed, nothing unwound
///   WATTPURSE_FAILPOINT_LOG=file            every name passed is appended to the file, one a
///                                           line, once a process
void failpoint(const char* name) noexcept;

}  // namespace wattpurse::port
#endif
