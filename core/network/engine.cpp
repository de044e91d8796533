// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/engine.h"

#include "core/error.h"

namespace bitloom {

PackedTensor OriginalWeights::slot(int index) const
{
    return m_model->tensorOf(m_model->graph.slots[static_cast<size_t>(index)]).packed();
}

Matrix Engine::runTapped(Sequence& /*sequence*/, std::span<const int32_t> /*tokens*/,
                         const ValueTap& /*tap*/)
{
    throw Error(id(), "this engine cannot be tapped; use the torch engine");
}

} // namespace bitloom
