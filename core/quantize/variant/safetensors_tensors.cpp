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
struct TensorPiece {
    int slot = -1;
    View view;
    Encoding encoding;
};

std::string plainScheme(const TransformedModel& source, const TensorPiece& piece)
{
    const Scheme& scheme = source.schemeOf(piece.slot, piece.encoding);
    return scheme.isPlain() ? std::string(scheme.id()) : "f32";
}

PackedTensor assembled(const TransformedModel& source, const StoredTensor& stored,
                       const PlainScheme& scheme, const std::vector<TensorPiece>& pieces)
{
    std::span<std::byte> writable;
    PackedTensor whole = PackedTensor::allocate(scheme, stored.rows(), stored.columns(), writable);
    for (const TensorPiece& piece : pieces) {
        const PackedTensor packed = source.encodeOnce(piece.slot, piece.encoding);
        const int64_t step = std::max<int64_t>(1, kDecodedAtOnce / packed.columns);
        for (int64_t first = 0; first < packed.rows; first += step)
            placeRows(packed.decodeRows(first, std::min(step, packed.rows - first)), first,
                      piece.view, stored.shape, scheme, writable);
    }
    return whole;
}

bool isOnePiece(const std::vector<TensorPiece>& pieces)
{
    return pieces.size() == 1 && pieces.front().view.isWhole();
}

std::vector<View> viewsOf(const std::vector<TensorPiece>& pieces)
{
    std::vector<View> views;
    for (const TensorPiece& piece : pieces)
        views.push_back(piece.view);
    return views;
}

TensorToWrite tensorOf(const TransformedModel& source, const StoredTensor& stored,
                       const std::vector<TensorPiece>& pieces)
{
    std::string scheme = plainScheme(source, pieces.front());
    for (const TensorPiece& piece : pieces)
        if (plainScheme(source, piece) != scheme)
            scheme = "f32";
    if (!isOnePiece(pieces))
        requireWholeCover(stored.name, stored.shape, viewsOf(pieces));
    return {stored.name, stored.shape, scheme, [source, &stored, pieces, scheme] {
                PackedTensor only = isOnePiece(pieces) ? source.encodeOnce(pieces.front().slot,
                                                                           pieces.front().encoding)
                                                       : PackedTensor();
                return only.scheme && only.scheme->id() == scheme
                           ? only
                           : assembled(source, stored, *schemeNamed(scheme).plain(), pieces);
            }};
}

using TensorPieces = std::map<std::string, std::vector<TensorPiece>>; ///< by stored tensor

TensorPieces piecesOf(const Variant& variant)
{
    const Model& model = variant.model().model();
    TensorPieces pieces;
    for (size_t i = 0; i < model.graph.slots.size(); ++i) {
        const Slot& slot = model.graph.slots[i];
        const auto index = static_cast<int>(i);
        pieces[slot.tensor].push_back({index, slot.view, variant.encoding(index)});
    }
    return pieces;
}

bool changesAny(const TransformedModel& source, const std::vector<TensorPiece>& pieces)
{
    return std::any_of(pieces.begin(), pieces.end(), [&](const TensorPiece& piece) {
        return piece.encoding.changesWeights() || !source.columnFactors(piece.slot).empty();
    });
}

/// Whether a tensor goes into the file byte for byte: what stays what it is, and what cannot be
/// read.
bool isCopied(const TransformedModel& source, const StoredTensor& tensor,
              const std::vector<TensorPiece>& pieces)
{
    if (!tensor.scheme || elementCount(tensor.shape) == 0)
        return true;
    return !changesAny(source, pieces) && tensor.scheme->isPlain() && tensor.rowsAsStored();
}

bool isTwin(const StoredTensor& one, const StoredTensor& other)
{
    return one.name != other.name && one.type == other.type && one.shape == other.shape &&
           std::ranges::equal(one.bytes, other.bytes);
}

/// The pieces of the tensor that an unread one repeats, such as the embedding of a tied head: who
/// reads the repetition must find the same weights. Else its own.
const std::vector<TensorPiece>& piecesToWrite(const TransformedModel& source,
                                              const StoredTensor& tensor,
                                              const TensorPieces& pieces)
{
    const Model& model = source.model();
    const std::vector<TensorPiece>& own = pieces.at(tensor.name);
    const Slot& slot = model.graph.slot(own.front().slot);
    if (!tensor.scheme || !slot.uses.empty() || !model.graph.runnable())
        return own;
    for (const StoredTensor& other : model.checkpoint.tensors)
        if (isTwin(tensor, other) && changesAny(source, pieces.at(other.name)))
            return pieces.at(other.name);
    return own;
}

TensorToWrite copied(const Checkpoint& checkpoint, const StoredTensor& tensor)
{
    if (checkpoint.format == "gguf" && !tensor.scheme && !safetensorsBits(tensor.type))
        throw Error("safetensors", "tensor " + shown(tensor.name) + " is of the type " +
                                       tensor.type + ", which safetensors has no word for");
    return copyOf(tensor);
}

void expect(SafetensorsPlan& plan, const StoredTensor& tensor,
            const std::vector<TensorPiece>& pieces)
{
    for (const TensorPiece& piece : pieces)
        plan.expected.push_back({tensor.name, piece.slot, piece.encoding, {}, piece.view});
}

} // namespace

SafetensorsPlan safetensorsPlan(const Variant& variant)
{
    const Model& model = variant.model().model();
    const TensorPieces pieces = piecesOf(variant);
    SafetensorsPlan plan;
    for (const StoredTensor& tensor : model.checkpoint.tensors) {
        const std::vector<TensorPiece>& of = piecesToWrite(variant.model(), tensor, pieces);
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
