// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/storage/level_search.h"

#include "core/base/error.h"

#include <limits>
#include <string>

namespace bitloom {

namespace {

/// The dimension as a constant, so that the inner loop is unrolled.
template <size_t kDimension>
size_t nearestOf(std::span<const float> levels, const float* numbers)
{
    size_t nearest = 0;
    float least = std::numeric_limits<float>::infinity();
    const size_t count = levels.size() / kDimension;
    for (size_t i = 0; i < count; ++i) {
        float distance = 0;
        for (size_t j = 0; j < kDimension; ++j) {
            const float difference = numbers[j] - levels[i * kDimension + j];
            distance += difference * difference;
        }
        nearest = distance < least ? i : nearest;
        least = distance < least ? distance : least;
    }
    return nearest;
}

} // namespace

LevelSearch::LevelSearch(std::span<const float> levels, int dimension)
    : m_levels(levels)
    , m_dimension(static_cast<size_t>(dimension))
{
    if (dimension < 1 || dimension > kMostDimension || kMostDimension % dimension != 0)
        throw Error("storage", "a code cannot stand for " + std::to_string(dimension) +
                                   " weights, only for 1, 2, 4 or " +
                                   std::to_string(kMostDimension));
    if (levels.empty() || levels.size() % m_dimension != 0)
        throw Error("storage", "a codebook of " + std::to_string(levels.size()) +
                                   " numbers holds no levels of " + std::to_string(dimension));
}

size_t LevelSearch::code(const float* numbers) const
{
    switch (m_dimension) {
    case 1:
        return among(*numbers);
    case 2:
        return nearestOf<2>(m_levels, numbers);
    case 4:
        return nearestOf<4>(m_levels, numbers);
    default:
        return nearestOf<kMostDimension>(m_levels, numbers);
    }
}

/// Between ascending neighbours the border is their mean; how many borders lie below the number.
size_t LevelSearch::among(float number) const
{
    size_t first = 0;
    size_t count = m_levels.size() - 1; // borders
    while (count > 0) {
        const size_t half = count / 2;
        const size_t border = first + half;
        if (number > 0.5F * (m_levels[border] + m_levels[border + 1])) {
            first = border + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    return first;
}

} // namespace bitloom
