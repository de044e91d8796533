// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/document/fit_basis.h"

#include <algorithm>

namespace bitloom {

Recipe fitBasis(const Recipe& recipe, const Model& model)
{
    const auto nameOf = [&](int slot) -> const std::string& { return model.graph.slot(slot).name; };
    Recipe basis;
    basis.target = recipe.target;
    basis.values = recipe.values;
    basis.transforms = recipe.transforms;
    for (const std::vector<int>& group : fuseGroups(model, targetNamed(recipe.target))) {
        const bool locked = std::any_of(group.begin(), group.end(), [&](int slot) {
            return recipe.choice(nameOf(slot)).fit.locked;
        });
        for (const int slot : group) {
            const SlotChoice& choice = recipe.choice(nameOf(slot));
            SlotChoice& kept = basis.slots[nameOf(slot)];
            if (locked)
                kept = choice;
            kept.fit = choice.fit;
            kept.clipLow = choice.clipLow;
            kept.clipHigh = choice.clipHigh;
            kept.correction = choice.correction;
            if (!choice.parameters.empty()) { // kept where the fit takes their method
                kept.method = choice.method;
                kept.parameters = choice.parameters;
            }
        }
    }
    return basis;
}

} // namespace bitloom
