// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// Private: includes torch. Only the files in BITLOOM_TORCH_FILES may include this.

#include "core/files/scratch.h"

#include <memory>
#include <torch/torch.h>
#include <vector>

namespace bitloom {

/// What a network says of a window, kept where it takes no memory.
class KeptOutput {
public:
    bool isThere() const { return m_floats != nullptr; }
    void keep(const torch::Tensor& output)
    {
        m_shape = output.sizes().vec();
        m_floats = Scratch::floats(output.numel());
        tensor().copy_(output);
    }
    /// The memory of what is kept.
    torch::Tensor tensor() const { return torch::from_blob(m_floats->values().data(), m_shape); }
    void forget() { m_floats.reset(); }

private:
    std::vector<int64_t> m_shape;
    std::unique_ptr<Scratch> m_floats;
};

} // namespace bitloom
