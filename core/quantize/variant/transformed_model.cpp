// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/quantize/variant/transformed_model.h"

#include "core/base/error.h"
#include "core/quantize/corrections/correction.h"
#include "core/quantize/encoding/clip.h"
#include "core/quantize/methods/encode_rows.h"
#include "core/quantize/methods/method.h"
#include "core/quantize/transforms/transformed_factors.h"
#include "core/quantize/variant/slot_cache.h"

#include <algorithm>
#include <functional>

namespace bitloom {

namespace {

/// Grows with every change of what a method makes of a slot.
constexpr int64_t kEncodingVersion = 2;

/// Of the file that an encoding is kept in, beside the moments that it was made by.
std::string fileName(const SlotKey& of)
{
    Fingerprint key;
    key.add(kEncodingVersion);
    addTo(key, of.encoding);
    if (!of.transforms.empty())
        key.add(of.transforms);
    return "slot-" + std::to_string(of.slot) + "-" + key.hex();
}

/// All that is stored, one behind the other.
std::string bytesOf(const PackedTensor& packed)
{
    std::string bytes;
    const auto add = [&](std::span<const std::byte> more) {
        bytes.append(reinterpret_cast<const char*>(more.data()), more.size());
    };
    add(packed.bytes);
    if (packed.added) {
        add(packed.added->left.bytes);
        add(packed.added->right.bytes);
    }
    return bytes;
}

/// Empty where there are none.
std::string factorsKey(std::span<const float> factors)
{
    if (factors.empty())
        return {};
    Fingerprint key;
    key.add(std::as_bytes(factors));
    return key.hex();
}

} // namespace

struct TransformedModel::Fitted {
    SlotCache<std::vector<std::byte>> parameters{
        [](const std::vector<std::byte>& bytes) { return bytes.size(); }};
    SlotCache<LowRank> corrections{
        [](const LowRank& added) { return static_cast<size_t>(added.storedBytes()); }};
};

TransformedModel::TransformedModel(std::shared_ptr<const Model> model,
                                   std::shared_ptr<const InputMoments> inputs)
    : m_model(std::move(model))
    , m_inputs(std::move(inputs))
    , m_fitted(std::make_shared<Fitted>())
{
}

TransformedModel::TransformedModel(const Model& model)
    : m_model(std::shared_ptr<const Model>(), &model)
    , m_fitted(std::make_shared<Fitted>())
{
}

TransformedModel::TransformedModel(std::shared_ptr<const Model> model,
                                   std::shared_ptr<const InputMoments> inputs,
                                   std::vector<TransformStep> steps,
                                   std::shared_ptr<const TransformPlan> plan)
    : m_model(std::move(model))
    , m_inputs(std::move(inputs))
    , m_transforms(std::move(steps))
    , m_plan(std::move(plan))
    , m_factors(std::make_shared<TransformedFactors>())
    , m_fitted(std::make_shared<Fitted>())
{
}

TransformedModel TransformedModel::shapesOf(const Model& model,
                                            const std::vector<TransformStep>& steps)
{
    TransformPlan placeholder;
    for (const int slot : transformedSlots(model.graph, steps))
        placeholder.columns[slot] = {1.0F};
    TransformedModel result(model);
    result.m_plan = std::make_shared<const TransformPlan>(std::move(placeholder));
    result.m_transforms = steps;
    return result;
}

std::span<const float> TransformedModel::columnFactors(int slot) const
{
    if (!m_plan)
        return {};
    const auto found = m_plan->columns.find(slot);
    return found == m_plan->columns.end() ? std::span<const float>() : std::span(found->second);
}

std::span<const float> TransformedModel::divisors(int value) const
{
    if (!m_plan)
        return {};
    const auto found = m_plan->values.find(value);
    return found == m_plan->values.end() ? std::span<const float>() : std::span(found->second);
}

Matrix TransformedModel::original(int slot, int64_t first, int64_t count) const
{
    return m_model->tensorOf(graph().slot(slot)).readRows(first, count);
}

void TransformedModel::restore(int slot, Matrix& rows) const
{
    const std::span<const float> factors = columnFactors(slot);
    for (int64_t r = 0; !factors.empty() && r < rows.rows; ++r)
        std::ranges::transform(rows.row(r), factors, rows.row(r).begin(), std::divides<>());
}

Matrix TransformedModel::source(int slot, int64_t first, int64_t count) const
{
    Matrix rows = original(slot, first, count);
    prepare(slot, {}, rows);
    return rows;
}

void TransformedModel::prepare(int slot, const Encoding& encoding, Matrix& rows) const
{
    clip(rows, encoding);
    const std::span<const float> factors = columnFactors(slot);
    for (int64_t r = 0; !factors.empty() && r < rows.rows; ++r)
        std::ranges::transform(rows.row(r), factors, rows.row(r).begin(), std::multiplies<>());
}

Matrix TransformedModel::source(int slot) const
{
    return source(slot, 0, graph().slot(slot).rows);
}

const Scheme& TransformedModel::schemeOf(int slot, const Encoding& encoding) const
{
    if (!encoding.scheme.empty())
        return schemeNamed(encoding.scheme);
    if (!columnFactors(slot).empty())
        return schemeNamed("f32");
    const StoredTensor& stored = m_model->storedOf(graph().slot(slot));
    if (stored.scheme == nullptr)
        throw Error("quantize", "tensor " + stored.name + " is of type " + stored.type +
                                    ", which cannot be read as weights");
    return *stored.scheme;
}

SlotKey TransformedModel::key(int slot, const Encoding& encoding) const
{
    return {slot, encoding, factorsKey(columnFactors(slot)),
            inputs(slot) ? calibrationOf(encoding) : std::string()};
}

std::string TransformedModel::calibrationOf(const Encoding& encoding) const
{
    return m_inputs && encoding.needsCalibration() ? m_inputs->key() : std::string();
}

bool TransformedModel::staysAsStored(int slot, const Encoding& encoding) const
{
    return !encoding.clips() && columnFactors(slot).empty() &&
           &schemeOf(slot, encoding) == m_model->storedOf(graph().slot(slot)).scheme;
}

std::shared_ptr<const InverseFactor> TransformedModel::factorFor(int slot,
                                                                 const Encoding& encoding) const
{
    const Method& method = methodNamed(encoding.method);
    if (encoding.scheme.empty() || schemeNamed(encoding.scheme).isPlain() ||
        !method.needsCalibration())
        return nullptr;
    return factorOf(slot, *method.needsCalibration(), dampingOf(encoding.parameters),
                    method.title());
}

std::shared_ptr<const InverseFactor> TransformedModel::factorOf(int slot, ColumnOrder order,
                                                                double damping,
                                                                std::string_view title) const
{
    if (!slotInput(graph(), slot))
        return nullptr;
    if (!inputs(slot))
        throw Error("quantize", graph().slot(slot).name + " is to be encoded by " +
                                    std::string(title) +
                                    ", which needs the second moments of its inputs on a "
                                    "calibration text");
    const std::span<const float> factors = columnFactors(slot);
    return factors.empty() ? m_inputs->factor(slot, order, damping)
                           : m_factors->factor(*inputs(slot), factors, order, damping);
}

Matrix TransformedModel::encodable(int slot, const Encoding& encoding, int64_t first,
                                   int64_t count) const
{
    Matrix weights = original(slot, first, count);
    prepare(slot, encoding, weights);
    requireEncodable(schemeOf(slot, encoding), weights.view(), graph().slot(slot).name, first);
    return weights;
}

ParameterBytes TransformedModel::parameters(int slot, const Encoding& encoding) const
{
    static const auto none = std::make_shared<const std::vector<std::byte>>();
    const Slot& place = graph().slot(slot);
    const Scheme& scheme = schemeOf(slot, encoding);
    if (scheme.parameterBytes(place.columns) == 0)
        return none;
    return m_fitted->parameters.of(key(slot, encoding), [&] {
        const auto read = [&](int64_t first, int64_t count) {
            return encodable(slot, encoding, first, count);
        };
        const int64_t atOnce = std::max<int64_t>(1, kWeightsAtOnce / place.columns);
        return std::make_shared<const std::vector<std::byte>>(
            methodNamed(encoding.method)
                .fitParameters(*scheme.grid(), {place.rows, place.columns, read, atOnce},
                               factorFor(slot, encoding).get()));
    });
}

PackedTensor TransformedModel::encode(int slot, const Encoding& encoding) const
{
    return encodeRows(slot, encoding, 0, graph().slot(slot).rows);
}

PackedTensor TransformedModel::encodeRows(int slot, const Encoding& encoding, int64_t first,
                                          int64_t count) const
{
    if (!encoding.correction)
        return uncorrected(slot, encoding, first, count);
    const std::shared_ptr<const LowRank> correction = correctionOf(slot, encoding);
    PackedTensor packed = uncorrected(slot, encoding, first, count);
    packed.added =
        std::make_shared<const LowRank>(correction->left.rowRange(first, count), correction->right);
    return packed;
}

std::shared_ptr<const LowRank> TransformedModel::correctionOf(int slot,
                                                              const Encoding& encoding) const
{
    if (std::string problem = correctionProblem(graph(), slot); !problem.empty())
        throw Error("quantize", problem);
    return m_fitted->corrections.of(key(slot, encoding),
                                    [&] { return fitCorrection(slot, encoding); });
}

std::shared_ptr<const LowRank> TransformedModel::fitCorrection(int slot,
                                                               const Encoding& encoding) const
{
    const Slot& place = graph().slot(slot);
    const Correction& row = correctionNamed(encoding.correction->id);
    std::shared_ptr<const InverseFactor> factor;
    if (row.needsInputs)
        factor = factorOf(slot, ColumnOrder::LeftToRight, kDamping, row.title);
    Matrix error = source(slot);
    const PackedTensor packed = uncorrected(slot, encoding, 0, place.rows);
    const int64_t atOnce = std::max<int64_t>(1, kWeightsAtOnce / place.columns);
    for (int64_t first = 0; first < place.rows; first += atOnce) {
        const Matrix decoded = packed.decodeRows(first, std::min(atOnce, place.rows - first));
        const auto at = error.values.begin() + first * place.columns;
        std::transform(at, at + decoded.size(), decoded.values.begin(), at, std::minus<>());
    }
    return row.fit(error, factor.get(), *encoding.correction);
}

PackedTensor TransformedModel::uncorrected(int slot, const Encoding& encoding, int64_t first,
                                           int64_t count) const
{
    const Slot& place = graph().slot(slot);
    if (staysAsStored(slot, encoding))
        return m_model->tensorOf(place).packedRows(first, count);
    const Scheme& scheme = schemeOf(slot, encoding);
    const Method& method = methodNamed(encoding.method);
    const ParameterBytes shared = parameters(slot, encoding);
    const std::shared_ptr<const InverseFactor> factor = factorFor(slot, encoding);
    std::span<std::byte> writable;
    PackedTensor packed = PackedTensor::allocate(scheme, count, place.columns, *shared, writable);
    const int64_t stride = scheme.rowBytes(place.columns);
    const int64_t atOnce = std::max<int64_t>(1, kWeightsAtOnce / place.columns);
    for (int64_t done = 0; done < count; done += atOnce) {
        const Matrix weights =
            encodable(slot, encoding, first + done, std::min(atOnce, count - done));
        method.encode(scheme, weights.view(), {*shared, factor.get()},
                      writable.subspan(static_cast<size_t>(done * stride),
                                       static_cast<size_t>(weights.rows * stride)));
    }
    return packed;
}

PackedTensor TransformedModel::encodeOnce(int slot, const Encoding& encoding) const
{
    if (!encoding.needsCalibration() || !inputs(slot))
        return encode(slot, encoding);
    const MeasurementEntry& entry = m_inputs->entry();
    const std::string name = fileName(key(slot, encoding));
    if (const std::optional<std::string> kept = entry.read(name))
        if (std::optional<PackedTensor> packed = fromBytes(slot, encoding, *kept))
            return *packed;
    PackedTensor packed = encode(slot, encoding);
    entry.write(name, bytesOf(packed));
    return packed;
}

std::optional<PackedTensor> TransformedModel::fromBytes(int slot, const Encoding& encoding,
                                                        const std::string& bytes) const
{
    const Slot& place = graph().slot(slot);
    std::span<const std::byte> rest = std::as_bytes(std::span(bytes));
    const auto take = [&](const Scheme& scheme, int64_t rows, int64_t columns) {
        std::span<std::byte> writable;
        PackedTensor packed = PackedTensor::allocate(scheme, rows, columns, writable);
        if (rest.size() < writable.size())
            return std::optional<PackedTensor>();
        std::ranges::copy(rest.first(writable.size()), writable.begin());
        rest = rest.subspan(writable.size());
        return std::optional(packed);
    };
    std::optional<PackedTensor> packed =
        take(schemeNamed(encoding.scheme), place.rows, place.columns);
    if (packed && encoding.correction) {
        const LowRankShape shape = correctionNamed(encoding.correction->id)
                                       .shape(place.rows, place.columns, *encoding.correction);
        const auto left = take(*shape.scheme, place.rows, shape.rank);
        const auto right = take(*shape.scheme, shape.rank, place.columns);
        if (!left || !right)
            return std::nullopt;
        packed->added = std::make_shared<const LowRank>(*left, *right);
    }
    return rest.empty() ? packed : std::nullopt;
}

} // namespace bitloom
