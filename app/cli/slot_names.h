// SPDX-License-Identifier: GPL-3.0-or-later
// Slots as people name them on the command line.
#pragma once

#include "core/network/model/model.h"

#include <string>
#include <vector>

namespace bitloom {

/// Those that can be quantized and whose whole name matches a regular expression, or whose role is
/// the one behind "role:" ("role:attention value"). Error when there are none.
std::vector<int> slotsNamed(const Model& model, const std::string& named);

} // namespace bitloom
