// SPDX-License-Identifier: Apache-2.0
#pragma once

/// Reading frames of 2007, both directions.
#include <wattpurse/codec/dlt645/parse_answer.hpp>
#include <wattpurse/codec/dlt645/parse_request.hpp>
