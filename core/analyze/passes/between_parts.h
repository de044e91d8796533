// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/analyze/passes/network_parts.h"
#include "core/files/store/measurement_store.h"

#include <memory>
#include <string>
#include <vector>

namespace bitloom {

/// What all windows leave between a part of a network and the one before it, on disk.
class BetweenParts {
public:
    BetweenParts() = default; ///< of no part
    /// To be filled. `part`: the one that starts from it.
    BetweenParts(const NetworkParts& parts, size_t part, const std::vector<Window>& windows,
                 const MeasurementEntry& entry);
    /// As it was kept; of no part: it was not.
    static BetweenParts kept(const NetworkParts& parts, size_t part,
                             const std::vector<Window>& windows, const MeasurementEntry& entry);

    bool isThere() const { return m_floats != nullptr; }
    /// The memory of one window's, [positions, width].
    torch::Tensor of(size_t window) const;
    void keep() const;
    void remove(const MeasurementEntry& entry);

private:
    BetweenParts(const NetworkParts& parts, size_t part, const std::vector<Window>& windows);

    std::string m_name;
    int64_t m_width = 0;
    std::vector<int64_t> m_begins; ///< first row of every window, and the count of all
    std::unique_ptr<Scratch> m_floats;
};

} // namespace bitloom
