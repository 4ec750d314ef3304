// SPDX-License-Identifier: Apache-2.0
// must not compile: conversion from .* to non-scalar type|no viable conversion
#include <wattpurse/base/quantity.hpp>

using namespace wattpurse;

#ifdef CONTROL
const energy amount = energy::of(10'000);
#else
const energy amount = 10'000;  // of what, in which places?
#endif
