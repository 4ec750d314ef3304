// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Everything about messages of 2007: what a master asks, what a meter answers, and reading both.
/// Those of 1997 stand in `messages_1997.hpp`.
#include <wattpurse/codec/dlt645/answer.hpp>
#include <wattpurse/codec/dlt645/error_word.hpp>
#include <wattpurse/codec/dlt645/function.hpp>
#include <wattpurse/codec/dlt645/parse.hpp>
#include <wattpurse/codec/dlt645/request.hpp>
