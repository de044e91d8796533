// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the table of exports: its rows.

#include "core/quantize/recipe/recipe.h"

namespace bitloom {

Target ggufTarget();
Target safetensorsTarget();

} // namespace bitloom
