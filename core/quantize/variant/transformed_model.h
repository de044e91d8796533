// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/model/model.h"
#include "core/quantize/encoding/encoding.h"
#include "core/quantize/methods/input_moments.h"
#include "core/quantize/transforms/transform.h"
#include "core/storage/packed_tensor.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

class TransformedFactors;

/// What the rows of a slot share (Scheme::parameterBytes).
using ParameterBytes = std::shared_ptr<const std::vector<std::byte>>;

/// An opened model after its transforms, and what is known of the inputs of its slots: what every
/// encoding is made from. Analysis, engines and exports read weights through it, and it makes the
/// keys that encodings are remembered by. Immutable and thread safe; copies share everything.
class TransformedModel {
public:
    /// `inputs` may be null; then an encoding that depends on them is an Error.
    explicit TransformedModel(std::shared_ptr<const Model> model,
                              std::shared_ptr<const InputMoments> inputs = nullptr);

    /// Of a model that lives as long as this and its copies.
    explicit TransformedModel(const Model& model);

    /// After `steps`, whose factors are `plan` (planOf with these inputs).
    TransformedModel(std::shared_ptr<const Model> model, std::shared_ptr<const InputMoments> inputs,
                     std::vector<TransformStep> steps, std::shared_ptr<const TransformPlan> plan);

    /// Of such a model, for sizes alone: what the transforms touch is known, not what they make.
    static TransformedModel shapesOf(const Model& model, const std::vector<TransformStep>& steps);

    const Model& model() const { return *m_model; }
    const std::shared_ptr<const Model>& sharedModel() const { return m_model; }
    const Graph& graph() const { return m_model->graph; }
    /// Null before the inputs were measured.
    const std::shared_ptr<const InputMoments>& inputs() const { return m_inputs; }
    /// Of the input of one slot; null where it is not known, or the slot is looked up.
    const SecondMoment* inputs(int slot) const { return m_inputs ? m_inputs->of(slot) : nullptr; }

    const std::vector<TransformStep>& transforms() const { return m_transforms; }
    /// What the columns of a slot were multiplied by; empty: the transforms leave it alone.
    std::span<const float> columnFactors(int slot) const;
    /// What the numbers of a value are divided by; empty: the transforms leave it alone.
    std::span<const float> divisors(int value) const;

    /// Rows [first, first + count) of a slot as the model was opened, as floats.
    Matrix original(int slot, int64_t first, int64_t count) const;
    /// Takes the transforms back from rows of a slot: what was encoded becomes comparable with
    /// `original`, and with all that is known of the original network.
    void restore(int slot, Matrix& rows) const;
    /// Rows [first, first + count) of a slot before encoding, as floats.
    Matrix source(int slot, int64_t first, int64_t count) const;
    /// All rows.
    Matrix source(int slot) const;
    /// Makes rows of `original` what is encoded: clipped where the encoding says, then transformed,
    /// so that limits are of the weights as they were opened.
    void prepare(int slot, const Encoding& encoding, Matrix& rows) const;
    /// What a slot is stored as: what the encoding names, else what the checkpoint has, or f32
    /// where a transform changes it. Error when it is of a type that cannot be read.
    const Scheme& schemeOf(int slot, const Encoding& encoding) const;

    /// What all rows of a slot share once they are encoded so, however few of them are; empty for
    /// schemes without it. Reads the whole slot when first asked for.
    ParameterBytes parameters(int slot, const Encoding& encoding) const;

    SlotKey key(int slot, const Encoding& encoding) const;
    /// The calibration that an encoding of whatever slot depends on; empty: on none.
    std::string calibrationOf(const Encoding& encoding) const;

    /// The stored form of a slot: reads, clips, encodes. Deterministic. Error when the weights
    /// cannot be held by the scheme, or the inputs are needed and not known.
    PackedTensor encode(int slot, const Encoding& encoding) const;
    /// Rows [first, first + count) of that, with its parameters, without encoding the others where
    /// nothing corrects them; a correction is fitted to the whole slot, once.
    PackedTensor encodeRows(int slot, const Encoding& encoding, int64_t first, int64_t count) const;
    /// As encode, but kept on disk beside the moments of the inputs where it depends on them: such
    /// an encoding takes long and is asked for by whoever writes it, runs it and verifies it.
    PackedTensor encodeOnce(int slot, const Encoding& encoding) const;

private:
    /// Rows of a slot as they are encoded. Error when its scheme cannot hold them.
    Matrix encodable(int slot, const Encoding& encoding, int64_t first, int64_t count) const;
    bool staysAsStored(int slot, const Encoding& encoding) const;
    std::shared_ptr<const InverseFactor> factorFor(int slot, const Encoding& encoding) const;
    /// Of the slot's inputs after the transforms. Error when they are needed and not known, for
    /// `title`; null where no inputs are correlated.
    std::shared_ptr<const InverseFactor> factorOf(int slot, ColumnOrder order, double damping,
                                                  std::string_view title) const;
    PackedTensor uncorrected(int slot, const Encoding& encoding, int64_t first,
                             int64_t count) const;
    std::shared_ptr<const LowRank> correctionOf(int slot, const Encoding& encoding) const;
    std::shared_ptr<const LowRank> fitCorrection(int slot, const Encoding& encoding) const;
    /// What encode gave, as it was kept; nothing: of another length.
    std::optional<PackedTensor> fromBytes(int slot, const Encoding& encoding,
                                          const std::string& bytes) const;

    std::shared_ptr<const Model> m_model;
    std::shared_ptr<const InputMoments> m_inputs;
    std::vector<TransformStep> m_transforms;
    std::shared_ptr<const TransformPlan> m_plan; ///< null: no transforms
    /// Of inputs that the transforms changed, as far as they were asked for.
    std::shared_ptr<TransformedFactors> m_factors;
    struct Fitted; ///< to whole slots, as far as it was asked for
    std::shared_ptr<Fitted> m_fitted;
};

} // namespace bitloom
