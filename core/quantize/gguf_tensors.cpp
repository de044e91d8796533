// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/gguf_tensors.h"

#include "core/error.h"

#include <algorithm>
#include <cstring>

namespace bitloom {

namespace {

bool isVector(const Model& model, const Slot& slot)
{
    return !slot.quantizable && model.tensorOf(slot).shape.size() <= 1;
}

/// Row r of the result is row `order[r]` of `packed`; rows are independent, so their bytes move.
PackedTensor reordered(const PackedTensor& packed, const std::vector<int32_t>& order)
{
    if (order.empty())
        return packed;
    std::span<std::byte> writable;
    PackedTensor result =
        PackedTensor::allocate(*packed.scheme, packed.rows, packed.columns, writable);
    std::byte* at = writable.data();
    for (const int32_t row : order) {
        const auto bytes = packed.row(row);
        at = std::copy(bytes.begin(), bytes.end(), at);
    }
    return result;
}

} // namespace

std::string ggufScheme(const Model& model, const Slot& slot, const SlotChoice& choice)
{
    if (isVector(model, slot))
        return "f32";
    if (!choice.scheme.empty())
        return choice.scheme;
    const StoredTensor& tensor = model.tensorOf(slot);
    if (tensor.scheme == nullptr)
        throw Error("gguf", "tensor " + tensor.name + " is of type " + tensor.type +
                                ", which a GGUF file cannot be given");
    return std::string(tensor.scheme->id());
}

std::vector<TensorToWrite> ggufTensors(const Model& model, const GgufPlan& plan,
                                       const Recipe& recipe)
{
    std::vector<TensorToWrite> tensors;
    tensors.reserve(plan.tensors.size() + plan.extra.size());
    for (const GgufPlan::Tensor& planned : plan.tensors) {
        const Slot& slot = model.graph.slots[static_cast<size_t>(planned.slot)];
        SlotChoice choice = recipe.choice(slot.name);
        choice.scheme = ggufScheme(model, slot, choice);
        auto produce = [&model, index = planned.slot, choice, order = planned.rowOrder] {
            return reordered(encodeSlot(model, index, choice), order);
        };
        tensors.push_back(
            {planned.name, model.tensorOf(slot).shape, choice.scheme, std::move(produce)});
    }
    tensors.insert(tensors.end(), plan.extra.begin(), plan.extra.end());
    return tensors;
}

} // namespace bitloom
