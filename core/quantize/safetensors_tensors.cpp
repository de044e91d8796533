// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/safetensors_tensors.h"

#include <algorithm>
#include <cstring>

namespace bitloom {

namespace {

/// Weights decoded at a time.
constexpr int64_t kDecodedAtOnce = int64_t{1} << 16;

/// A slot on its way into a tensor.
struct Part {
    int slot = -1;
    View view;
    SlotChoice choice;
};

std::string plainScheme(const Model& model, const Slot& slot, const SlotChoice& choice)
{
    const Scheme* scheme =
        choice.scheme.empty() ? model.storedOf(slot).scheme : findScheme(choice.scheme);
    return scheme && scheme->isPlain() ? std::string(scheme->id()) : "f32";
}

/// Writes rows [first, ...) of a slot to where they lie in its tensor, whose rows are `stride`
/// long.
void place(const Matrix& rows, int64_t first, const View& view, int64_t stride,
           const Scheme& scheme, std::span<std::byte> out)
{
    const auto size = static_cast<size_t>(scheme.rowBytes(1));
    const auto at = [&](int64_t element) { return static_cast<size_t>(element) * size; };
    std::vector<std::byte> bytes(static_cast<size_t>(rows.size()) * size);
    scheme.encodePlain(rows.values, bytes);
    if (!view.transposed) {
        // A vector is one row, and its parts are parts of that.
        const bool vector = rows.rows == 1 && rows.columns != stride;
        const int64_t start = vector ? view.first : (view.first + first) * stride;
        std::memcpy(out.data() + at(start), bytes.data(), bytes.size());
        return;
    }
    for (int64_t row = 0; row < rows.rows; ++row)
        for (int64_t column = 0; column < rows.columns; ++column)
            std::memcpy(out.data() + at(column * stride + view.first + first + row),
                        bytes.data() + at(row * rows.columns + column), size);
}

PackedTensor assembled(const EncodingSource& source, const StoredTensor& stored,
                       const Scheme& scheme, const std::vector<Part>& parts)
{
    std::span<std::byte> writable;
    PackedTensor whole = PackedTensor::allocate(scheme, stored.rows(), stored.columns(), writable);
    for (const Part& part : parts) {
        const PackedTensor packed = keptEncoding(source, part.slot, part.choice);
        const int64_t step = std::max<int64_t>(1, kDecodedAtOnce / packed.columns);
        for (int64_t first = 0; first < packed.rows; first += step)
            place(packed.decodeRows(first, std::min(step, packed.rows - first)), first, part.view,
                  stored.columns(), scheme, writable);
    }
    return whole;
}

TensorToWrite tensorOf(const EncodingSource& source, const std::vector<Part>& parts)
{
    const Model& model = source.model;
    const auto slotOf = [&](const Part& part) -> const Slot& {
        return model.graph.slots[static_cast<size_t>(part.slot)];
    };
    const StoredTensor& stored = model.storedOf(slotOf(parts.front()));
    std::string scheme = plainScheme(model, slotOf(parts.front()), parts.front().choice);
    for (const Part& part : parts)
        if (plainScheme(model, slotOf(part), part.choice) != scheme)
            scheme = "f32";
    return {stored.name, stored.shape, scheme, [source, &stored, parts, scheme] {
                PackedTensor only =
                    parts.size() == 1 && parts.front().view.isWhole()
                        ? keptEncoding(source, parts.front().slot, parts.front().choice)
                        : PackedTensor();
                return only.scheme && only.scheme->id() == scheme
                           ? only
                           : assembled(source, stored, schemeNamed(scheme), parts);
            }};
}

} // namespace

std::vector<TensorToWrite> safetensorsTensors(const EncodingSource& source, const Recipe& recipe)
{
    const Model& model = source.model;
    std::vector<std::string> names;
    std::map<std::string, std::vector<Part>> parts;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        std::vector<Part>& of = parts[slot.tensor];
        if (of.empty())
            names.push_back(slot.tensor);
        of.push_back({static_cast<int>(i), slot.view, recipe.choice(slot.name)});
    }
    std::vector<TensorToWrite> tensors;
    for (const std::string& name : names)
        tensors.push_back(tensorOf(source, parts[name]));
    return tensors;
}

} // namespace bitloom
