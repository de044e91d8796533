// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"
#include "core/quantize/encoding/encoding.h"

#include <cstdint>
#include <string>
#include <vector>

namespace bitloom {

/// A tensor of an exported file, or a part of it, and the slot whose weights it must hold.
struct ExpectedTensor {
    std::string name;
    int slot = -1;
    Encoding encoding;             ///< the slot's decoded weights under it are what is expected
    std::vector<int32_t> rowOrder; ///< file row r is slot row rowOrder[r]; empty: same
    View view = {};                ///< where in the tensor of the file the slot lies
    /// Set: the tensor of the file must be this one byte for byte, and there is no slot.
    const StoredTensor* copied = nullptr;
};

} // namespace bitloom
