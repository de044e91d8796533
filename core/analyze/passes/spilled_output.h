// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/files/io/scratch.h"
#include "core/network/torch/torch_forward.h"

#include <memory>
#include <vector>

namespace bitloom {

/// What a network says of a window, kept where it takes no memory.
class SpilledOutput {
public:
    bool isThere() const { return m_floats != nullptr; }
    void keep(const torch::Tensor& output);
    torch::Tensor tensor() const; ///< the memory of what is kept
    void forget() { m_floats.reset(); }

private:
    std::vector<int64_t> m_shape;
    std::unique_ptr<Scratch> m_floats;
};

} // namespace bitloom
