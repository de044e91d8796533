// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/settings/trial.h"

namespace bitloom {

std::vector<int> slotsAccepting(const Model& model, const Encoding& encoding)
{
    std::vector<int> accepting;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        if (slot.quantizable &&
            (encoding.scheme.empty() || schemeNamed(encoding.scheme).accepts(slot.columns)))
            accepting.push_back(static_cast<int>(i));
    }
    return accepting;
}

} // namespace bitloom
