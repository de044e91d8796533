// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/gguf_tensors.h"

#include "core/base/error.h"

#include <algorithm>
#include <cstring>

namespace bitloom {

namespace {

/// Row r of the result is row `order[r]` of `packed`; rows stand alone beside what all of them
/// share, so their bytes move.
PackedTensor reordered(const PackedTensor& packed, const std::vector<int32_t>& order)
{
    if (order.empty())
        return packed;
    std::span<std::byte> writable;
    PackedTensor result = PackedTensor::allocate(*packed.scheme, packed.rows, packed.columns,
                                                 packed.parameters(), writable);
    std::byte* at = writable.data();
    for (const int32_t row : order) {
        const auto bytes = packed.row(row);
        at = std::copy(bytes.begin(), bytes.end(), at);
    }
    return result;
}

/// Makes `whole` longer along its first dimension.
void addShape(Shape& whole, const Shape& piece)
{
    if (whole.empty())
        whole = piece;
    else
        whole.front() += piece.front();
}

PackedTensor stacked(const TransformedModel& source, const std::vector<ExpectedTensor>& pieces)
{
    const auto encoded = [&](const ExpectedTensor& piece) {
        return reordered(source.encodeOnce(piece.slot, piece.encoding), piece.rowOrder);
    };
    if (pieces.size() == 1)
        return encoded(pieces.front());
    auto bytes = std::make_shared<std::vector<std::byte>>();
    PackedTensor whole;
    for (const ExpectedTensor& piece : pieces) {
        const PackedTensor one = encoded(piece);
        if (!one.parameters().empty())
            throw Error("gguf", "tensor " + piece.name + " is put together from slots, and " +
                                    std::string(one.scheme->id()) +
                                    " keeps parameters for each of them");
        bytes->insert(bytes->end(), one.bytes.begin(), one.bytes.end());
        whole.scheme = one.scheme;
        whole.columns = one.columns;
        whole.rows += one.rows;
    }
    whole.bytes = *bytes;
    whole.owner = std::move(bytes);
    return whole;
}

} // namespace

std::string ggufScheme(const Variant& variant, int index)
{
    const Model& model = variant.model().model();
    const Slot& slot = model.graph.slot(index);
    const std::string& chosen = variant.encoding(index).scheme;
    if (slot.quantizable && !chosen.empty())
        return chosen;
    return variant.model().columnFactors(index).empty() ? ggufUnquantizedScheme(model, slot)
                                                        : "f32";
}

std::string ggufUnquantizedScheme(const Model& model, const Slot& slot)
{
    if (!slot.quantizable && model.checkpoint.format != "gguf")
        return "f32";
    const StoredTensor& tensor = model.storedOf(slot);
    if (tensor.scheme == nullptr)
        throw Error("gguf", "tensor " + tensor.name + " is of type " + tensor.type +
                                ", which a GGUF file cannot be given");
    return std::string(tensor.scheme->id());
}

std::vector<ExpectedTensor> ggufPieces(const Variant& variant, const GgufPlan::Tensor& planned)
{
    const Model& model = variant.model().model();
    std::vector<ExpectedTensor> pieces;
    int64_t first = 0;
    for (const int index : planned.slots) {
        const Slot& slot = model.graph.slot(index);
        Encoding encoding = variant.encoding(index);
        encoding.scheme = ggufScheme(variant, index);
        const int64_t count = model.tensorOf(slot).shape.front();
        pieces.push_back({planned.name, index, encoding, planned.rowOrder, {}});
        if (planned.slots.size() > 1)
            pieces.back().view = {false, first, count};
        first += count;
    }
    return pieces;
}

std::vector<TensorToWrite> ggufTensors(const Variant& variant, const GgufPlan& plan)
{
    const TransformedModel& source = variant.model();
    const Model& model = source.model();
    std::vector<TensorToWrite> tensors;
    tensors.reserve(plan.tensors.size() + plan.extra.size());
    for (const GgufPlan::Tensor& planned : plan.tensors) {
        const std::vector<ExpectedTensor> pieces = ggufPieces(variant, planned);
        TensorToWrite tensor{planned.name, {}, pieces.front().encoding.scheme, {}};
        for (const ExpectedTensor& piece : pieces)
            addShape(tensor.shape, model.tensorOf(model.graph.slot(piece.slot)).shape);
        tensor.produce = [source, pieces] { return stacked(source, pieces); };
        tensors.push_back(std::move(tensor));
    }
    tensors.insert(tensors.end(), plan.extra.begin(), plan.extra.end());
    return tensors;
}

} // namespace bitloom
