// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/methods/input_moments.h"

#include <deque>
#include <memory>
#include <mutex>
#include <span>

namespace bitloom {

/// The factors that methods make of second moments after a transform: of inputs divided by a factor
/// for each channel, E[x xᵀ] becomes D⁻¹ E[x xᵀ] D⁻¹. The last few are kept; thread safe.
class TransformedFactors {
public:
    std::shared_ptr<const InverseFactor> factor(const SecondMoment& moment,
                                                std::span<const float> divisors, ColumnOrder order,
                                                double damping);

private:
    struct Cached {
        const SecondMoment* moment = nullptr;
        ColumnOrder order = ColumnOrder::LeftToRight;
        double damping = 0;
        std::shared_ptr<const InverseFactor> factor;
    };
    std::mutex m_mutex; ///< guards what follows
    std::deque<Cached> m_cached;
    size_t m_bytes = 0;
};

} // namespace bitloom
