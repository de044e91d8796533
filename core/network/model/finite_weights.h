// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/network/model/model.h"

#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace bitloom {

/// A number of a stored tensor that is NaN or infinite.
struct BadWeight {
    std::string tensor; ///< its name in the file
    int64_t row = 0;    ///< counted from 0, as the file stores it; of a vector 0
    int64_t column = 0;
    float value = 0;

    /// "tensor model.norm.weight, row 0, column 3 is nan"
    std::string text() const;
};

/// The first number of a tensor that is not finite, read a stretch at a time. Nothing: all are, the
/// tensor cannot be read as numbers, or stopped.
std::optional<BadWeight> firstBadWeight(const StoredTensor& tensor, Progress& progress);
/// The first such number of all tensors that the slots lie in, but for those that the network never
/// reads.
std::optional<BadWeight> firstBadWeight(const Model& model, Progress& progress);

/// What looking at all weights once tells.
struct WeightScan {
    std::optional<BadWeight> bad; ///< firstBadWeight
    std::set<std::string> large;  ///< tensors with weights beyond what half precision holds
};
WeightScan scanWeights(const Model& model, Progress& progress);

} // namespace bitloom
