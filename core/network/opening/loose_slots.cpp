// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/network/opening/loose_slots.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

namespace bitloom {

namespace {

/// Numbers that others are multiplied with where they are read: quantizing them means nothing.
bool isScale(const std::string& name)
{
    constexpr auto kEndings = std::to_array<std::string_view>(
        {"scale", "scales", "scale_inv", "scale_2", "zeros", "zero_point", "absmax", "quant_map"});
    const size_t word = name.rfind('.') == std::string::npos ? 0 : name.rfind('.') + 1;
    return std::any_of(kEndings.begin(), kEndings.end(), [&](std::string_view ending) {
        const std::string last = name.substr(word);
        return last == ending || last.ends_with("_" + std::string(ending));
    });
}

/// Names that a slot must not take without being the tensor of that name.
std::set<std::string> takenNames(const Checkpoint& checkpoint, const Graph& graph)
{
    std::set<std::string> names;
    for (const StoredTensor& tensor : checkpoint.tensors)
        names.insert(tensor.name);
    for (const Slot& slot : graph.slots)
        names.insert(slot.name);
    return names;
}

Slot looseSlot(const StoredTensor& tensor, const std::set<std::string>& taken)
{
    constexpr std::string_view kWeight = ".weight";
    Slot slot;
    slot.name = tensor.name;
    if (tensor.name.ends_with(kWeight))
        slot.name.resize(slot.name.size() - kWeight.size());
    if (slot.name.empty() || taken.contains(slot.name))
        slot.name = tensor.name;
    slot.tensor = tensor.name;
    slot.rows = tensor.rows();
    slot.columns = tensor.columns();
    return slot;
}

} // namespace

Graph looseSlots(const Model& model)
{
    Graph graph;
    const std::set<std::string> taken = takenNames(model.checkpoint, graph);
    for (const StoredTensor& tensor : model.checkpoint.tensors) {
        Slot slot = looseSlot(tensor, taken);
        slot.quantizable = tensor.scheme && tensor.shape.size() >= 2 && slot.weights() > 0 &&
                           model.quantization.empty() && !isScale(tensor.name);
        graph.slots.push_back(std::move(slot));
    }
    return graph;
}

void addUnusedSlots(Model& model)
{
    const std::set<std::string> taken = takenNames(model.checkpoint, model.graph);
    std::set<std::string> seen;
    for (const Slot& slot : model.graph.slots)
        seen.insert(slot.tensor);
    for (const StoredTensor& tensor : model.checkpoint.tensors) {
        if (seen.contains(tensor.name))
            continue;
        Slot slot = looseSlot(tensor, taken);
        slot.role = Role::Unused;
        model.graph.slots.push_back(std::move(slot));
    }
}

} // namespace bitloom
