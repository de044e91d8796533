// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/error.h"
#include "core/files/fingerprint.h"
#include "core/quantize/can_hold.h"
#include "core/quantize/encode_pieces.h"
#include "core/quantize/encode_rows.h"
#include "core/quantize/method.h"
#include "core/quantize/recipe.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace bitloom {

namespace {

/// Weights read at once, so that encoding the largest slot needs little memory beside its result.
constexpr int64_t kWeightsAtOnce = 1 << 22;

const Scheme& schemeOf(const StoredTensor& tensor, const SlotChoice& choice)
{
    if (!choice.scheme.empty())
        return schemeNamed(choice.scheme);
    if (tensor.scheme == nullptr)
        throw Error("quantize", "tensor " + tensor.name + " is of type " + tensor.type +
                                    ", which cannot be read as weights");
    return *tensor.scheme;
}

void clip(Matrix& weights, const SlotChoice& choice)
{
    if (!choice.clipLow && !choice.clipHigh)
        return;
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    const auto low = static_cast<float>(choice.clipLow.value_or(-kInfinity));
    const auto high = static_cast<float>(choice.clipHigh.value_or(kInfinity));
    if (!(low <= high))
        throw Error("quantize", "the clip range from " + std::to_string(low) + " to " +
                                    std::to_string(high) + " is empty");
    for (float& value : weights.values)
        value = std::clamp(value, low, high);
}

/// Grows with every change of what a method makes of a slot.
constexpr int64_t kEncodingVersion = 2;

/// Of the file that an encoding is kept in.
std::string encodingName(int slot, const SlotChoice& choice)
{
    Fingerprint key;
    key.add(kEncodingVersion);
    key.add(choice.scheme);
    key.add(choice.method);
    for (const std::optional<double>& clip : {choice.clipLow, choice.clipHigh}) {
        key.add(clip.has_value());
        key.add(clip.value_or(0));
    }
    return "slot-" + std::to_string(slot) + "-" + key.hex();
}

/// What the method needs to know of the slot's inputs; null: nothing.
std::shared_ptr<const InverseFactor> factorFor(const EncodingSource& source, int slot,
                                               const SlotChoice& choice)
{
    if (!choice.looksAtInputs() || !slotInput(source.model.graph, slot))
        return nullptr;
    const Method& method = methodNamed(choice.method);
    if (!source.inputs || !source.inputs->of(slot))
        throw Error("quantize", source.model.graph.slot(slot).name + " is to be encoded by " +
                                    std::string(method.title()) +
                                    ", which needs the second moments of its inputs on a "
                                    "calibration text");
    return source.inputs->factor(slot, *method.looksAtInputs());
}

} // namespace

bool SlotChoice::looksAtInputs() const
{
    return !scheme.empty() && !schemeNamed(scheme).isPlain() &&
           methodNamed(method).looksAtInputs().has_value();
}

bool Recipe::looksAtInputs() const
{
    return std::any_of(slots.begin(), slots.end(),
                       [](const auto& slot) { return slot.second.looksAtInputs(); });
}

bool SlotChoice::storesLike(const SlotChoice& other) const
{
    SlotChoice mine = *this;
    mine.fit = other.fit;
    return mine == other;
}

bool Recipe::storesLike(const Recipe& other) const
{
    return weightChanges() == other.weightChanges() && values == other.values &&
           calibration == other.calibration;
}

const ActivationScheme* Recipe::rounding(const Graph& graph, int value) const
{
    const auto found = values.find(graph.value(value).name);
    return found == values.end() ? nullptr : &activationSchemeNamed(found->second);
}

std::map<std::string, SlotChoice> Recipe::weightChanges() const
{
    std::map<std::string, SlotChoice> changes;
    for (const auto& [name, choice] : slots)
        if (choice.changesWeights()) {
            changes[name] = choice;
            changes[name].fit = {};
        }
    return changes;
}

PackedTensor encodeSlot(const EncodingSource& source, int slot, const SlotChoice& choice)
{
    const Slot& place = source.model.graph.slot(slot);
    return encodeSlotRows(source, slot, choice, 0, place.rows);
}

PackedTensor keptEncoding(const EncodingSource& source, int slot, const SlotChoice& choice)
{
    if (!choice.looksAtInputs() || !source.inputs || !source.inputs->of(slot))
        return encodeSlot(source, slot, choice);
    const Slot& place = source.model.graph.slot(slot);
    const MeasurementEntry& entry = source.inputs->entry();
    const std::string name = encodingName(slot, choice);
    if (const std::optional<std::string> kept = entry.read(name)) {
        std::span<std::byte> bytes;
        PackedTensor packed =
            PackedTensor::allocate(schemeNamed(choice.scheme), place.rows, place.columns, bytes);
        if (kept->size() == bytes.size()) {
            std::memcpy(bytes.data(), kept->data(), bytes.size());
            return packed;
        }
    }
    PackedTensor packed = encodeSlot(source, slot, choice);
    entry.write(
        name, std::string(reinterpret_cast<const char*>(packed.bytes.data()), packed.bytes.size()));
    return packed;
}

PackedTensor encodeSlotRows(const EncodingSource& source, int slot, const SlotChoice& choice,
                            int64_t firstRow, int64_t count)
{
    const Model& model = source.model;
    const Slot& place = model.graph.slot(slot);
    const StoredTensor tensor = model.tensorOf(place);
    const bool clipped = choice.clipLow || choice.clipHigh;
    const Scheme& scheme = schemeOf(tensor, choice);
    if (!clipped && &scheme == tensor.scheme)
        return tensor.packedRows(firstRow, count);
    const Method& method = methodNamed(choice.method);
    const std::shared_ptr<const InverseFactor> inputs = factorFor(source, slot, choice);
    std::span<std::byte> writable;
    PackedTensor packed = PackedTensor::allocate(scheme, count, tensor.columns(), writable);
    const int64_t stride = scheme.rowBytes(tensor.columns());
    const int64_t atOnce = std::max<int64_t>(1, kWeightsAtOnce / tensor.columns());
    for (int64_t done = 0; done < count; done += atOnce) {
        Matrix weights = tensor.readRows(firstRow + done, std::min(atOnce, count - done));
        clip(weights, choice);
        requireEncodable(scheme, weights.view(), place.name, firstRow + done);
        method.encode(scheme, weights.view(), inputs.get(),
                      writable.subspan(static_cast<size_t>(done * stride),
                                       static_cast<size_t>(weights.rows * stride)));
    }
    return packed;
}

bool canHold(const Model& model, int slot, const SlotChoice& choice)
{
    const Slot& place = model.graph.slot(slot);
    const StoredTensor tensor = model.tensorOf(place);
    const Scheme& scheme = schemeOf(tensor, choice);
    if (!choice.changesWeights() || &scheme == tensor.scheme)
        return true;
    const int64_t atOnce = std::max<int64_t>(1, kWeightsAtOnce / tensor.columns());
    for (int64_t first = 0; first < place.rows; first += atOnce) {
        Matrix weights = tensor.readRows(first, std::min(atOnce, place.rows - first));
        clip(weights, choice);
        if (firstUnheld(scheme, weights.view()) >= 0)
            return false;
    }
    return true;
}

int64_t pieceColumns(const Model& model, int slot, const SlotChoice& choice, int64_t atMost)
{
    const Slot& place = model.graph.slot(slot);
    const int64_t granule = schemeOf(model.tensorOf(place), choice).granule(place.columns);
    if (place.columns % granule != 0)
        return place.columns;
    int64_t columns = granule;
    for (int64_t wider = granule; wider <= atMost; wider += granule)
        if (place.columns % wider == 0)
            columns = wider;
    return columns;
}

EncodedPieces encodePieces(const Model& model, int slot, const SlotChoice& choice,
                           std::span<const RowPiece> pieces, int64_t columns)
{
    const Slot& place = model.graph.slot(slot);
    const StoredTensor tensor = model.tensorOf(place);
    const bool clipped = choice.clipLow || choice.clipHigh;
    const Scheme& scheme = schemeOf(tensor, choice);
    const auto count = static_cast<int64_t>(pieces.size());
    EncodedPieces result{Matrix(count, columns), Matrix(count, columns)};
    for (int64_t i = 0; i < count; ++i) {
        const RowPiece& piece = pieces[static_cast<size_t>(i)];
        Matrix row = tensor.readRows(piece.row, 1);
        const auto from = row.values.begin() + piece.firstColumn;
        std::copy_n(from, columns, result.original.row(i).begin());
        clip(row, choice);
        requireEncodable(scheme, row.view(), place.name, piece.row);
        std::copy_n(from, columns, result.changed.row(i).begin());
    }
    if (!clipped && &scheme == tensor.scheme)
        return result;
    std::span<std::byte> writable;
    const PackedTensor packed = PackedTensor::allocate(scheme, count, columns, writable);
    methodNamed(choice.method).encode(scheme, result.changed.view(), nullptr, writable);
    result.changed = packed.decode();
    return result;
}

PackedTensor RecipeWeights::slot(int index) const
{
    const Slot& slot = m_model->graph.slot(index);
    return keptEncoding({*m_model, m_inputs.get()}, index, m_recipe.choice(slot.name));
}

} // namespace bitloom
