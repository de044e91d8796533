// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <compare>
#include <map>
#include <string>

namespace bitloom {

/// A transform of a model as a recipe asks for it.
struct TransformStep {
    std::string id;                           ///< row of the transforms table
    std::map<std::string, double> parameters; ///< by name; absent: as the transform's row says

    bool operator==(const TransformStep&) const = default;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in it
    auto operator<=>(const TransformStep&) const = default;
};

} // namespace bitloom
