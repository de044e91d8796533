// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/workbench/trial.h"

#include <algorithm>

namespace bitloom {

ErrorKey errorKey(int slot, const SlotChoice& choice)
{
    return {slot, choice.scheme, choice.method, choice.clipLow, choice.clipHigh};
}

SlotChoice choiceOf(const ErrorKey& key)
{
    return {std::get<1>(key), std::get<2>(key), std::get<3>(key), std::get<4>(key), {}};
}

void addTo(Fingerprint& key, const ErrorKey& change)
{
    const SlotChoice choice = choiceOf(change);
    key.add(int64_t{std::get<0>(change)});
    key.add(choice.scheme);
    key.add(choice.method);
    for (const std::optional<double>& clip : {choice.clipLow, choice.clipHigh}) {
        key.add(int64_t{clip.has_value()});
        key.add(clip.value_or(0));
    }
}

std::vector<int> slotsAccepting(const Model& model, const SlotChoice& choice)
{
    std::vector<int> accepting;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        if (slot.quantizable &&
            (choice.scheme.empty() || schemeNamed(choice.scheme).accepts(slot.columns)))
            accepting.push_back(static_cast<int>(i));
    }
    return accepting;
}

Changes changesOf(const Model& model, const Recipe& recipe)
{
    Changes changes;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const SlotChoice& choice = recipe.choice(model.graph.slots[i].name);
        if (choice.changesWeights())
            changes.push_back(errorKey(static_cast<int>(i), choice));
    }
    return changes;
}

Recipe recipeOf(const Model& model, const Changes& changes)
{
    Recipe recipe;
    recipe.target = "any";
    for (const ErrorKey& change : changes) {
        const auto slot = static_cast<size_t>(std::get<0>(change));
        recipe.slots[model.graph.slots[slot].name] = choiceOf(change);
    }
    return recipe;
}

bool lookAtInputs(const Changes& changes)
{
    return std::any_of(changes.begin(), changes.end(),
                       [](const ErrorKey& change) { return choiceOf(change).looksAtInputs(); });
}

std::string calibrationKey(const RecipeCalibration& from)
{
    return from.identity + ' ' + std::to_string(from.context) + ' ' + std::to_string(from.windows) +
           (from.lines ? " lines" : "") + (from.quantizedInputs ? " quantized" : "");
}

} // namespace bitloom
