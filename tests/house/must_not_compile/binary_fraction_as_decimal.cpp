// SPDX-License-Identifier: Apache-2.0
// must not compile: conversion from .* to non-scalar type|no viable conversion
#include <wattpurse/base/decimal.hpp>

using namespace wattpurse;

#ifdef CONTROL
const decimal<4> amount = decimal<4>::of(1);
#else
const decimal<4> amount = 0.1;
#endif
