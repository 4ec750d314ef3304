// SPDX-License-Identifier: Apache-2.0
// must not compile: conversion from .* to non-scalar type|no viable conversion
#include <wattpurse/base/money.hpp>
#include <wattpurse/base/product.hpp>

using namespace wattpurse;

#ifdef CONTROL
const result<money> amount =
    (energy::of(1) * price::of(1)).round(currency{"CNY"}, rounding::half_up);
#else
const money amount = energy::of(1) * price::of(1);  // twelve places do not become six silently
#endif
