// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/recipe/recipe.h"

#include <algorithm>

namespace bitloom {

bool Recipe::needsCalibration() const
{
    return !transforms.empty() || std::any_of(slots.begin(), slots.end(), [](const auto& slot) {
        return slot.second.needsCalibration();
    });
}

bool Recipe::storesLike(const Recipe& other) const
{
    return weightChanges() == other.weightChanges() && values == other.values &&
           transforms == other.transforms && calibration == other.calibration;
}

const ActivationScheme* Recipe::activationScheme(const Graph& graph, int value) const
{
    const auto found = values.find(graph.value(value).name);
    return found == values.end() ? nullptr : &activationSchemeNamed(found->second);
}

std::map<std::string, Encoding> Recipe::weightChanges() const
{
    std::map<std::string, Encoding> changes;
    for (const auto& [name, choice] : slots)
        if (choice.changesWeights())
            changes[name] = choice;
    return changes;
}

} // namespace bitloom
