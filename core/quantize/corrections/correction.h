// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/graph/graph.h"
#include "core/quantize/methods/inverse_factor.h"
#include "core/quantize/methods/row_choice.h"
#include "core/storage/packed_tensor.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// How the factors of a correction are stored.
struct LowRankShape {
    const Scheme* scheme = nullptr;
    int64_t rank = 0;

    int64_t bytes(int64_t rows, int64_t columns) const
    {
        return scheme->slotBytes(rows, rank) + scheme->slotBytes(rank, columns);
    }
};

/// A row of the corrections table: what is fitted to the error that the codes of a slot leave, and
/// is added to the slot's weights wherever they are used.
struct Correction {
    std::string_view id;    ///< "lorc"
    std::string_view title; ///< for people
    std::string description;
    std::string objective;             ///< what it does not make worse, for people and tests
    std::vector<Parameter> parameters; ///< the first is meant by a number alone
    bool needsInputs = false;          ///< it looks at the second moments of the inputs
    LowRankShape (*shape)(int64_t rows, int64_t columns, const CorrectionStep& step) = nullptr;
    /// What is stored, made of what the codes left: weights before encoding minus those decoded,
    /// [rows, columns]. `inputs` is null where no inputs are looked at, and where the slot's are
    /// not correlated with anything (LeftToRight). Deterministic.
    std::shared_ptr<const LowRank> (*fit)(const Matrix& error, const InverseFactor* inputs,
                                          const CorrectionStep& step) = nullptr;
};

/// Every correction, in the order in which menus and --help show them.
const std::vector<Correction>& corrections();
/// Null: there is none of that id.
const Correction* findCorrection(std::string_view id);
/// Error naming the known ones when there is none of that id.
const Correction& correctionNamed(std::string_view id);

/// "lorc, lorc-weighted"
std::string correctionIds();

/// Reads what rowChoiceText writes. Error naming what is unknown or out of range.
CorrectionStep parseCorrection(const std::string& text);
/// With every parameter, so that equal corrections are equal. Error when the correction or a
/// parameter is unknown, or a number is out of range.
CorrectionStep completeCorrection(CorrectionStep step);
/// "LoRC 8", for people.
std::string correctionTitle(const CorrectionStep& step);
/// Bytes that one adds to a slot; nothing: none.
int64_t correctionBytes(const std::optional<CorrectionStep>& step, int64_t rows, int64_t columns);
/// Whether weights of a scheme are corrected at all: floats leave nothing that is worth it, as
/// weights that are kept as stored. `scheme`: empty for those.
bool keepsCorrection(std::string_view scheme);
/// Empty, or a sentence: why a slot's weights cannot be corrected. The slots that can be are those
/// that every step reading them multiplies with its first input.
std::string correctionProblem(const Graph& graph, int slot);

/// The factors U Vᵀ of LoRC, [rows, rank] and [rank, columns], before they are rounded.
struct LowRankFactors {
    Matrix left;
    Matrix right;
};
/// The closest matrix of that rank (Eckart and Young 1936), by singular values; where both sides
/// are long, by a randomized range finder (Halko et al. 2011) that goes on until it gains nothing.
/// With `inputs`, H being the second moment of which it is the factor, closest in tr(Δ H Δᵀ).
LowRankFactors closestOfRank(const Matrix& matrix, int64_t rank,
                             const InverseFactor* inputs = nullptr);
/// tr(Δ H Δᵀ); without `inputs` ‖Δ‖².
double weightedSquares(const Matrix& difference, const InverseFactor* inputs);

} // namespace bitloom
