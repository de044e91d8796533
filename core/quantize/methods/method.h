// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/quantize/methods/inverse_factor.h"
#include "core/storage/packed_tensor.h"

#include <optional>
#include <string_view>
#include <vector>

namespace bitloom {

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
    virtual std::optional<ColumnOrder> looksAtInputs() const { return std::nullopt; }
    /// Encodes rows; plain schemes are converted number by number by every method. `inputs` is null
    /// where columns are not correlated, or for methods that look at the weights alone.
    virtual void encode(const Scheme& scheme, MatrixView weights, const InverseFactor* inputs,
                        std::span<std::byte> out) const = 0;
};

/// Every method, baseline first. Menus, --help and tests loop over it.
const std::vector<const Method*>& methods();
const Method* findMethod(std::string_view id);
const Method& methodNamed(std::string_view id);
inline constexpr std::string_view kDefaultMethod = "mse";

} // namespace bitloom
