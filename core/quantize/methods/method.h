// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/methods/inverse_factor.h"
#include "core/quantize/methods/row_choice.h"
#include "core/storage/grid_scheme.h"
#include "core/storage/packed_tensor.h"

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// What a method is given of a slot beside the rows that it encodes.
struct SlotKnowledge {
    /// What the slot's rows share (Method::fitParameters); empty for schemes without it.
    std::span<const std::byte> parameters = {};
    /// Null where columns are not correlated, or for methods that look at the weights alone.
    const InverseFactor* inputs = nullptr;
};

/// How the codes of a scheme are chosen. Pure: same input, same bytes, whatever the thread count.
class Method {
public:
    virtual ~Method() = default;
    virtual std::string_view id() const = 0; ///< "nearest", "mse"
    virtual std::string_view title() const = 0;
    virtual std::string_view description() const = 0;
    /// The quantity this method does not make worse than its baseline, for people and tests.
    virtual std::string_view objective() const = 0;
    /// The baseline's id; its own for the baseline itself.
    virtual std::string_view baseline() const = 0;
    /// The order of the factor of its inputs' second moments that it needs; nothing: it looks at
    /// the weights alone.
    virtual std::optional<ColumnOrder> needsCalibration() const { return std::nullopt; }
    /// Numbers it can be given: Encoding::parameters.
    virtual std::span<const Parameter> parameters() const { return {}; }
    /// The parameters of a slot: a function of all its rows, whichever of them are encoded then.
    /// `inputs` is as in SlotKnowledge.
    virtual std::vector<std::byte> fitParameters(const GridScheme& scheme, const SlotRows& slot,
                                                 const InverseFactor* /*inputs*/) const
    {
        return scheme.fitParameters(slot, RangeSearch::SquaredError);
    }
    /// Encodes rows of a slot, without their shared parameters; plain schemes are converted number
    /// by number by every method.
    virtual void encode(const Scheme& scheme, MatrixView weights, const SlotKnowledge& slot,
                        std::span<std::byte> out) const = 0;
};

/// A matrix that is a slot by itself, parameters and rows.
PackedTensor encodeMatrix(const Scheme& scheme, const Method& method, MatrixView weights,
                          const InverseFactor* inputs = nullptr);

/// Error when a method has no parameter of a name, or cannot have its number; those that are as
/// usual are left out of the result, so that equal encodings are equal.
std::map<std::string, double> methodParameters(const Method& method,
                                               const std::map<std::string, double>& given);
/// The share of the diagonal that a method adds to second moments ("damping").
double dampingOf(const std::map<std::string, double>& parameters);

/// Every method, baseline first. Menus, --help and tests loop over it.
const std::vector<const Method*>& methods();
const Method* findMethod(std::string_view id);
const Method& methodNamed(std::string_view id);
inline constexpr std::string_view kDefaultMethod = "mse";

} // namespace bitloom
