// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/files/writers.h"
#include "core/quantize/recipe.h"

#include <algorithm>

namespace bitloom {

namespace {

std::string ggufProblem(const Model& model)
{
    try {
        ggufPlan(model);
        return {};
    } catch (const Error& error) {
        return error.what();
    }
}

} // namespace

const std::vector<Target>& targets()
{
    static const std::vector<Target> rows = {
        {"gguf", "GGUF (llama.cpp)",
         [](const Scheme& scheme) { return ggufType(scheme.id()) >= 0; }, ggufProblem,
         [](const Model& model) { return model.gguf.storedTogether; }},
        {"any", "Any scheme (fake-quantized safetensors)", [](const Scheme&) { return true; },
         [](const Model&) { return std::string(); },
         [](const Model&) { return std::vector<std::vector<int>>(); }},
    };
    return rows;
}

const Target& defaultTarget(const Model& model)
{
    const auto found = std::find_if(targets().begin(), targets().end(), [&](const Target& target) {
        return target.problem(model).empty();
    });
    return found == targets().end() ? targets().back() : *found;
}

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

const Target& targetNamed(std::string_view id)
{
    const auto& all = targets();
    const auto found = std::find_if(all.begin(), all.end(),
                                    [id](const Target& target) { return target.id == id; });
    if (found != all.end())
        return *found;
    std::string known;
    for (const Target& target : all)
        known += (known.empty() ? "" : " ") + target.id;
    throw Error("recipe", "there is no target \"" + std::string(id) + "\"; known are " + known);
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
