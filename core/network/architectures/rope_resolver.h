// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

namespace bitloom {

inline constexpr std::string_view kRopeType = "rope_type";
/// The base of configurations that state none.
inline constexpr double kStandardTheta = 10000;

/// What a configuration says about rotary positions, in any of its spellings and places, as one
/// object: without nulls, `rope_type` for its old name `type`, with what stands beside it.
struct ResolvedRope {
    nlohmann::json settings;
    std::string problem;           ///< empty, or what is contradictory or differs between layers
    std::string place;             ///< where they stand: "rope_scaling"; empty: nowhere
    std::set<std::string> outside; ///< those that stand beside it

    /// What the configuration calls a setting: "rope_scaling.factor".
    std::string spelt(const std::string& key) const;
};
ResolvedRope resolvedRope(const nlohmann::json& configuration);

} // namespace bitloom
