// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

namespace bitloom {

/// What may be held at a time of a network that is run segment by segment, in bytes.
struct SegmentLimits {
    int64_t weights = int64_t{256} << 20; ///< decoded once and kept; above: segment by segment
    int64_t values = int64_t{64} << 20;   ///< of a window within a segment of several blocks
    int64_t between = int64_t{128} << 20; ///< what windows leave between segments, all together
};

} // namespace bitloom
