// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/encoding/encoding.h"
#include "core/storage/packed_tensor.h"

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <utility>

namespace bitloom {

/// Corrections that were fitted: whoever reads a slot row by row asks for the same one again, and a
/// fit looks at the whole slot. The last ones are kept; thread safe.
class FittedCorrections {
public:
    using Fit = std::function<std::shared_ptr<const LowRank>()>;
    /// The one of that key, fitted where nobody asked for it yet.
    std::shared_ptr<const LowRank> of(const SlotKey& key, const Fit& fit);

private:
    std::mutex m_mutex; ///< guards what follows; held while one is fitted, for others wait for it
    std::deque<std::pair<SlotKey, std::shared_ptr<const LowRank>>> m_kept;
    int64_t m_keptBytes = 0;
};

} // namespace bitloom
