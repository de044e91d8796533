// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/progress.h"
#include "core/network/model/model.h"
#include "core/quantize/methods/input_moments.h"
#include "core/quantize/methods/row_choice.h"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace bitloom {

/// What a transform may change of a model, by its graph alone.
struct TransformScope {
    std::vector<int> slots;           ///< in order; empty: the model does not allow it
    std::vector<int> values;          ///< that come out scaled
    std::vector<std::string> leftOut; ///< a sentence for each place it cannot be applied to
};

/// What a transform makes of a model. A slot's weights are multiplied by a factor for each column
/// before they are encoded, and a value comes out divided by one for each of its numbers.
struct TransformPlan {
    std::map<int, std::vector<float>> columns; ///< factors by slot; absent: none
    std::map<int, std::vector<float>> values;  ///< divisors by value
};

/// A row of the transforms table: a change of the weights that leaves what the network computes as
/// it is, and makes it easier to quantize.
struct Transform {
    std::string_view id;    ///< "smoothquant"
    std::string_view title; ///< for people
    std::string description;
    std::vector<Parameter> parameters; ///< the first is meant by a number alone
    /// Whether the logits before quantizing stay within 1e-5.
    bool exact = true;
    TransformScope (*scope)(const Graph& graph) = nullptr;
    /// Stopped: nothing.
    TransformPlan (*plan)(const Model& model, const InputMoments& inputs, const TransformStep& step,
                          Progress& progress) = nullptr;
};

/// Every transform, in the order in which menus and --help show them.
const std::vector<Transform>& transforms();
/// Error naming the known ones when there is none of that id.
const Transform& transformNamed(std::string_view id);

/// Reads what rowChoiceText writes. Error naming what is unknown or out of range.
TransformStep parseTransform(const std::string& text);
/// Error when the transform or a parameter is unknown, or a number is out of range. Parameters that
/// are named after a value of the network are of that place alone.
void requireValid(const TransformStep& step);
/// Empty, or a sentence: why a model cannot be transformed so.
std::string transformProblem(const Graph& graph, const std::vector<TransformStep>& steps);
/// The slots that some of the steps change, whether or not they can be quantized.
std::vector<int> transformedSlots(const Graph& graph, const std::vector<TransformStep>& steps);
/// What a slot is stored as: the chosen scheme, or f32 where there is none and a transform changes
/// the slot (`transformed`: transformedSlots); empty: as in the checkpoint.
std::string schemeUnder(const std::vector<int>& transformed, int slot, const std::string& chosen);
/// The values that some of the steps scale, in order.
std::vector<int> transformedValues(const Graph& graph, const std::vector<TransformStep>& steps);
/// The factors of all steps together. Stopped: not all of them.
TransformPlan planOf(const Model& model, const InputMoments& inputs,
                     const std::vector<TransformStep>& steps, Progress& progress);

} // namespace bitloom
