// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/network/engine/engine.h"
#include "core/network/model/model.h"
#include "core/quantize/encoding/encoding.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bitloom {

/// How far a fit may go with a slot.
struct FitLimits {
    bool locked = false;             ///< it leaves the slot alone, whatever the others say
    std::optional<double> leastBits; ///< bits per weight, scales included
    std::optional<double> mostBits;

    bool operator==(const FitLimits&) const = default;
    /// Bits are shown to two decimals, so that a limit of 6.56 allows 6.5625.
    bool allow(double bits) const;
    /// Whether nothing can be within both.
    bool crossed() const { return leastBits && mostBits && *leastBits > *mostBits; }
};

/// What becomes of one slot: how it is stored, and what a fit may do with it.
struct SlotChoice : Encoding {
    FitLimits fit = {};

    bool operator==(const SlotChoice&) const = default;
    /// Whether it is stored alike, whatever a fit may do with either.
    bool storesLike(const Encoding& other) const { return encoding() == other; }
    const Encoding& encoding() const { return *this; }
};

/// The text whose inputs methods were calibrated on, and how it was cut: with it the same bytes
/// come again.
struct RecipeCalibration {
    std::string text;     ///< its name, for people
    std::string identity; ///< hash of its bytes
    int64_t context = 0;  ///< tokens a window, at most
    int64_t windows = 0;
    bool lines = false; ///< every line is a window
    /// What a layer sees comes through the layers before it as the recipe stores them, as in the
    /// GPTQ paper; false: through the original ones.
    bool quantizedInputs = false;

    bool operator==(const RecipeCalibration&) const = default;
};

/// The document a person edits. JSON with sorted keys, one slot per line.
struct Recipe {
    std::string target = "gguf"; ///< row of targets()
    std::string modelName;
    std::string modelIdentity;
    std::map<std::string, SlotChoice> slots;      ///< by slot name; absent: kept as stored
    std::map<std::string, std::string> values;    ///< activation schemes by value; absent: floats
    std::vector<TransformStep> transforms;        ///< of the whole model, in order
    std::optional<RecipeCalibration> calibration; ///< where something was calibrated

    const SlotChoice& choice(const std::string& slot) const; ///< a default one when absent
    bool operator==(const Recipe&) const = default;
    /// Whether a network under it computes anything else than the original one.
    bool changesNetwork() const;
    /// Whether the inputs must be known: for a transform, or a method that needs them.
    bool needsCalibration() const;
    /// Whether a network is the same under both.
    bool storesLike(const Recipe& other) const;
    /// How a value of the graph is quantized; null: not at all.
    const ActivationScheme* activationScheme(const Graph& graph, int value) const;
    /// What the network's weights depend on: slots that change, whatever a fit may do with them.
    std::map<std::string, Encoding> weightChanges() const;

    std::string toJson() const;
    /// Error on broken JSON, unknown scheme, method or target, naming it.
    static Recipe fromJson(const std::string& text);
};

struct ExportPlan;
class Variant;

/// A row of the table of exports: a file format and what it can hold.
struct Target {
    std::string id;                ///< "gguf", "safetensors"; also the ending of its files
    std::string title;             ///< as a target of a recipe
    std::string fileTitle;         ///< as a file
    int64_t alignment = 1;         ///< bytes that every tensor is padded to
    bool decodesValues = false;    ///< the file holds floats, not codes
    bool holdsCorrections = false; ///< and what engines add to decoded weights
    bool (*holds)(const Scheme& scheme) = nullptr;
    /// Empty, or one sentence: why a model cannot be written for it.
    std::string (*problem)(const Model& model) = nullptr;
    /// Slots that its file keeps in one tensor, so that they must have one scheme: lists of two or
    /// more.
    std::vector<std::vector<int>> (*fused)(const Model& model) = nullptr;
    /// Bytes of all but the quantizable slots.
    int64_t (*fixedBytes)(const Model& model, const Target& target) = nullptr;
    /// What a slot is stored as that cannot be quantized; empty: as in the checkpoint.
    std::string (*unquantizedScheme)(const Model& model, int slot) = nullptr;
    /// What an export writes. The model must live as long as the result.
    ExportPlan (*plan)(const Variant& variant) = nullptr;

    int64_t padded(int64_t bytes) const { return (bytes + alignment - 1) / alignment * alignment; }
};
const std::vector<Target>& targets();
/// Error naming the known ones; "any" is an old name of safetensors.
const Target& targetNamed(std::string_view id);
/// The first target that the model can be written for.
const Target& defaultTarget(const Model& model);
/// Every slot that can be quantized, with those it is fused with under the target; in order of
/// their first slots.
std::vector<std::vector<int>> fuseGroups(const Model& model, const Target& target);
/// `slots` and all they are fused with, each once.
std::vector<int> withFused(const Model& model, const Target& target, const std::vector<int>& slots);

/// Schemes a slot may have under a target: held by the target and accepting its row length.
std::vector<const Scheme*> offeredSchemes(const Slot& slot, const Target& target);

/// One bulk edit, as `--set 'REGEX=scheme[,fallback…][:method[:name=number,…]]'` or a key in the
/// window.
struct BulkEdit {
    std::vector<std::string> schemes;  ///< first one each slot may have; "" = keep as stored
    std::optional<std::string> method; ///< nothing: each slot keeps its own
    std::map<std::string, double> parameters = {}; ///< of that method
};
/// Splits at the last '=' before the scheme; without a method it is kDefaultMethod. Error on wrong
/// usage, unknown scheme, method or parameter.
std::pair<std::string, BulkEdit> parseSet(const std::string& text);
/// `text`: REGEX=scheme, an activation scheme or "float". Quantizes the values that can be and
/// whose names the pattern full-matches (ECMAScript). Error on wrong usage, or when there is none.
void applyActivation(Recipe& recipe, const Model& model, const std::string& text);
/// Quantizes what some slots multiply with (slotInput); "" for as it comes. Slots that look up are
/// left alone.
void quantizeInputs(Recipe& recipe, const Model& model, const std::vector<int>& slots,
                    const std::string& scheme);
/// The value whose quantization a slot sees: index into Graph::values; -1: none can be quantized.
int quantizableInput(const Graph& graph, int slot);

/// Applies to the quantizable slots whose names `pattern` full-matches (ECMAScript). Error when no
/// slot matches, or naming the slots that none of the schemes fits; then nothing is changed. Slots
/// that the target keeps in one tensor are edited together.
void applySet(Recipe& recipe, const Model& model, const std::string& pattern, const BulkEdit& edit);
/// Applies to a list of slot indices (the window), with the errors of applySet.
void applyEdit(Recipe& recipe, const Model& model, const std::vector<int>& slots,
               const BulkEdit& edit);
/// `text`: REGEX=correction with its numbers, or REGEX=none. Corrects the slots that are stored by
/// a scheme, can be corrected, and whose names the pattern full-matches (ECMAScript). Error on
/// wrong usage, or when there is none.
void applyCorrection(Recipe& recipe, const Model& model, const std::string& text);
/// Corrects those of the slots that are stored by a scheme and can be; nothing: not any more.
void correct(Recipe& recipe, const Model& model, const std::vector<int>& slots,
             const std::optional<CorrectionStep>& step);
/// Slots or values of `recipe` unknown to the model, with schemes they cannot have, or fused and
/// yet with different ones; one sentence, or empty.
std::string recipeProblem(const Recipe& recipe, const Model& model);

/// Exact bytes, from shapes alone.
struct Size {
    int64_t quantizableBytes = 0; ///< stored bytes of the quantizable slots
    int64_t quantizableWeights = 0;
    int64_t fileBytes = 0; ///< gguf: the whole file; safetensors: packed slots + the rest as stored
    double bitsPerWeight() const
    {
        return quantizableWeights ? 8.0 * static_cast<double>(quantizableBytes) /
                                        static_cast<double>(quantizableWeights)
                                  : 0;
    }
};
Size recipeSize(const Model& model, const Recipe& recipe);
/// Stored bytes of one slot under a scheme ("" = as stored), and of what corrects it.
int64_t slotBytes(const Model& model, const Slot& slot, const std::string& scheme,
                  const std::optional<CorrectionStep>& correction = {});

} // namespace bitloom
