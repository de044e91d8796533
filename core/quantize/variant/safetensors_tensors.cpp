// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/safetensors_tensors.h"

#include "core/base/error.h"
#include "core/files/formats/safetensors_types.h"
#include "core/files/io/names.h"
#include "core/quantize/variant/place_rows.h"
#include "core/storage/plain_scheme.h"

#include <algorithm>
#include <map>

namespace bitloom {

namespace {

/// Weights decoded at a time.
constexpr int64_t kDecodedAtOnce = int64_t{1} << 16;

/// A slot on its way into a tensor.
struct Part {
    int slot = -1;
    View view;
    Encoding encoding;
};

std::string plainScheme(const TransformedModel& source, const Part& part)
{
    const Scheme& scheme = source.schemeOf(part.slot, part.encoding);
    return scheme.isPlain() ? std::string(scheme.id()) : "f32";
}

PackedTensor assembled(const TransformedModel& source, const StoredTensor& stored,
                       const PlainScheme& scheme, const std::vector<Part>& parts)
{
    std::span<std::byte> writable;
    PackedTensor whole = PackedTensor::allocate(scheme, stored.rows(), stored.columns(), writable);
    for (const Part& part : parts) {
        const PackedTensor packed = source.encodeOnce(part.slot, part.encoding);
        const int64_t step = std::max<int64_t>(1, kDecodedAtOnce / packed.columns);
        for (int64_t first = 0; first < packed.rows; first += step)
            placeRows(packed.decodeRows(first, std::min(step, packed.rows - first)), first,
                      part.view, stored.shape, scheme, writable);
    }
    return whole;
}

bool isOnePart(const std::vector<Part>& parts)
{
    return parts.size() == 1 && parts.front().view.isWhole();
}

std::vector<View> viewsOf(const std::vector<Part>& parts)
{
    std::vector<View> views;
    for (const Part& part : parts)
        views.push_back(part.view);
    return views;
}

TensorToWrite tensorOf(const TransformedModel& source, const StoredTensor& stored,
                       const std::vector<Part>& parts)
{
    std::string scheme = plainScheme(source, parts.front());
    for (const Part& part : parts)
        if (plainScheme(source, part) != scheme)
            scheme = "f32";
    if (!isOnePart(parts))
        requireWholeCover(stored.name, stored.shape, viewsOf(parts));
    return {stored.name, stored.shape, scheme, [source, &stored, parts, scheme] {
                PackedTensor only =
                    isOnePart(parts) ? source.encodeOnce(parts.front().slot, parts.front().encoding)
                                     : PackedTensor();
                return only.scheme && only.scheme->id() == scheme
                           ? only
                           : assembled(source, stored, *schemeNamed(scheme).plain(), parts);
            }};
}

using Parts = std::map<std::string, std::vector<Part>>; ///< by stored tensor

Parts partsOf(const Variant& variant)
{
    const Model& model = variant.model().model();
    Parts parts;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        const auto index = static_cast<int>(i);
        parts[slot.tensor].push_back({index, slot.view, variant.encoding(index)});
    }
    return parts;
}

bool changesAny(const TransformedModel& source, const std::vector<Part>& parts)
{
    return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
        return part.encoding.changesWeights() || !source.columnFactors(part.slot).empty();
    });
}

/// Whether a tensor goes into the file byte for byte: what stays what it is, and what cannot be
/// read.
bool isCopied(const TransformedModel& source, const StoredTensor& tensor,
              const std::vector<Part>& parts)
{
    if (!tensor.scheme || elementCount(tensor.shape) == 0)
        return true;
    return !changesAny(source, parts) && tensor.scheme->isPlain() && tensor.rowsAsStored();
}

bool isTwin(const StoredTensor& one, const StoredTensor& other)
{
    return one.name != other.name && one.type == other.type && one.shape == other.shape &&
           std::ranges::equal(one.bytes, other.bytes);
}

/// The parts of the tensor that an unread one repeats, such as the embedding of a tied head: who
/// reads the repetition must find the same weights. Else its own.
const std::vector<Part>& partsToWrite(const TransformedModel& source, const StoredTensor& tensor,
                                      const Parts& parts)
{
    const Model& model = source.model();
    const std::vector<Part>& own = parts.at(tensor.name);
    const Slot& slot = model.graph.slot(own.front().slot);
    if (!tensor.scheme || !slot.uses.empty() || !model.graph.runnable())
        return own;
    for (const StoredTensor& other : model.checkpoint.tensors)
        if (isTwin(tensor, other) && changesAny(source, parts.at(other.name)))
            return parts.at(other.name);
    return own;
}

TensorToWrite copied(const Checkpoint& checkpoint, const StoredTensor& tensor)
{
    if (checkpoint.format == "gguf" && !tensor.scheme && !safetensorsBits(tensor.type))
        throw Error("safetensors", "tensor " + shown(tensor.name) + " is of the type " +
                                       tensor.type + ", which safetensors has no word for");
    return copyOf(tensor);
}

void expect(SafetensorsPlan& plan, const StoredTensor& tensor, const std::vector<Part>& parts)
{
    for (const Part& part : parts)
        plan.expected.push_back({tensor.name, part.slot, part.encoding, {}, part.view});
}

} // namespace

SafetensorsPlan safetensorsPlan(const Variant& variant)
{
    const Model& model = variant.model().model();
    const Parts parts = partsOf(variant);
    SafetensorsPlan plan;
    for (const StoredTensor& tensor : model.checkpoint.tensors) {
        const std::vector<Part>& of = partsToWrite(variant.model(), tensor, parts);
        if (isCopied(variant.model(), tensor, of)) {
            plan.tensors.push_back(copied(model.checkpoint, tensor));
            plan.expected.push_back({tensor.name, -1, {}, {}, {}, &tensor});
        } else {
            plan.tensors.push_back(tensorOf(variant.model(), tensor, of));
            expect(plan, tensor, of);
        }
    }
    return plan;
}

} // namespace bitloom
