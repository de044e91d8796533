// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/passes/spilled_output.h"

namespace bitloom {

void SpilledOutput::keep(const torch::Tensor& output)
{
    m_shape = output.sizes().vec();
    m_floats = Scratch::floats(output.numel());
    tensor().copy_(output);
}

torch::Tensor SpilledOutput::tensor() const
{
    return torch::from_blob(m_floats->values().data(), m_shape);
}

} // namespace bitloom
