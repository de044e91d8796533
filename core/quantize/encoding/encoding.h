// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/files/io/fingerprint.h"
#include "core/quantize/methods/row_choice.h"

#include <compare>
#include <map>
#include <optional>
#include <string>

namespace bitloom {

/// How the weights of one slot are stored. An empty scheme keeps them as the checkpoint stores
/// them. Two encodings of one slot are equal exactly where every field is.
struct Encoding {
    std::string scheme;
    std::string method = "mse";
    std::optional<double> clipLow; ///< weights are clamped to [clipLow, clipHigh] before encoding
    std::optional<double> clipHigh;
    std::optional<CorrectionStep> correction = {}; ///< of what the codes leave
    std::map<std::string, double> parameters = {}; ///< of the method, where they are not as usual

    bool operator==(const Encoding&) const = default;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in it
    auto operator<=>(const Encoding&) const = default;
    bool changesWeights() const { return !scheme.empty() || clips(); }
    bool clips() const { return clipLow || clipHigh; }
    /// Its method and the numbers that are not as usual: "gptq:damping=0.1".
    std::string methodText() const { return rowChoiceText({method, parameters}); }
    /// Whether what is stored depends on the inputs' second moments.
    bool needsCalibration() const;
};

/// Calls `visit(name, field)` for every field in turn. Keys, files and recipes see the fields of an
/// encoding through this function alone, and it does not compile while a field is not named.
template <typename AnyEncoding, typename Visit>
void forEachField(AnyEncoding& encoding, const Visit& visit)
{
    auto& [scheme, method, clipLow, clipHigh, correction, parameters] = encoding;
    visit("scheme", scheme);
    visit("method", method);
    visit("clip_low", clipLow);
    visit("clip_high", clipHigh);
    visit("correction", correction);
    visit("parameters", parameters);
}

/// Makes a key depend on every field of an encoding.
void addTo(Fingerprint& key, const Encoding& encoding);

/// All that the stored bytes of one slot of a model depend on: equal keys, equal bytes. Made by
/// TransformedModel alone.
struct SlotKey {
    int slot = -1;
    Encoding encoding;
    std::string transforms = {};  ///< of the transforms that touch the slot; empty: none does
    std::string calibration = {}; ///< InputMoments::key, where the encoding depends on the inputs

    bool operator==(const SlotKey&) const = default;
    // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 sees a pointer in it
    auto operator<=>(const SlotKey&) const = default;
};

} // namespace bitloom
