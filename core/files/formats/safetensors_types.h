// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string_view>

namespace bitloom {

/// Bits of an element of a safetensors type ("F8_E4M3"); nullopt: a type nobody has told us about.
/// Types we have a scheme for are those whose lower case name is a scheme's id.
std::optional<int> safetensorsBits(std::string_view type);

} // namespace bitloom
