// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Everything about messages of 1997: what a master asks, what a meter answers, and reading both.
#include <wattpurse/codec/dlt645/answer_1997.hpp>
#include <wattpurse/codec/dlt645/parse_1997.hpp>
#include <wattpurse/codec/dlt645/request_1997.hpp>
