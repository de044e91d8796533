// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/recipe/recipe.h"

#include <algorithm>

namespace bitloom {

std::vector<std::vector<int>> fuseGroups(const Model& model, const Target& target)
{
    const std::vector<std::vector<int>> fused = target.fused(model);
    std::vector<const std::vector<int>*> groupOf(model.graph.slots.size());
    for (const std::vector<int>& group : fused)
        for (const int slot : group)
            groupOf[static_cast<size_t>(slot)] = &group;
    std::vector<std::vector<int>> all;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const auto slot = static_cast<int>(i);
        if (!model.graph.slots[i].quantizable)
            continue;
        if (!groupOf[i])
            all.push_back({slot});
        else if (groupOf[i]->front() == slot)
            all.push_back(*groupOf[i]);
    }
    return all;
}

std::vector<int> withFused(const Model& model, const Target& target, const std::vector<int>& slots)
{
    std::vector<int> all = slots;
    const auto asked = [&](int slot) {
        return std::find(slots.begin(), slots.end(), slot) != slots.end();
    };
    for (const std::vector<int>& group : target.fused(model))
        if (std::any_of(group.begin(), group.end(), asked))
            std::copy_if(group.begin(), group.end(), std::back_inserter(all),
                         [&](int slot) { return !asked(slot); });
    return all;
}

std::vector<const Scheme*> offeredSchemes(const Slot& slot, const Target& target)
{
    std::vector<const Scheme*> offered;
    for (const Scheme* scheme : schemes())
        if (target.holds(*scheme) && scheme->accepts(slot.columns))
            offered.push_back(scheme);
    return offered;
}

} // namespace bitloom
