// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace bitloom {

inline constexpr std::string_view kRopeType = "rope_type";
/// Of configurations that state none.
inline constexpr double kStandardTheta = 10000;

/// What a configuration says about rotary positions, in any of its spellings and places, as one
/// object: without nulls, `rope_type` for its old name `type`, with what stands beside it.
struct ResolvedRope {
    nlohmann::json settings;
    std::string problem; ///< empty, or what is contradictory or differs between layers
};
ResolvedRope resolvedRope(const nlohmann::json& configuration);

/// A string without its quotes, other values as JSON.
std::string plainText(const nlohmann::json& value);

} // namespace bitloom
