// SPDX-License-Identifier: Apache-2.0
#pragma once

/// DATA behind an identifier as values and back, driven by the layouts of a catalogue.
#include <wattpurse/codec/dlt645/item_read.hpp>
#include <wattpurse/codec/dlt645/item_text.hpp>
#include <wattpurse/codec/dlt645/item_write.hpp>
