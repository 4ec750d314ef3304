// SPDX-License-Identifier: Apache-2.0
// must not compile: conversion from .* to non-scalar type|no viable conversion
#include <wattpurse/base/quantity.hpp>

using namespace wattpurse;

#ifdef CONTROL
const energy amount{decimal<4>::of(1)};
#else
const energy amount = decimal<4>::of(1);
#endif
