// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/error.h"

#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace bitloom {

/// Levels of a codebook, at most.
inline constexpr size_t kMostLevels = 16;

/// Finds the nearest level of a codebook. The border between two neighbours is their mean in single
/// precision; a number on it goes to the lower level (as in bitsandbytes), NaN to the lowest.
/// Written without a loop over levels and without branches, so that loops over numbers become
/// vector code.
class LevelRounder {
public:
    /// `levels` ascend. Error: none, or more than kMostLevels.
    explicit LevelRounder(std::span<const float> levels)
    {
        if (levels.empty() || levels.size() > kMostLevels)
            throw Error("storage", "a codebook of " + std::to_string(levels.size()) +
                                       " levels cannot be rounded to; 1 to " +
                                       std::to_string(kMostLevels) + " can");
        m_levels.fill(levels.back());
        m_borders.fill(std::numeric_limits<float>::infinity());
        for (size_t i = 0; i < levels.size(); ++i)
            m_levels[i] = levels[i];
        for (size_t i = 0; i + 1 < levels.size(); ++i)
            m_borders[i] = 0.5F * (levels[i] + levels[i + 1]);
    }
    int code(float number) const { return codeAmong(number, kBorders); }
    float level(float number) const { return levelAmong(number, kBorders); }

private:
    static constexpr std::make_index_sequence<kMostLevels - 1> kBorders{};

    template <size_t... I>
    int codeAmong(float number, std::index_sequence<I...> /*all*/) const
    {
        return ((number > m_borders[I] ? 1 : 0) + ...);
    }
    template <size_t... I>
    float levelAmong(float number, std::index_sequence<I...> /*all*/) const
    {
        float level = m_levels[0];
        ((level = number > m_borders[I] ? m_levels[I + 1] : level), ...);
        return level;
    }

    std::array<float, kMostLevels> m_levels{};
    std::array<float, kMostLevels - 1> m_borders{};
};

} // namespace bitloom
