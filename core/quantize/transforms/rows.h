// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private to the transforms table: its rows.

#include "core/quantize/transforms/transform.h"

namespace bitloom {

Transform smoothQuant();

} // namespace bitloom
