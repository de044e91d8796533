// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/analyze/quantizable_slots.h"

namespace bitloom {

std::vector<int> quantizableSlots(const Graph& graph)
{
    std::vector<int> slots;
    for (size_t i = 0; i < graph.slots.size(); ++i)
        if (graph.slots[i].quantizable)
            slots.push_back(static_cast<int>(i));
    return slots;
}

} // namespace bitloom
