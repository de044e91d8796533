// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/network_segments.h"
#include "core/files/store/measurement_store.h"

#include <memory>
#include <string>
#include <vector>

namespace bitloom {

/// What all windows leave between a segment of a network and the one before it, on disk.
class BetweenSegments {
public:
    BetweenSegments() = default; ///< of no segment
    /// To be filled. `segment`: the one that starts from it.
    BetweenSegments(const NetworkSegments& segments, size_t segment,
                    const std::vector<Window>& windows, const MeasurementEntry& entry);
    /// As it was kept; of no segment: it was not.
    static BetweenSegments stored(const NetworkSegments& segments, size_t segment,
                                  const std::vector<Window>& windows,
                                  const MeasurementEntry& entry);

    bool isThere() const { return m_floats != nullptr; }
    /// The memory of one window's, [positions, width].
    torch::Tensor of(size_t window) const;
    void keep() const;
    void remove(const MeasurementEntry& entry);

private:
    BetweenSegments(const NetworkSegments& segments, size_t segment,
                    const std::vector<Window>& windows);

    std::string m_name;
    int64_t m_width = 0;
    std::vector<int64_t> m_begins; ///< first row of every window, and the count of all
    std::unique_ptr<Scratch> m_floats;
};

} // namespace bitloom
